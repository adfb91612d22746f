"""The request that viewsets of this API get."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from django.utils.functional import cached_property
from rest_framework.request import Request

from dashboard.cache.rows import Snapshot
from dashboard.core.actor import Actor, ActorKind
from dashboard.core.addresses import normalized_address
from dashboard.core.services import SCOPES_FOR_CLIENTS, Scope, Service
from dashboard.models import ID_PATTERN

if TYPE_CHECKING:
    from dashboard.api.routing import RouteSpec


class APIRequest(Request):
    """DRF's request, and what the checks of `APIViewSet.initial` have found out.

    `user` is the account and `auth` the session that make the request; both are None for public routes, and for a
    service that calls as itself. `service` is authenticated, and makes the request by its scope `used_scope`; None
    means by any.
    """

    spec: "RouteSpec"
    service: Service | None = None
    used_scope: Scope | None = None
    rate_limit_headers: Mapping[str, str] = {}  # of a refusal
    snapshot: Snapshot | None = None  # the entries of the cache that authentication has read

    def prefetch_keys(self) -> tuple[str, ...]:
        """Return the cache keys of the row that the route reads, for authentication to fetch along with its own."""
        model = self.spec.cached_model
        pk = self.spec.query[0].read(self) if model else ""
        return model.lookup_keys(pk) if model and ID_PATTERN.fullmatch(pk) else ()

    def named_id(self) -> str:
        """Return the id of the row that the request names first, or an empty string if it is missing or malformed."""
        spec = getattr(self, "spec", None)
        given = spec.query[0].read(self) if spec and spec.query else ""
        return given if ID_PATTERN.fullmatch(given) else ""

    @property
    def by_application_server(self) -> bool:
        """Whether an application server makes the request: a service that acts for its users."""
        return self.used_scope is Scope.ACT_FOR_USERS

    @property
    def by_service_itself(self) -> bool:
        """Whether a service makes the request as itself, and so without an account and a session."""
        return self.service is not None and not self.by_application_server

    @cached_property
    def actor(self) -> Actor:
        """Who makes the request, for the events that it records."""
        accountid, sessionid = (self.user.pk, self.auth.pk) if self.user else (None, "")
        if self.service:
            return self.actor_of_service(self.service, accountid, sessionid)
        kind = ActorKind.ACCOUNT if accountid else ActorKind.ANYBODY
        return Actor.of(self._request, kind, accountid, sessionid)

    def actor_of_service(self, service: Service, accountid: str | None = None, sessionid: str = "") -> Actor:
        """Take the client's address from X-Client-Address, if the service calls for people.

        Without it, all users of the service share its address.
        """
        kind = ActorKind.SERVICE if self.by_service_itself else ActorKind.APPLICATION_SERVER
        actor = replace(Actor.of(self._request, kind, accountid, sessionid), credentialid=service.credentialid)
        if self.used_scope not in SCOPES_FOR_CLIENTS:
            return actor
        address = normalized_address(self._request.META.get("HTTP_X_CLIENT_ADDRESS", ""))
        return replace(actor, ip_address=address) if address else replace(actor, shares_address=True)
