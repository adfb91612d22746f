"""A request as views see it."""

from typing import TYPE_CHECKING

from django.utils.functional import cached_property
from rest_framework.request import Request

from dashboard.cache.rows import Glance
from dashboard.core.actor import Actor, ActorKind
from dashboard.models import ID_PATTERN

if TYPE_CHECKING:
    from dashboard.api.routing import RouteSpec


class APIRequest(Request):
    """A request that APIViewSet has judged; `user` and `auth` are the account and the session that make it, if any."""

    by_application_server = False
    spec: "RouteSpec"
    seen: Glance | None = None  # what authentication has seen of the cache

    def ahead(self) -> tuple[str, ...]:
        """The key of the row that the route is about to read, for authentication to look at in one with its own."""
        model = self.spec.cached_model
        given = self.spec.query[0].read(self) if model else ""
        return (model.cache_key(given),) if model and ID_PATTERN.fullmatch(given) else ()

    @cached_property
    def actor(self) -> Actor:
        """Who makes it, for what it records."""
        accountid = self.user.pk if self.user else None
        if self.by_application_server:
            return Actor.of(self._request, ActorKind.APPLICATION_SERVER, accountid)
        return Actor.of(self._request, ActorKind.ACCOUNT if accountid else ActorKind.ANYBODY, accountid)
