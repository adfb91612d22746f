"""Error pages, in the look of the site and without details of the error.

A signed-in administrator keeps the menu. Nobody else does, and no page of a server error: it must not need the
database, which may be the fault.
"""

from http import HTTPStatus
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import render
from django.urls import reverse

from dashboard.models import ID_PATTERN

TEXTS = {
    HTTPStatus.BAD_REQUEST: ("Bad request", "The request could not be read."),
    HTTPStatus.FORBIDDEN: ("No access", "You may not open this page."),
    HTTPStatus.NOT_FOUND: ("Page not found", "This page does not exist."),
    HTTPStatus.METHOD_NOT_ALLOWED: ("Method not allowed", "This page does not support this kind of request."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("Request too large", "The request is too large."),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "Something went wrong",
        "Something went wrong on the server. Nothing was changed, and the error has been logged.",
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "Service unavailable",
        "The server cannot use its database. Wait a moment, and check what has been done before you try again.",
    ),
}
EXPIRED_FORM = (
    "Form expired",
    "The form was open for too long, or does not belong to this site. Go back, reload the page and try again.",
)
UNKNOWN_ROW = ("Not found", "Nothing has this ID. It may have been deleted; its events stay recorded.")
WITH_MENU, WITHOUT_MENU = "admin/base_site.html", "unfold/layouts/unauthenticated.html"

Links = list[tuple[str, str]]


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without a valid token: Django's CSRF_FAILURE_VIEW. `error_page` renders the page."""
    request.csrf_failed = True  # type: ignore[attr-defined]
    return HttpResponseForbidden()


def error_page(request: HttpRequest, status: HTTPStatus) -> HttpResponse:
    """Render the page of an error."""
    user = getattr(request, "user", None)
    if status < HTTPStatus.INTERNAL_SERVER_ERROR and user is not None and user.is_active and user.is_staff:
        try:
            return _render(request, status, WITH_MENU)
        except DatabaseError:  # while reading the administrator's name
            pass
    request.user = AnonymousUser()
    return _render(request, status, WITHOUT_MENU)


def _render(request: HttpRequest, status: HTTPStatus, layout: str) -> HttpResponse:
    (title, message), links = _text(request, status), _links(request, status)
    context = {**admin.site.each_context(request), "layout": layout, "title": title, "message": message, "links": links}
    return render(request, "admin_site/error.html", context, status=status)


def _text(request: HttpRequest, status: HTTPStatus) -> tuple[str, str]:
    if getattr(request, "csrf_failed", False):
        return EXPIRED_FORM
    if status is HTTPStatus.NOT_FOUND and _requested_id(request):
        return UNKNOWN_ROW
    is_fault = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return TEXTS.get(status) or TEXTS[HTTPStatus.INTERNAL_SERVER_ERROR if is_fault else HTTPStatus.BAD_REQUEST]


def _links(request: HttpRequest, status: HTTPStatus) -> Links:
    links = [("Go to the home page", reverse("admin:index"))]
    accountid = _requested_id(request)
    if status is HTTPStatus.NOT_FOUND and accountid.startswith("acct_"):
        query = urlencode({"accountid": accountid})
        links.insert(0, ("Its events", f"{reverse('admin:events_event_changelist')}?{query}"))
    return links


def _requested_id(request: HttpRequest) -> str:
    """Return the id of the row whose page was requested, or an empty string."""
    match = request.resolver_match
    given = str(match.kwargs.get("object_id", "")) if match else ""
    return given if ID_PATTERN.fullmatch(given) else ""
