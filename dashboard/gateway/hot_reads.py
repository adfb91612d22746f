"""Answer hot reads on the event loop, from the cache alone; leave all unusual requests to Django.

For a page of a list, the loop checks the caller; a thread then runs the route's own method.
"""

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from time import perf_counter
from types import SimpleNamespace
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.wsgi import WSGIRequest
from django.core.signals import request_started
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from dashboard.api.access.authentication import Credentials
from dashboard.api.middleware import record_request
from dashboard.api.renderers import JSONRenderer
from dashboard.api.routing import Route
from dashboard.api.security_headers import SecurityHeadersMiddleware
from dashboard.cache.batches import BatchedLookups
from dashboard.cache.rows import Snapshot
from dashboard.core.errors import DashboardError
from dashboard.gateway.environ import FIXED, Environ
from dashboard.gateway.policies import are_requests_plain, is_route_plain
from dashboard.observability.logging import bind_request
from dashboard.observability.metrics import get_metrics

Headers = list[tuple[bytes, bytes]]

ID = "[a-z]{4}_[0-9a-f]{16}"
# What a request may have: either it makes no difference to the answer, or the functions that are called here read it.
KNOWN_HEADERS = (
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "authorization",
    "cache-control",
    "connection",
    "cookie",
    "dnt",
    "forwarded",
    "host",
    "keep-alive",
    "origin",
    "pragma",
    "priority",
    "referer",
    "sec-ch-ua",
    "sec-ch-ua-mobile",
    "sec-ch-ua-platform",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "sec-fetch-user",
    "sec-gpc",
    "te",
    "traceparent",
    "tracestate",
    "upgrade-insecure-requests",
    "user-agent",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-real-ip",
    "x-request-id",
    "x-script-name",
)
KNOWN = frozenset(
    [f"HTTP_{name.upper().replace('-', '_')}" for name in KNOWN_HEADERS]
    + [*FIXED, "REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "SERVER_PROTOCOL", "SERVER_NAME", "SERVER_PORT"]
    + ["REMOTE_ADDR", "wsgi.url_scheme", "CONTENT_TYPE", "CONTENT_LENGTH"]
)
CONTENT_TYPES = ("", "application/x-www-form-urlencoded", "application/json")


Query = re.Match[str]
Answer = tuple[Headers, bytes]  # headers, besides those that each response of the route has, and the body
Respond = Callable[["LightRequest"], Response]  # to be called in a thread
InThread = Callable[..., Awaitable[Any]]  # calls a function in a thread


class HotRead(Protocol):
    """A route for which the cache alone can answer most requests, or identify the caller.

    `query` matches the query strings that it understands. `keys` are those of the rows that the answer needs. `answer`
    checks them by the same functions as Django's path, and returns the answer, or a function for a thread to call. It
    returns None wherever that path would look further, or refuse.
    """

    viewset: Any
    name: str
    query: re.Pattern[str]
    status: HTTPStatus = HTTPStatus.OK
    ignores_headers: bool = False  # but for those with which a caller signs in
    authentication_classes: list[Any]
    permission_classes: list[Any]

    def keys(self, credentials: Credentials, query: Query) -> tuple[str, ...]: ...

    def answer(
        self, credentials: Credentials, query: Query, snapshot: Snapshot, now: datetime
    ) -> Answer | Respond | None: ...


class LightRequest(WSGIRequest):
    """A request that reads each part only when it is needed."""

    def __init__(self, environ: Environ) -> None:
        self.environ = self.META = environ
        self.method = environ["REQUEST_METHOD"]
        self.path_info = environ["PATH_INFO"]
        self.path = environ["SCRIPT_NAME"] + self.path_info

    @property
    def host(self) -> str:
        """The requested host, whether or not it is allowed."""
        host: str = self._get_raw_host()  # type: ignore[attr-defined]
        return host


@dataclass(frozen=True)
class _Route:
    """A hot read, whether it depends on the host, and the headers of its responses without and with TLS."""

    read: HotRead
    answers_any_host: bool
    headers: Headers
    secure_headers: Headers


class HotReads:
    """The hot reads that this configuration of Django and DRF allows: see policies.py."""

    def __init__(
        self, lookups: BatchedLookups, in_thread: InThread, declared: Iterable[Route], reads: Iterable[HotRead]
    ) -> None:
        self.lookups, self.in_thread = lookups, in_thread
        self._routes: dict[str, _Route] = {}
        if are_requests_plain():
            routes: dict[Any, Any] = {(route.view.cls, route.spec.name): route for route in declared}  # type: ignore[attr-defined]
            for read in reads:
                self._add(read, routes[read.viewset, read.name])

    def __contains__(self, path: str) -> bool:
        return path in self._routes

    async def answer(self, environ: Environ) -> tuple[HTTPStatus, Headers, bytes] | None:
        """Return the status, the headers and the body of a response, or None where Django is to answer.

        The environ is as Django gets it.
        """
        start = perf_counter()
        route = self._routes[environ["PATH_INFO"]]
        match = route.read.query.fullmatch(environ["QUERY_STRING"])
        if not (match and _is_understood(environ, route.read)):
            return None
        request = LightRequest(environ)
        requestid = bind_request(request)
        credentials = Credentials.of(request)
        if credentials is None:
            return None
        if not (route.answers_any_host or _is_allowed_host(request.host, tuple(settings.ALLOWED_HOSTS))):
            return None
        snapshot, answer = await self._judged(route.read, credentials, match)
        if callable(answer):
            answer = await self.in_thread(_respond, answer, request)
        if snapshot is None or answer is None:
            return None
        added, body = answer
        headers = [*(route.secure_headers if request.is_secure() else route.headers), *added]
        if route.read.status is not HTTPStatus.NO_CONTENT:
            headers.append((b"content-length", b"%d" % len(body)))
        headers.append((b"x-request-id", requestid.encode()))
        get_metrics().count_lookups(len(snapshot.entries), 0)
        record_request(request, route.read.status, start)
        return route.read.status, headers, body

    async def _judged(
        self, read: HotRead, credentials: Credentials, query: Query
    ) -> tuple[Snapshot | None, Answer | Respond | None]:
        """Return what the cache has, and the answer. Look again if the first look shows that another row is needed."""
        keys = read.keys(credentials, query)
        snapshot, answer = await self._look(read, credentials, query, keys)
        if answer is None and (needed := read.keys(credentials, query)) != keys:
            return await self._look(read, credentials, query, needed)
        return snapshot, answer

    async def _look(
        self, read: HotRead, credentials: Credentials, query: Query, keys: tuple[str, ...]
    ) -> tuple[Snapshot | None, Answer | Respond | None]:
        now = timezone.now()
        snapshot = await self.lookups.fetch(*keys)
        return snapshot, read.answer(credentials, query, snapshot, now) if snapshot else None

    def _add(self, read: HotRead, route: Route) -> None:
        """Have a read answer its route, unless the route has classes that must see each request."""
        view: Any = route.view
        if is_route_plain(view, read.authentication_classes, read.permission_classes):
            plain, secure = (_headers(view, read.status, secure=secure) for secure in (False, True))
            self._routes[route.path] = _Route(read, view.cls.answers_any_host, plain, secure)


def _respond(respond: Respond, request: LightRequest) -> Answer | None:
    """Return what a response has besides the headers of its route; None where Django is to refuse.

    Django also answers errors of the database.
    """
    request_started.send(sender=HotReads, environ=request.environ)  # checks the thread's connection
    try:
        response = respond(request)
    except (DashboardError, APIException, DatabaseError):
        return None
    items = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]
    return [it for it in items if it[0] != b"content-type"], JSONRenderer().render(response.data)


def _is_understood(environ: Environ, read: HotRead) -> bool:
    """Whether there is nothing about this request that only Django understands."""
    if environ["REQUEST_METHOD"] != "GET" or environ.get("CONTENT_LENGTH", "0") not in ("", "0"):
        return False
    return read.ignores_headers or (KNOWN.issuperset(environ) and environ.get("CONTENT_TYPE", "") in CONTENT_TYPES)


@lru_cache(maxsize=256)
def _is_allowed_host(host: str, allowed_hosts: tuple[str, ...]) -> bool:
    """Whether `HttpRequest.get_host` accepts this host with these ALLOWED_HOSTS."""
    request = HttpRequest()
    request.META["HTTP_HOST"] = host
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return True


def _headers(view: Any, status: HTTPStatus, *, secure: bool) -> Headers:
    """Return the headers of each response of a route, as DRF and the middleware make them."""
    viewset, request = view.cls(), SimpleNamespace(is_secure=lambda: secure)
    viewset.request = request
    response = HttpResponse(content_type=JSONRenderer.media_type, headers=viewset.default_response_headers)
    if status is HTTPStatus.NO_CONTENT:
        del response["Content-Type"]
    answered: Any = SecurityHeadersMiddleware(lambda _: response)(request)  # type: ignore[arg-type]
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answered.items()]
