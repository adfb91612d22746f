"""The routes that the gateway answers without Django: session checks and lists. See dashboard/gateway/README.md."""

import re
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any

from django.conf import settings
from rest_framework.response import Response

from dashboard.api.access.authentication import Credentials
from dashboard.api.access.permissions import HasRecentProof, IsAccount, IsAdministrator, lacks_second_factor
from dashboard.api.pagination import ALL
from dashboard.api.renderers import JSONRenderer
from dashboard.api.requests import APIRequest
from dashboard.api.routing import Access, Route
from dashboard.api.schema.objects import ListOf
from dashboard.cache.rows import Snapshot
from dashboard.core.errors import DashboardError
from dashboard.gateway.hot_reads import ID, Headers, HotRead, LightRequest, Query, Respond
from sessions_app.authentication import SessionAuthentication
from sessions_app.models import Session
from sessions_app.services import checks, last_seen, sessions
from sessions_app.views import AdministratorSessionViewSet, CheckViewSet, UserSessionViewSet


class SessionRead(HotRead):
    """GET session, if the cache has the caller's session and account, and those of the requested session."""

    name = "session"
    query = re.compile(f"sessionid=({ID})")
    authentication_classes = [SessionAuthentication]  # noqa: RUF012

    def keys(self, credentials: Credentials, query: Query) -> tuple[str, ...]:
        own, pk = sessions.cache_keys(credentials), query[1] or credentials.sessionid
        return own if pk == credentials.sessionid else (*own, *Session.lookup_keys(pk))

    def answer(
        self, credentials: Credentials, query: Query, snapshot: Snapshot, now: datetime
    ) -> tuple[Headers, bytes] | None:
        pk = query[1] or credentials.sessionid
        caller = sessions.authenticate_from_cache(credentials, snapshot, now)
        session = caller if caller and pk == caller.sessionid else sessions.session_from_cache(pk, snapshot)
        if not (caller and session and self.may_read(caller, session)):
            return None
        last_seen.note(caller, now)
        return [], _rendered(session, now)

    def may_read(self, caller: Session, session: Session) -> bool:
        raise NotImplementedError


def _rendered(session: Session, now: datetime) -> bytes:
    """Render a session once for as long as its row is the same object, and it has not expired meanwhile."""
    ended = session.is_ended(now)
    rendered: tuple[bool, bytes] | None = vars(session).get("_rendered")
    if rendered is None or rendered[0] != ended:
        body = JSONRenderer().render(session.as_json())
        rendered = ended, bytes(memoryview(body))  # a copy: orjson's own bytes keep the 8 KB in which they were written
        vars(session)["_rendered"] = rendered
    return rendered[1]


class UserSessionRead(SessionRead):
    """GET user/session, which is open to accounts that lack a second factor."""

    viewset = UserSessionViewSet
    query = re.compile(f"(?:sessionid=({ID}))?")
    permission_classes = [IsAccount, HasRecentProof]  # noqa: RUF012

    def may_read(self, caller: Session, session: Session) -> bool:
        return bool(session.account_id == caller.account_id)

    def answer(
        self, credentials: Credentials, query: Query, snapshot: Snapshot, now: datetime
    ) -> tuple[Headers, bytes] | None:
        if query[1] is None and not settings.OWN_SESSION_WITHOUT_ID:
            return None
        return super().answer(credentials, query, snapshot, now)


class AdministratorSessionRead(SessionRead):
    """GET administrator/session."""

    viewset = AdministratorSessionViewSet
    permission_classes = [IsAdministrator, HasRecentProof]  # noqa: RUF012

    def may_read(self, caller: Session, session: Session) -> bool:
        return bool(caller.account.is_staff) and not lacks_second_factor(caller.account)


class CheckRead(HotRead):
    """GET check."""

    viewset, name = CheckViewSet, "check"
    query = re.compile("[a-z0-9=&]*")
    status = HTTPStatus.NO_CONTENT
    ignores_headers = True
    authentication_classes = [SessionAuthentication]  # noqa: RUF012
    permission_classes = [IsAccount, HasRecentProof]  # noqa: RUF012

    def keys(self, credentials: Credentials, query: Query) -> tuple[str, ...]:
        return sessions.cache_keys(credentials)

    def answer(
        self, credentials: Credentials, query: Query, snapshot: Snapshot, now: datetime
    ) -> tuple[Headers, bytes] | None:
        caller = sessions.authenticate_from_cache(credentials, snapshot, now)
        if caller is None or lacks_second_factor(caller.account):
            return None
        try:
            headers = checks.identify(caller, query[0], now)
        except DashboardError:
            return None
        last_seen.note(caller, now)
        return [(name.lower().encode(), value.encode()) for name, value in headers.items()], b""


class ListRead(HotRead):
    """GET of a page of a list, of a caller whose session and account the cache has.

    A thread asks the route's permission classes and calls its method, as DRF does. `all=true`, which is answered by a
    stream, is left to Django.
    """

    authentication_classes = [SessionAuthentication]  # noqa: RUF012

    def __init__(self, route: Route) -> None:
        view: Any = route.view
        self.view, self.viewset, self.spec, self.name = view, view.cls, route.spec, route.spec.name
        self.permission_classes = LISTS_ARE_FOR[route.access]
        names = "|".join(parameter.name for parameter in route.spec.query if parameter is not ALL)
        self.query = re.compile(rf"(?:(?:{names})=[0-9a-z_-]*(?:&(?!$)|$))*")

    def keys(self, credentials: Credentials, query: Query) -> tuple[str, ...]:
        return sessions.cache_keys(credentials)

    def answer(self, credentials: Credentials, query: Query, snapshot: Snapshot, now: datetime) -> Respond | None:
        caller = sessions.authenticate_from_cache(credentials, snapshot, now)
        if caller is None:
            return None
        last_seen.note(caller, now)
        return partial(self.respond, caller)

    def respond(self, caller: Session, light: LightRequest) -> Response:
        """Return the page. Raises as DRF's permission checks and the route."""
        viewset = self.view.cls(**self.view.initkwargs)
        request = viewset.request = APIRequest(light)
        request.spec, request.user, request.auth = self.spec, caller.account, caller
        viewset.check_permissions(request)
        response: Response = getattr(viewset, self.view.actions["get"])(request)
        return response


LISTS_ARE_FOR = {
    Access.USER: [IsAccount, HasRecentProof],
    Access.ADMINISTRATOR: [IsAdministrator, HasRecentProof],
}


def list_reads(routes: Iterable[Route]) -> list[ListRead]:
    """Return a read for each route that lists rows for somebody who is signed in."""
    return [ListRead(it) for it in routes if isinstance(it.spec.returns, ListOf) and it.access in LISTS_ARE_FOR]


HOT_READS = (CheckRead(), UserSessionRead(), AdministratorSessionRead())
