"""Routes of sessions."""

from django.conf import settings
from django.http.response import HttpResponseBase

from accounts.parameters import OWN_ACCOUNT_ERRORS, caller_account
from accounts.requests import SignedInRequest as SignedInAccountRequest
from dashboard.api.authentication import SESSIONID_COOKIE, TOKEN_COOKIE, is_cross_origin
from dashboard.api.pagination import PAGINATION_ERRORS, PAGINATION_PARAMETERS, RecordList, paginate
from dashboard.api.parameters import (
    ACCOUNTID,
    ACCOUNTID_FILTER,
    PASSWORD,
    PASSWORD_MIN_LENGTH,
    REMEMBER,
    SESSIONID,
    USERNAME,
    USERNAME_MIN_LENGTH,
)
from dashboard.api.requests import APIRequest
from dashboard.api.responses import JSONResponse
from dashboard.api.routing import AdministratorViewSet, PublicViewSet, UserViewSet, route
from dashboard.api.schema.objects import COUNT, ListOf
from dashboard.core.errors import ErrorCode
from sessions_app.models import Session
from sessions_app.schemas import SESSION
from sessions_app.services import sessions

SESSIONID_ERRORS = (ErrorCode.SESSIONID_MISSING, ErrorCode.SESSIONID_UNKNOWN)
OWN_SESSION_ERRORS = (*SESSIONID_ERRORS, ErrorCode.NOT_OWNED)


class SignedInRequest(SignedInAccountRequest):
    """What authentication.py has let through by a session."""

    auth: Session


class PublicSessionViewSet(PublicViewSet):
    @route(
        "POST",
        "create-session",
        body=(USERNAME, PASSWORD, REMEMBER),
        returns=SESSION,
        errors=(
            ErrorCode.USERNAME_MISSING,
            ErrorCode.PASSWORD_MISSING,
            ErrorCode.USERNAME_UNKNOWN,
            ErrorCode.ACCOUNT_LOCKED,
            ErrorCode.PASSWORD_WRONG,
            ErrorCode.SIGN_IN_DELETION_SCHEDULED,
        ),
    )
    def create_session(self, request: APIRequest) -> JSONResponse:
        """Sign in. The answer has the session's token, this once, and sets the two cookies."""
        username, password, remember = USERNAME.read(request), PASSWORD.read(request), REMEMBER.read(request)
        session = sessions.create_session(username, password, remember, request.actor)
        response = JSONResponse(session.as_json())
        if not is_cross_origin(request._request):  # whose visitors are not to be signed in here behind their backs
            _set_cookies(response, session)
        return response


def _set_cookies(response: JSONResponse, session: Session) -> None:
    for name, value in ((SESSIONID_COOKIE, session.sessionid), (TOKEN_COOKIE, session.token or "")):
        response.set_cookie(
            name, value, max_age=session.duration, secure=settings.SERVED_BY_HTTPS, httponly=True, samesite="Lax"
        )


class UserSessionViewSet(UserViewSet):
    @route("GET", "session", query=(SESSIONID,), returns=SESSION, errors=OWN_SESSION_ERRORS, cached_model=Session)
    def session(self, request: SignedInRequest) -> JSONResponse:
        """One of one's own sessions; with its own id, the check that a session is valid."""
        sessionid = SESSIONID.read(request)
        if sessionid == request.auth.sessionid:
            return JSONResponse(request.auth.as_json())
        return JSONResponse(Session.objects.get_cached_own(sessionid, request.user.accountid, request.seen).as_json())

    @route(
        "GET",
        "sessions",
        query=(ACCOUNTID, *PAGINATION_PARAMETERS),
        returns=ListOf(SESSION),
        errors=(*OWN_ACCOUNT_ERRORS, *PAGINATION_ERRORS, ErrorCode.SESSIONID_UNKNOWN),
    )
    def sessions(self, request: SignedInRequest) -> HttpResponseBase:
        """One's own sessions, newest first."""
        return paginate(request, RecordList(Session.objects.all, caller_account(request).accountid))

    @route("GET", "sessions-count", query=(ACCOUNTID,), returns=COUNT, errors=OWN_ACCOUNT_ERRORS)
    def sessions_count(self, request: SignedInRequest) -> JSONResponse:
        """How many sessions one has had."""
        return JSONResponse(Session.objects.filter(account=caller_account(request)).count())

    @route(
        "PATCH",
        "set-session-ended",
        query=(SESSIONID,),
        returns=SESSION,
        errors=(*OWN_SESSION_ERRORS, ErrorCode.SESSION_ENDED),
    )
    def set_session_ended(self, request: SignedInRequest) -> JSONResponse:
        """End one of one's own sessions: sign out."""
        sessionid, accountid = SESSIONID.read(request), request.user.accountid
        return JSONResponse(sessions.set_own_session_ended(sessionid, accountid, request.actor).as_json())

    @route("PATCH", "end-other-sessions", query=(ACCOUNTID,), returns=COUNT, errors=OWN_ACCOUNT_ERRORS)
    def end_other_sessions(self, request: SignedInRequest) -> JSONResponse:
        """End every other session of one's account; the answer is how many they were."""
        accountid, sessionid = caller_account(request).accountid, request.auth.sessionid
        return JSONResponse(sessions.end_other_sessions(accountid, sessionid, request.actor))

    @route(
        "PATCH",
        "set-session-verified",
        query=(SESSIONID,),
        body=(USERNAME_MIN_LENGTH, PASSWORD_MIN_LENGTH),
        returns=SESSION,
        errors=(
            *OWN_SESSION_ERRORS,
            ErrorCode.NOT_CURRENT_SESSION,
            ErrorCode.USERNAME_MISSING,
            ErrorCode.PASSWORD_MISSING,
            ErrorCode.USERNAME_LENGTH,
            ErrorCode.PASSWORD_LENGTH,
            ErrorCode.USERNAME_NOT_OWN,
            ErrorCode.ACCOUNT_LOCKED,
            ErrorCode.PASSWORD_WRONG,
        ),
    )
    def set_session_verified(self, request: SignedInRequest) -> JSONResponse:
        """Prove again who one is, in the session that asks."""
        sessionid, username, password = (
            SESSIONID.read(request),
            USERNAME_MIN_LENGTH.read(request),
            PASSWORD_MIN_LENGTH.read(request),
        )
        session = sessions.set_session_verified(sessionid, request.auth, username, password, request.actor)
        return JSONResponse(session.as_json())


class AdministratorSessionViewSet(AdministratorViewSet):
    @route("GET", "session", query=(SESSIONID,), returns=SESSION, errors=SESSIONID_ERRORS, cached_model=Session)
    def session(self, request: SignedInRequest) -> JSONResponse:
        """A session."""
        return JSONResponse(Session.objects.get_cached(SESSIONID.read(request), request.seen).as_json())

    @route(
        "GET",
        "sessions",
        query=(ACCOUNTID_FILTER, *PAGINATION_PARAMETERS),
        returns=ListOf(SESSION),
        errors=(*PAGINATION_ERRORS, ErrorCode.SESSIONID_UNKNOWN),
    )
    def sessions(self, request: SignedInRequest) -> HttpResponseBase:
        """Sessions, newest first."""
        return paginate(request, RecordList(Session.objects.all, ACCOUNTID_FILTER.read(request)))

    @route("GET", "sessions-count", query=(ACCOUNTID_FILTER,), returns=COUNT)
    def sessions_count(self, request: SignedInRequest) -> JSONResponse:
        """How many sessions there are, ended ones too."""
        return JSONResponse(Session.objects.of_account(ACCOUNTID_FILTER.read(request)).count())

    @route(
        "PATCH",
        "set-session-ended",
        query=(SESSIONID,),
        returns=SESSION,
        errors=(*SESSIONID_ERRORS, ErrorCode.SESSION_ENDED),
    )
    def set_session_ended(self, request: SignedInRequest) -> JSONResponse:
        """End a session."""
        return JSONResponse(sessions.set_session_ended(SESSIONID.read(request), request.actor).as_json())
