"""Middleware of every request, above Django's own: metrics and request ids, cookies, JSON errors, the fast path."""

import logging
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from time import perf_counter
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, get_resolver, resolve

from dashboard.api.access.refusals import log_refusal
from dashboard.api.exception_handler import error_code_for_status, is_logged
from dashboard.api.long_polling import is_asked_again
from dashboard.api.responses import JSONResponse
from dashboard.api.routing import answers_any_host, declared, is_monitor, views
from dashboard.core.actor import Actor, ActorKind
from dashboard.observability.logging import bind_request
from dashboard.observability.metrics import get_metrics

GetResponse = Callable[[HttpRequest], HttpResponseBase]

requests_log = logging.getLogger("dashboard.requests")

SITE = "/admin"
PATH_GROUPS = (SITE, "/static/", "/api/docs", "/api/openapi.json")  # labels of the paths that begin with them


def is_site_path(path: str) -> bool:
    """Whether this is a page of the administrators' site."""
    return path == SITE or path.startswith(f"{SITE}/")


class RequestMetricsMiddleware:
    """Give each request an id, which its response and all its log lines have, and count it with its duration.

    With LOG_REQUESTS the request itself is logged too.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        start = perf_counter()
        requestid = bind_request(request)
        response = self.get_response(request)
        response["X-Request-ID"] = requestid
        if not is_asked_again(request):
            record_request(request, response.status_code, start)
        return response


def record_request(request: HttpRequest, status: int, start: float) -> None:
    """Count an answered request, and log it with LOG_REQUESTS. `start` is its beginning by `perf_counter`."""
    seconds = perf_counter() - start
    get_metrics().observe(request.path_info, status, seconds, path_label)
    if requests_log.isEnabledFor(logging.INFO):
        fields = {"status": int(status), "milliseconds": round(seconds * 1000, 1)}
        requests_log.info("request", extra=fields)


def path_label(path: str) -> str:
    """Return the path itself for a route or a monitor; a group for others, which clients can invent without limit."""
    if path in fast_path_views():
        return path
    return next((group for group in PATH_GROUPS if path.startswith(group)), "other")


class CookiePathMiddleware:
    """Prefix the paths of cookies with the path below which the server is reached.

    Otherwise another application of the host would get them. A `__Host-` cookie must have the path `/`.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.cookies and (prefix := request.META.get("SCRIPT_NAME")):
            for name, cookie in response.cookies.items():
                if not name.startswith("__Host-"):
                    cookie["path"] = f"{prefix}{cookie['path']}"
        return response


class JSONErrorMiddleware:
    """Give errors that Django answers by itself, also with DEBUG on, the format of all others.

    Pages of the administrators' site keep theirs.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code < HTTPStatus.BAD_REQUEST or response.get("Content-Type") == "application/json":
            return response
        if is_site_path(request.path_info):
            return response
        error_code = error_code_for_status(response.status_code)
        get_metrics().refusals.labels(error_code.code).inc()
        if is_logged(response.status_code, error_code.code):
            log_refusal(error_code.code, Actor.of(request, ActorKind.ANYBODY, None))
        headers = {"Allow": response["Allow"]} if "Allow" in response else None
        return JSONResponse(error_code.as_json(), status=error_code.status, headers=headers)


class FastPathMiddleware:
    """Call the view of an API route or a monitor at once, without the middleware below and without URL patterns.

    The middleware below this one serves the administrators' site: sessions, CSRF, messages, static files, security
    headers. API routes need none of it, and a session check would spend a third of its time there (`make bench-parts`
    measures it). So a middleware that must see the API stands above this one in MIDDLEWARE. System checks refuse
    settings that the fast path would silently pass by: see dashboard/checks.py and docs/decisions/0003-fast-path.md.

    Monitors answer for any host, because probes know an address and no name. So does the check, which proxies call with
    the host of an application. The responses of both do not depend on the host.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        match = fast_path_views().get(request.path_info)
        if match is None:
            return self.get_response(request)
        if not answers_any_host(match.func):
            request.get_host()  # raises DisallowedHost, as CommonMiddleware would
        request.resolver_match = match
        response: Any = match.func(request)
        if hasattr(response, "render"):
            response = response.render()
            if response.status_code != HTTPStatus.NO_CONTENT:  # RFC 9110, section 8.6
                response["Content-Length"] = str(len(response.content))
            free_view(response)
        return response  # type: ignore[no-any-return]


def free_view(response: Any) -> None:
    """Break the reference cycles that DRF leaves between view, request and rendered response.

    Otherwise each body stays in memory until the garbage collector runs, which also has more to scan.
    """
    context = getattr(response, "renderer_context", None)
    if context:
        context["request"].parser_context.clear()
        vars(context["view"]).clear()
        context.clear()


@lru_cache(maxsize=1)
def fast_path_views() -> dict[str, ResolverMatch]:
    """Return the resolved view of each declared route and of each monitor, by path."""
    monitors = [path for path, view in views(get_resolver()) if is_monitor(view)]
    return {path: resolve(path) for path in (*monitors, *(route.path for route in declared()))}
