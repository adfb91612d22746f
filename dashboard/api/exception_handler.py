"""How an error is answered: any exception of a view, and what Django refuses outside of one."""

import logging
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from rest_framework import exceptions

from dashboard.api.responses import JSONResponse
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.db import availability
from dashboard.observability.metrics import get_metrics

logger = logging.getLogger(__name__)

SIGN_IN_REQUIRED = {"object": "auth", "message": "Sign in required"}
ADMINISTRATOR_REQUIRED = {"object": "auth", "message": "Administrator required"}
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="dashboard"'}  # RFC 9110, section 15.5.2: every 401 has one

REFUSAL_OF: dict[type[Exception], ErrorCode] = {
    exceptions.ParseError: ErrorCode.MALFORMED_REQUEST,
    exceptions.MethodNotAllowed: ErrorCode.METHOD_NOT_ALLOWED,
    exceptions.UnsupportedMediaType: ErrorCode.UNSUPPORTED_CONTENT_TYPE,
    RequestDataTooBig: ErrorCode.REQUEST_TOO_LARGE,
    UnreadablePostError: ErrorCode.MALFORMED_REQUEST,
    SuspiciousOperation: ErrorCode.MALFORMED_REQUEST,
}

SUSPICIOUS = frozenset({ErrorCode.CROSS_ORIGIN})  # no mistake of a person's


def answer(error: Exception, request: HttpRequest) -> HttpResponse:
    """What any exception of a view looks like on the wire."""
    if isinstance(error, exceptions.NotAuthenticated):
        _count("sign-in-required")
        return JSONResponse(SIGN_IN_REQUIRED, status=HTTPStatus.UNAUTHORIZED, headers=CHALLENGE)
    if isinstance(error, exceptions.PermissionDenied):
        _count("administrator-required")
        return JSONResponse(ADMINISTRATOR_REQUIRED, status=HTTPStatus.FORBIDDEN)
    error = availability.as_unavailable(error) or error
    refusal = _refusal_of(error)
    _count(refusal.code)
    if refusal is ErrorCode.SERVER_ERROR:
        _report(error, request)
    if refusal in SUSPICIOUS:
        logger.warning("Refused: %s", refusal.code)
    headers = dict(CHALLENGE) if refusal.status == HTTPStatus.UNAUTHORIZED else {}
    if isinstance(error, DashboardError) and error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return JSONResponse(refusal.as_json(), status=refusal.status, headers=headers)


def _count(code: str) -> None:
    get_metrics().refusals.labels(code).inc()


def _refusal_of(error: Exception) -> ErrorCode:
    if isinstance(error, DashboardError):
        return error.error_code
    return next((refusal for kind, refusal in REFUSAL_OF.items() if isinstance(error, kind)), ErrorCode.SERVER_ERROR)


def _report(error: Exception, request: HttpRequest) -> None:
    logger.error("%s %s failed", request.method, request.path, exc_info=error)
    got_request_exception.send(sender=None, request=request)
