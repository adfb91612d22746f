"""DRF's throttle class of all routes: limits by address, by account and in all. docs/security.md has the table."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from rest_framework.throttling import BaseThrottle

from dashboard.api.requests import APIRequest
from dashboard.cache.rate_limits import Exceeded, rate_limiter


@dataclass(frozen=True)
class RateScope:
    """What a route's requests are counted as. Settings: RATE_LIMIT_<NAME> and RATE_LIMIT_<NAME>_IN_ALL."""

    name: str

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

    def hit(self, identity: str | None) -> Exceeded | None:
        """Count a request of this account or network, which may be unknown, unless a rate has been reached."""
        if not settings.RATE_LIMITS:
            return None
        exceeded = rate_limiter.hit(self.name, self.rates, identity) if identity else None
        return exceeded or rate_limiter.hit(f"{self.name}-in-all", self.rates_in_all, "")


SIGN_IN = RateScope("sign-in")
REGISTRATION = RateScope("registration")
PASSWORD_RESET = RateScope("password-reset")
PASSWORD_PROOF = RateScope("password-proof")
RESET_CODES = RateScope("reset-codes")
PROFILES = RateScope("profiles")
EXPORTS = RateScope("exports")


class RateScopeThrottle(BaseThrottle):
    """Limit the routes that are declared with a `rate_scope`, and no other.

    A signed-in account is counted by its id, anybody else by their network: an IPv4 address or an IPv6 /64. An
    application server that does not name the client's address (X-Client-Address) counts only towards the total.
    """

    exceeded: Exceeded | None = None

    def allow_request(self, request: APIRequest, view: Any) -> bool:  # type: ignore[override]
        scope: RateScope | None = getattr(view, "rate_scope", None)
        self.exceeded = scope.hit(request.user.pk if request.user else request.actor.network) if scope else None
        if self.exceeded:
            request.rate_limit_headers = self.exceeded.headers()
        return self.exceeded is None

    def wait(self) -> float | None:
        return self.exceeded.retry_after if self.exceeded else None
