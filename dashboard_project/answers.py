"""How an error is answered: any exception of a view, and what Django refuses outside of one."""

import logging
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from dashboard_project.errors import DashboardError, Refusal

logger = logging.getLogger("django.request")

SIGN_IN_REQUIRED = {"object": "auth", "message": "Sign in required"}
ADMINISTRATOR_REQUIRED = {"object": "auth", "message": "Administrator required"}
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="dashboard"'}  # RFC 9110, section 15.5.2: every 401 has one

REFUSAL_OF: dict[type[Exception], Refusal] = {
    exceptions.ParseError: Refusal.REQUEST_UNREADABLE,
    exceptions.UnsupportedMediaType: Refusal.CONTENT_TYPE_WRONG,
    RequestDataTooBig: Refusal.REQUEST_TOO_LONG,
    SuspiciousOperation: Refusal.REQUEST_UNREADABLE,
}


def answer(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's exception handler: what any exception of a view looks like on the wire."""
    set_rollback()
    if isinstance(error, exceptions.NotAuthenticated):
        return Response(SIGN_IN_REQUIRED, HTTPStatus.UNAUTHORIZED, headers=CHALLENGE)
    if isinstance(error, exceptions.PermissionDenied):
        return Response(ADMINISTRATOR_REQUIRED, HTTPStatus.FORBIDDEN)
    refusal = _refusal_of(error)
    if refusal is Refusal.SERVER_FAULT:
        _report(error, context)
    return Response(
        refusal.as_wire(), refusal.status, headers=CHALLENGE if refusal.status == HTTPStatus.UNAUTHORIZED else None
    )


def _refusal_of(error: Exception) -> Refusal:
    if isinstance(error, DashboardError):
        return error.refusal
    return next((refusal for kind, refusal in REFUSAL_OF.items() if isinstance(error, kind)), Refusal.SERVER_FAULT)


def _report(error: Exception, context: dict[str, Any]) -> None:
    request = context["request"]
    logger.error("%s %s failed", request.method, request.path, exc_info=error)
    got_request_exception.send(sender=None, request=request)


def _page(refusal: Refusal):  # type: ignore[no-untyped-def]
    def page(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
        return JsonResponse(refusal.as_wire(), status=refusal.status)

    return page


# Django's handlers, for what happens outside of a view
bad_request = _page(Refusal.REQUEST_UNREADABLE)
not_found = _page(Refusal.ROUTE_UNKNOWN)
server_error = _page(Refusal.SERVER_FAULT)
