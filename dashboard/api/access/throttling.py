"""DRF's throttle class of all routes: limits by address, by account and in all. docs/security.md has the table."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from rest_framework.throttling import BaseThrottle

from dashboard.api.requests import APIRequest
from dashboard.cache.rate_limits import Exceeded, rate_limiter
from dashboard.core.actor import Actor


@dataclass(frozen=True)
class RateScope:
    """What a route's requests are counted as. Settings: RATE_LIMIT_<NAME> and RATE_LIMIT_<NAME>_IN_ALL.

    With `by_session` each session of an account is counted apart: whoever has stolen one must not use up the requests
    with which its owner secures the account.
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

    def identity_of(self, actor: Actor) -> str:
        """Return as what the requests of an actor are counted; empty for an unknown network."""
        if not actor.accountid:
            return actor.network
        return actor.sessionid if self.by_session else actor.accountid

    def hit(self, identity: str | None) -> Exceeded | None:
        """Count a request of this account or network, which may be unknown, unless a rate has been reached."""
        if not settings.RATE_LIMITS:
            return None
        exceeded = rate_limiter.hit(self.name, self.rates, identity) if identity else None
        return exceeded or rate_limiter.hit(f"{self.name}-in-all", self.rates_in_all, "")


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
        self.exceeded = scope.hit(scope.identity_of(request.actor)) if scope else None
        if self.exceeded:
            request.rate_limit_headers = self.exceeded.headers()
        return self.exceeded is None

    def wait(self) -> float | None:
        return self.exceeded.retry_after if self.exceeded else None
