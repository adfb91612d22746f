"""The request that viewsets of this API get."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from django.utils.functional import cached_property
from rest_framework.request import Request

from dashboard.cache.rows import Snapshot
from dashboard.core.actor import Actor, ActorKind
from dashboard.core.addresses import normalized_address
from dashboard.models import ID_PATTERN

if TYPE_CHECKING:
    from dashboard.api.routing import RouteSpec


class APIRequest(Request):
    """DRF's request, and what the checks of `APIViewSet.initial` have found out.

    `user` is the account and `auth` the session that make the request; both are None for public routes.
    """

    spec: "RouteSpec"
    by_application_server = False
    rate_limit_headers: Mapping[str, str] = {}  # of a refusal
    snapshot: Snapshot | None = None  # the entries of the cache that authentication has read

    def prefetch_keys(self) -> tuple[str, ...]:
        """Return the cache keys of the row that the route reads, for authentication to fetch along with its own."""
        model = self.spec.cached_model
        pk = self.spec.query[0].read(self) if model else ""
        return model.lookup_keys(pk) if model and ID_PATTERN.fullmatch(pk) else ()

    def named_id(self) -> str:
        """Return the id of the row that the request names first, or an empty string if there is none or it is none."""
        spec = getattr(self, "spec", None)
        given = spec.query[0].read(self) if spec and spec.query else ""
        return given if ID_PATTERN.fullmatch(given) else ""

    @cached_property
    def actor(self) -> Actor:
        """Who makes the request, for the events that it records."""
        accountid, sessionid = (self.user.pk, self.auth.pk) if self.user else (None, "")
        if self.by_application_server:
            return self._actor_of_application_server(accountid, sessionid)
        kind = ActorKind.ACCOUNT if accountid else ActorKind.ANYBODY
        return Actor.of(self._request, kind, accountid, sessionid)

    def _actor_of_application_server(self, accountid: str | None, sessionid: str) -> Actor:
        """Take the client's address from X-Client-Address. Without it, all users of the server share the server's."""
        actor = Actor.of(self._request, ActorKind.APPLICATION_SERVER, accountid, sessionid)
        address = normalized_address(self._request.META.get("HTTP_X_CLIENT_ADDRESS", ""))
        return replace(actor, ip_address=address) if address else replace(actor, shares_address=True)
