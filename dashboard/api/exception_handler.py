"""How an error is answered: any exception of a view, and what Django refuses outside of one."""

import logging
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from rest_framework import exceptions

from dashboard.api.responses import Answer
from dashboard.core.errors import DashboardError, Refusal
from dashboard.db import availability
from dashboard.observability import metrics

logger = logging.getLogger(__name__)

SIGN_IN_REQUIRED = {"object": "auth", "message": "Sign in required"}
ADMINISTRATOR_REQUIRED = {"object": "auth", "message": "Administrator required"}
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="dashboard"'}  # RFC 9110, section 15.5.2: every 401 has one

REFUSAL_OF: dict[type[Exception], Refusal] = {
    exceptions.ParseError: Refusal.REQUEST_UNREADABLE,
    exceptions.MethodNotAllowed: Refusal.METHOD_WRONG,
    exceptions.UnsupportedMediaType: Refusal.CONTENT_TYPE_WRONG,
    RequestDataTooBig: Refusal.REQUEST_TOO_LONG,
    UnreadablePostError: Refusal.REQUEST_UNREADABLE,
    SuspiciousOperation: Refusal.REQUEST_UNREADABLE,
}

SUSPICIOUS = frozenset({Refusal.ORIGIN_WRONG})  # no mistake of a person's


def answer(error: Exception, request: HttpRequest) -> HttpResponse:
    """What any exception of a view looks like on the wire."""
    if isinstance(error, exceptions.NotAuthenticated):
        _count("sign-in-required")
        return Answer(SIGN_IN_REQUIRED, status=HTTPStatus.UNAUTHORIZED, headers=CHALLENGE)
    if isinstance(error, exceptions.PermissionDenied):
        _count("administrator-required")
        return Answer(ADMINISTRATOR_REQUIRED, status=HTTPStatus.FORBIDDEN)
    error = availability.refused(error) or error
    refusal = _refusal_of(error)
    _count(refusal.code)
    if refusal is Refusal.SERVER_FAULT:
        _report(error, request)
    if refusal in SUSPICIOUS:
        logger.warning("Refused: %s", refusal.code)
    headers = dict(CHALLENGE) if refusal.status == HTTPStatus.UNAUTHORIZED else {}
    if isinstance(error, DashboardError) and error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return Answer(refusal.as_wire(), status=refusal.status, headers=headers)


def _count(code: str) -> None:
    metrics.instruments().refusals.labels(code).inc()


def _refusal_of(error: Exception) -> Refusal:
    if isinstance(error, DashboardError):
        return error.refusal
    return next((refusal for kind, refusal in REFUSAL_OF.items() if isinstance(error, kind)), Refusal.SERVER_FAULT)


def _report(error: Exception, request: HttpRequest) -> None:
    logger.error("%s %s failed", request.method, request.path, exc_info=error)
    got_request_exception.send(sender=None, request=request)
