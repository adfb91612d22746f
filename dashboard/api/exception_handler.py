"""DRF's EXCEPTION_HANDLER: every exception of a view becomes a documented error.

| Exception | Response |
|---|---|
| DashboardError | its code, status and sentence |
| NotAuthenticated, AuthenticationFailed | 401 `{"object": "auth", "message": "Sign in required"}` |
| PermissionDenied by IsAdministrator | 403 `{"object": "auth", "message": "Administrator required"}` |
| DashboardError with ADMINISTRATOR_REQUIRED | the same |
| DashboardError with SIGN_IN_REQUIRED | as NotAuthenticated |
| other exceptions of DRF and Django | the code of their class, or their own status with the code that fits it |
| a database that cannot be used now | 503 service-unavailable |
| anything else | 500 unknown-error; it is logged with its traceback |
"""

import logging
from dataclasses import dataclass, field
from http import HTTPStatus
from math import ceil
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, UnreadablePostError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from dashboard.api.access.authentication import BEARER_CHALLENGE, ApplicationServerRefused
from dashboard.api.access.permissions import HasRecentProof, IsAdministrator
from dashboard.api.access.refusals import ADMINISTRATOR_REQUIRED as ADMINISTRATOR_REASON
from dashboard.api.access.refusals import APPLICATION_SERVER, REASONS, log_refusal, refuse_access
from dashboard.api.access.services import CredentialRefusedError
from dashboard.api.requests import APIRequest
from dashboard.api.responses import JSONResponse
from dashboard.core.actor import Actor, ActorKind
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.json import JSON
from dashboard.db import availability
from dashboard.observability.metrics import get_metrics

logger = logging.getLogger(__name__)

SIGN_IN_REQUIRED = {"object": "auth", "message": "Sign in required"}
ADMINISTRATOR_REQUIRED = {"object": "auth", "message": IsAdministrator.message}

ERROR_CODES: dict[type[Exception], ErrorCode] = {
    exceptions.ParseError: ErrorCode.MALFORMED_REQUEST,
    exceptions.MethodNotAllowed: ErrorCode.METHOD_NOT_ALLOWED,
    exceptions.UnsupportedMediaType: ErrorCode.UNSUPPORTED_CONTENT_TYPE,
    exceptions.PermissionDenied: ErrorCode.PERMISSION_DENIED,
    PermissionDenied: ErrorCode.PERMISSION_DENIED,
    exceptions.Throttled: ErrorCode.TOO_MANY_REQUESTS,
    exceptions.NotFound: ErrorCode.UNKNOWN_ROUTE,
    Http404: ErrorCode.UNKNOWN_ROUTE,
    RequestDataTooBig: ErrorCode.REQUEST_TOO_LARGE,
    UnreadablePostError: ErrorCode.MALFORMED_REQUEST,
    SuspiciousOperation: ErrorCode.MALFORMED_REQUEST,
    exceptions.ValidationError: ErrorCode.MALFORMED_REQUEST,
}

LOGGED = {HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.TOO_MANY_REQUESTS}

ERROR_CODE_BY_STATUS = {
    400: ErrorCode.MALFORMED_REQUEST,
    404: ErrorCode.UNKNOWN_ROUTE,
    405: ErrorCode.METHOD_NOT_ALLOWED,
    413: ErrorCode.REQUEST_TOO_LARGE,
}


@dataclass
class ErrorReply:
    """The body, status, error code and headers that answer an exception."""

    data: JSON
    status: int
    code: str  # the label of its metric, also where the contract's body has none
    headers: dict[str, str] = field(default_factory=dict)


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response:
    """Answer an exception of a view, whatever it is. See the table above."""
    set_rollback()
    request: APIRequest = context["request"]
    reply = _reply(exc, request._request)
    if reason := _access_reason(exc):
        target = exc.credentialid if isinstance(exc, CredentialRefusedError) else request.named_id()
        refuse_access(reason, _actor(request), target, code=reply.code)
    elif is_logged(reply.status, reply.code):
        log_refusal(reply.code, _actor(request))
    headers = reply.headers
    if isinstance(exc, exceptions.Throttled):
        headers |= request.rate_limit_headers
    return Response(reply.data, status=reply.status, headers=headers)


def error_response(error: Exception, request: HttpRequest) -> JSONResponse:
    """As `exception_handler`, for a view that is not DRF's."""
    reply = _reply(error, request)
    if reason := _access_reason(error):
        refuse_access(reason, Actor.of(request, ActorKind.ANYBODY, None), code=reply.code)
    return JSONResponse(reply.data, status=reply.status, headers=reply.headers)


def _reply(error: Exception, request: HttpRequest) -> ErrorReply:
    """Return the reply, and count it."""
    reply = _uncounted_reply(error, request)
    get_metrics().refusals.labels(reply.code).inc()
    return reply


def _uncounted_reply(error: Exception, request: HttpRequest) -> ErrorReply:
    if _lacks_session(error):
        return ErrorReply(SIGN_IN_REQUIRED, HTTPStatus.UNAUTHORIZED, "sign-in-required", _challenge(error))
    if _lacks_role(error):
        return ErrorReply(ADMINISTRATOR_REQUIRED, HTTPStatus.FORBIDDEN, "administrator-required")
    return _coded_reply(availability.as_unavailable(error) or error, request)


def _lacks_session(error: Exception) -> bool:
    """Return whether the caller is not signed in, or their session has ended since DRF asked."""
    if isinstance(error, DashboardError):
        return error.error_code is ErrorCode.SIGN_IN_REQUIRED
    return isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed)


def _lacks_role(error: Exception) -> bool:
    """Return whether the caller is not an administrator, or has ceased to be one since IsAdministrator asked."""
    if isinstance(error, DashboardError):
        return error.error_code is ErrorCode.ADMINISTRATOR_REQUIRED
    return isinstance(error, exceptions.PermissionDenied) and error.get_codes() == IsAdministrator.code


def is_logged(status: int, code: str) -> bool:
    """Return whether a refusal is logged: what is forbidden or beyond a limit, and requests that are malformed."""
    return status in LOGGED or code == ErrorCode.MALFORMED_REQUEST.code


def _access_reason(error: Exception) -> str:
    """Return why the error refuses access, or an empty string if it does not."""
    if isinstance(error, ApplicationServerRefused):
        return APPLICATION_SERVER
    return ADMINISTRATOR_REASON if _lacks_role(error) else REASONS.get(_error_code(error), "")


def _actor(request: APIRequest) -> Actor:
    """Return who makes the request. Where it was refused before its session was looked at, do not look now."""
    if hasattr(request, "_user"):
        return request.actor
    if request.service:
        return request.actor_of_service(request.service)
    return Actor.of(request._request, ActorKind.ANYBODY, None)


def _challenge(error: Exception) -> dict[str, str]:
    """Return the challenge of the first authentication class, which DRF has noted, or else ours."""
    return {"WWW-Authenticate": getattr(error, "auth_header", None) or BEARER_CHALLENGE}


def _coded_reply(error: Exception, request: HttpRequest) -> ErrorReply:
    code = _error_code(error)
    if code is ErrorCode.SERVER_ERROR:
        logger.error("%s %s failed", request.method, request.path, exc_info=error)
        got_request_exception.send(sender=None, request=request)
    headers = {"WWW-Authenticate": BEARER_CHALLENGE} if code.status == HTTPStatus.UNAUTHORIZED else {}
    if (seconds := _retry_after(error)) is not None:
        headers["Retry-After"] = str(seconds)
    data: JSON = {**code.as_json()}
    if isinstance(error, DashboardError):
        headers |= error.headers
        data |= error.fields
    return ErrorReply(data, _own_status(error) or code.status, code.code, headers)


def _error_code(error: Exception) -> ErrorCode:
    if isinstance(error, DashboardError):
        return error.error_code
    if isinstance(error, exceptions.PermissionDenied) and error.get_codes() == HasRecentProof.code:
        return ErrorCode.VERIFICATION_REQUIRED
    known = next((code for kind, code in ERROR_CODES.items() if isinstance(error, kind)), None)
    return known or error_code_for_status(_own_status(error) or HTTPStatus.INTERNAL_SERVER_ERROR)


def _own_status(error: Exception) -> int | None:
    """Return the status of an APIException whose class has no code of its own. Ignore that of other errors."""
    has_own = isinstance(error, exceptions.APIException) and not isinstance(error, tuple(ERROR_CODES))
    return error.status_code if has_own else None  # type: ignore[attr-defined]


def error_code_for_status(status: int) -> ErrorCode:
    """Return the code of an error for which only the HTTP status is known."""
    is_fault = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return ERROR_CODE_BY_STATUS.get(status, ErrorCode.SERVER_ERROR if is_fault else ErrorCode.MALFORMED_REQUEST)


def _retry_after(error: Exception) -> int | None:
    if isinstance(error, DashboardError):
        return error.retry_after
    wait = getattr(error, "wait", None)  # of Throttled
    return None if wait is None else ceil(wait)
