"""What happens to every request before Django's own middleware, or instead of it."""

import logging
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from time import perf_counter
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import resolve

from dashboard.api.responses import JSONResponse
from dashboard.api.routing import declared
from dashboard.core.errors import ErrorCode
from dashboard.observability import logging as logs
from dashboard.observability.metrics import get_metrics

GetResponse = Callable[[HttpRequest], HttpResponseBase]

requests_log = logging.getLogger("dashboard.requests")

SITE = "/admin"
GROUPS = (SITE, "/static/", "/api/docs", "/api/openapi.json")  # labels of the paths that begin so
REFUSAL_BY_STATUS = {
    400: ErrorCode.MALFORMED_REQUEST,
    404: ErrorCode.UNKNOWN_ROUTE,
    405: ErrorCode.METHOD_NOT_ALLOWED,
    413: ErrorCode.REQUEST_TOO_LARGE,
}


def is_of_the_site(path: str) -> bool:
    """Whether this is a page of the administrators' site."""
    return path == SITE or path.startswith(f"{SITE}/")


def observed(get_response: GetResponse) -> GetResponse:
    """Give a request the id that its answer and all that is logged about it have, and count it with its time.

    It is logged itself where LOG_REQUESTS is set.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        began = perf_counter()
        requestid = logs.bind_request(request)
        response = get_response(request)
        response["X-Request-ID"] = requestid
        seconds = perf_counter() - began
        get_metrics().observe(request.path_info, response.status_code, seconds, label_of)
        if requests_log.isEnabledFor(logging.INFO):
            told = {"status": response.status_code, "milliseconds": round(seconds * 1000, 1)}
            requests_log.info("request", extra=told)
        return response

    return middleware


def label_of(path: str) -> str:
    """The path itself, of a route or a monitor; of others, which anybody can make up, what they have in common."""
    if path in views_by_path() or path in monitors_by_path():
        return path
    return next((group for group in GROUPS if path.startswith(group)), "other")


def errors_as_json(
    get_response: GetResponse,
) -> GetResponse:
    """What Django answers by itself, also with DEBUG on, gets the form of any other error; pages of the site do not."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.status_code < HTTPStatus.BAD_REQUEST or response.get("Content-Type") == "application/json":
            return response
        if is_of_the_site(request.path_info):
            return response
        fault = response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
        otherwise = ErrorCode.SERVER_ERROR if fault else ErrorCode.MALFORMED_REQUEST
        refusal = REFUSAL_BY_STATUS.get(response.status_code, otherwise)
        get_metrics().refusals.labels(refusal.code).inc()
        headers = {"Allow": response["Allow"]} if "Allow" in response else None
        return JSONResponse(refusal.as_json(), status=refusal.status, headers=headers)

    return middleware


def straight_to_the_api(get_response: GetResponse) -> GetResponse:
    """Call a route's view at once: none needs the middleware of pages, nor a search through patterns."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        view = views_by_path().get(request.path_info)
        if view is None:
            return get_response(request)
        request.get_host()  # raises DisallowedHost, as CommonMiddleware would
        response: HttpResponseBase = view(request)
        return response

    return middleware


def straight_to_the_monitors(get_response: GetResponse) -> GetResponse:
    """Answer whoever watches the server without asking by which host: a probe knows an address, and no name.

    Nothing that a monitor answers depends on the host that is asked for.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        monitor = monitors_by_path().get(request.path_info)
        return monitor(request) if monitor else get_response(request)

    return middleware


@lru_cache(maxsize=1)
def monitors_by_path() -> dict[str, Any]:
    """The view of each monitor."""
    from dashboard_project.urls import monitors  # noqa: PLC0415  as below

    return {f"/{monitor.pattern}": monitor.callback for monitor in monitors}


@lru_cache(maxsize=1)
def views_by_path() -> dict[str, Any]:
    """The view of each declared route."""
    from dashboard_project.urls import router  # noqa: PLC0415  urls imports the views, which need the settings

    return {route.path: resolve(route.path).func for route in declared(router)}
