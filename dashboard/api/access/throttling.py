"""DRF's throttle class of all routes: limits by network, session, account, and in all. docs/security.md has a table."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from rest_framework.throttling import BaseThrottle

from dashboard.api.requests import APIRequest
from dashboard.cache.rate_limits import Exceeded, rate_limiter
from dashboard.core.actor import Actor

SESSIONS_TOGETHER = 5  # whose requests all sessions of an account may make: more than a thief is likely to have


@dataclass(frozen=True)
class RateScope:
    """What a route's requests are counted as. Settings: RATE_LIMIT_<NAME> and RATE_LIMIT_<NAME>_IN_ALL.

    With `by_session` each session of an account is counted apart: whoever has stolen one must not use up the requests
    with which its owner secures the account. All of them together may do SESSIONS_TOGETHER times as much, so that
    nobody does more by signing in more often.
    """

    name: str
    by_session: bool = False

    @property
    def _setting(self) -> str:
        return f"RATE_LIMIT_{self.name.upper().replace('-', '_')}"

    @property
    def rates(self) -> str:
        """The rates for one account, or one network where nobody is signed in."""
        rates: str = getattr(settings, self._setting)
        return rates

    @property
    def rates_in_all(self) -> str:
        rates: str = getattr(settings, f"{self._setting}_IN_ALL", "")
        return rates

    def count(self, actor: Actor) -> Exceeded | None:
        """Count a request of this actor, unless a rate has been reached."""
        if not (self.by_session and actor.accountid):
            return self.hit(actor.accountid or actor.network)
        return self.hit(actor.sessionid) or self._hit_together(actor.accountid)

    def hit(self, identity: str | None) -> Exceeded | None:
        """Count a request of this account, session or network, which may be unknown, unless a rate has been reached."""
        if not settings.RATE_LIMITS:
            return None
        exceeded = rate_limiter.hit(self.name, self.rates, identity) if identity else None
        return exceeded or rate_limiter.hit(f"{self.name}-in-all", self.rates_in_all, "")

    def _hit_together(self, accountid: str) -> Exceeded | None:
        if not settings.RATE_LIMITS:
            return None
        return rate_limiter.hit(f"{self.name}-of-account", self.rates, accountid, times=SESSIONS_TOGETHER)


SIGN_IN = RateScope("sign-in")
REGISTRATION = RateScope("registration")
PASSWORD_RESET = RateScope("password-reset")
PASSWORD_PROOF = RateScope("password-proof", by_session=True)
RESET_CODES = RateScope("reset-codes")
PROFILES = RateScope("profiles")
EXPORTS = RateScope("exports")


class RateScopeThrottle(BaseThrottle):
    """Limit the routes that are declared with a `rate_scope`, and no other.

    A signed-in account is counted by its id or that of its session, anybody else by their network: an IPv4 address or
    an IPv6 /64. An application server that does not name the client's address (X-Client-Address) counts only towards
    the total.
    """

    exceeded: Exceeded | None = None

    def allow_request(self, request: APIRequest, view: Any) -> bool:  # type: ignore[override]
        scope: RateScope | None = getattr(view, "rate_scope", None)
        self.exceeded = scope.count(request.actor) if scope else None
        if self.exceeded:
            request.rate_limit_headers = self.exceeded.headers()
        return self.exceeded is None

    def wait(self) -> float | None:
        return self.exceeded.retry_after if self.exceeded else None
