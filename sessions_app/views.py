"""Routes of sessions."""

from django.conf import settings
from django.http.response import HttpResponseBase

from accounts.inputs import OWN_ACCOUNT_ERRORS, own
from accounts.requests import SignedInRequest as SignedInAccountRequest
from dashboard.api.authentication import SESSIONID_COOKIE, TOKEN_COOKIE, is_by_another_page
from dashboard.api.pagination import PAGING, PAGING_ERRORS, listed
from dashboard.api.parameters import (
    ACCOUNTID,
    LONG_PASSWORD,
    LONG_USERNAME,
    OF_ACCOUNT,
    PASSWORD,
    REMEMBER,
    SESSIONID,
    USERNAME,
)
from dashboard.api.requests import APIRequest
from dashboard.api.responses import Answer
from dashboard.api.routing import AdministratorViewSet, GuestViewSet, UserViewSet, route
from dashboard.api.schema.objects import COUNT, ListOf
from dashboard.core.errors import Refusal
from dashboard.db.listing import RecordList
from sessions_app import services
from sessions_app.models import Session
from sessions_app.schemas import SESSION

SESSIONID_ERRORS = (Refusal.SESSIONID_MISSING, Refusal.SESSIONID_UNKNOWN)
OWN_SESSION_ERRORS = (*SESSIONID_ERRORS, Refusal.ANOTHERS)


class SignedInRequest(SignedInAccountRequest):
    """What authentication.py has let through by a session."""

    auth: Session


class GuestSessions(GuestViewSet):
    @route(
        "POST",
        "create-session",
        body=(USERNAME, PASSWORD, REMEMBER),
        returns=SESSION,
        errors=(
            Refusal.USERNAME_MISSING,
            Refusal.PASSWORD_MISSING,
            Refusal.USERNAME_UNKNOWN,
            Refusal.ACCOUNT_LOCKED,
            Refusal.PASSWORD_WRONG,
            Refusal.SIGN_IN_SCHEDULED,
        ),
    )
    def create_session(self, request: APIRequest) -> Answer:
        """Sign in. The answer has the session's token, this once, and sets the two cookies."""
        username, password, remember = USERNAME.of(request), PASSWORD.of(request), REMEMBER.of(request)
        session = services.create_session(username, password, remember, request.actor)
        response = Answer(session.as_wire())
        if not is_by_another_page(request._request):  # whose visitors are not to be signed in here behind their backs
            _set_cookies(response, session)
        return response


def _set_cookies(response: Answer, session: Session) -> None:
    for name, value in ((SESSIONID_COOKIE, session.sessionid), (TOKEN_COOKIE, session.token or "")):
        response.set_cookie(
            name, value, max_age=session.duration, secure=settings.SERVED_BY_HTTPS, httponly=True, samesite="Lax"
        )


class UserSessions(UserViewSet):
    @route("GET", "session", query=(SESSIONID,), returns=SESSION, errors=OWN_SESSION_ERRORS, reads=Session)
    def session(self, request: SignedInRequest) -> Answer:
        """One of one's own sessions; with its own id, the check that a session is valid."""
        sessionid = SESSIONID.of(request)
        if sessionid == request.auth.sessionid:
            return Answer(request.auth.as_wire())
        return Answer(Session.objects.found_own(sessionid, request.user.accountid, request.seen).as_wire())

    @route(
        "GET",
        "sessions",
        query=(ACCOUNTID, *PAGING),
        returns=ListOf(SESSION),
        errors=(*OWN_ACCOUNT_ERRORS, *PAGING_ERRORS, Refusal.SESSIONID_UNKNOWN),
    )
    def sessions(self, request: SignedInRequest) -> HttpResponseBase:
        """One's own sessions, newest first."""
        return listed(request, RecordList(Session.objects.all, own(request).accountid))

    @route("GET", "sessions-count", query=(ACCOUNTID,), returns=COUNT, errors=OWN_ACCOUNT_ERRORS)
    def sessions_count(self, request: SignedInRequest) -> Answer:
        """How many sessions one has had."""
        return Answer(Session.objects.filter(account=own(request)).count())

    @route(
        "PATCH",
        "set-session-ended",
        query=(SESSIONID,),
        returns=SESSION,
        errors=(*OWN_SESSION_ERRORS, Refusal.SESSION_ENDED),
    )
    def set_session_ended(self, request: SignedInRequest) -> Answer:
        """End one of one's own sessions: sign out."""
        sessionid, accountid = SESSIONID.of(request), request.user.accountid
        return Answer(services.set_own_session_ended(sessionid, accountid, request.actor).as_wire())

    @route("PATCH", "end-other-sessions", query=(ACCOUNTID,), returns=COUNT, errors=OWN_ACCOUNT_ERRORS)
    def end_other_sessions(self, request: SignedInRequest) -> Answer:
        """End every other session of one's account; the answer is how many they were."""
        accountid, sessionid = own(request).accountid, request.auth.sessionid
        return Answer(services.end_other_sessions(accountid, sessionid, request.actor))

    @route(
        "PATCH",
        "set-session-verified",
        query=(SESSIONID,),
        body=(LONG_USERNAME, LONG_PASSWORD),
        returns=SESSION,
        errors=(
            *OWN_SESSION_ERRORS,
            Refusal.NOT_CURRENT_SESSION,
            Refusal.USERNAME_MISSING,
            Refusal.PASSWORD_MISSING,
            Refusal.USERNAME_LENGTH,
            Refusal.PASSWORD_LENGTH,
            Refusal.USERNAME_ANOTHERS,
            Refusal.ACCOUNT_LOCKED,
            Refusal.PASSWORD_WRONG,
        ),
    )
    def set_session_verified(self, request: SignedInRequest) -> Answer:
        """Prove again who one is, in the session that asks."""
        sessionid, username, password = SESSIONID.of(request), LONG_USERNAME.of(request), LONG_PASSWORD.of(request)
        session = services.set_session_verified(sessionid, request.auth, username, password, request.actor)
        return Answer(session.as_wire())


class AdministratorSessions(AdministratorViewSet):
    @route("GET", "session", query=(SESSIONID,), returns=SESSION, errors=SESSIONID_ERRORS, reads=Session)
    def session(self, request: SignedInRequest) -> Answer:
        """A session."""
        return Answer(Session.objects.found(SESSIONID.of(request), request.seen).as_wire())

    @route(
        "GET",
        "sessions",
        query=(OF_ACCOUNT, *PAGING),
        returns=ListOf(SESSION),
        errors=(*PAGING_ERRORS, Refusal.SESSIONID_UNKNOWN),
    )
    def sessions(self, request: SignedInRequest) -> HttpResponseBase:
        """Sessions, newest first."""
        return listed(request, RecordList(Session.objects.all, OF_ACCOUNT.of(request)))

    @route("GET", "sessions-count", query=(OF_ACCOUNT,), returns=COUNT)
    def sessions_count(self, request: SignedInRequest) -> Answer:
        """How many sessions there are, ended ones too."""
        return Answer(Session.objects.of_account(OF_ACCOUNT.of(request)).count())

    @route(
        "PATCH",
        "set-session-ended",
        query=(SESSIONID,),
        returns=SESSION,
        errors=(*SESSIONID_ERRORS, Refusal.SESSION_ENDED),
    )
    def set_session_ended(self, request: SignedInRequest) -> Answer:
        """End a session."""
        return Answer(services.set_session_ended(SESSIONID.of(request), request.actor).as_wire())
