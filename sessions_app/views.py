"""Session routes."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.response import Response

from accounts.parameters import (
    OWN_ACCOUNT_ERRORS,
    PASSWORD,
    PASSWORD_MIN_LENGTH,
    USERNAME,
    USERNAME_MIN_LENGTH,
    caller_account,
)
from accounts.requests import SignedInRequest as SignedInAccountRequest
from dashboard.api.access import cookies
from dashboard.api.access.authentication import Credentials, bearer_token, is_cross_origin
from dashboard.api.access.permissions import HasRecentProof, IsAccount, always
from dashboard.api.access.throttling import PASSWORD_PROOF, SIGN_IN
from dashboard.api.pagination import PAGINATION_ERRORS, PAGINATION_PARAMETERS, RecordList
from dashboard.api.parameters import ACCOUNTID, ACCOUNTID_FILTER
from dashboard.api.requests import APIRequest
from dashboard.api.routing import Access, route
from dashboard.api.schema.objects import COUNT, ListOf
from dashboard.api.viewsets import DEFAULT_PERMISSIONS, AdministratorViewSet, APIViewSet, PublicViewSet, UserViewSet
from dashboard.core.actor import Actor
from dashboard.core.errors import ErrorCode
from second_factors.parameters import CHALLENGE, CODE_OR_RECOVERY, CREDENTIAL, read_proof
from sessions_app import browser_cookie
from sessions_app.counted_rows import SESSIONS
from sessions_app.models import Session
from sessions_app.parameters import (
    CONDITIONS,
    OPTIONAL_SESSIONID,
    OWN_SESSION_ERRORS,
    REMEMBER,
    SESSIONID,
    SESSIONID_ERRORS,
)
from sessions_app.schemas import IDENTITY, SESSION
from sessions_app.services import checks, sessions


class SignedInRequest(SignedInAccountRequest):
    """A request that `SessionAuthentication` has authenticated."""

    auth: Session


class PublicSessionViewSet(PublicViewSet):
    @route(
        "POST",
        "create-session",
        body=(USERNAME, PASSWORD, REMEMBER),
        returns=SESSION,
        writes=("session", "account.lastSignedInAt", "session.ended", "session.endedAt"),
        errors=(
            ErrorCode.USERNAME_MISSING,
            ErrorCode.PASSWORD_MISSING,
            ErrorCode.CREDENTIALS_WRONG,
            ErrorCode.USERNAME_UNKNOWN,
            ErrorCode.ACCOUNT_LOCKED,
            ErrorCode.PASSWORD_WRONG,
            ErrorCode.SIGN_IN_DELETION_SCHEDULED,
            ErrorCode.SECOND_FACTOR_REQUIRED,
        ),
        rate_scope=SIGN_IN,
    )
    def create_session(self, request: APIRequest) -> Response:
        """Sign in. Return a session with its token, which is never returned again, and set the two cookies.

        For an account with a second factor, second-factor-required has the challenge for complete-session.
        """
        username, password, remember = USERNAME.read(request), PASSWORD.read(request), REMEMBER.read(request)
        return _signed_in(request, partial(sessions.create_session, username, password, remember))

    @route(
        "POST",
        "complete-session",
        body=(CHALLENGE, CODE_OR_RECOVERY, CREDENTIAL),
        returns=SESSION,
        writes=(
            "session",
            "account.lastSignedInAt",
            "secondFactor.lastUsedAt",
            "recoveryCodes",
            "session.ended",
            "session.endedAt",
        ),
        errors=(
            ErrorCode.CHALLENGE_MISSING,
            ErrorCode.SECOND_FACTOR_CODE_MISSING,
            ErrorCode.CHALLENGE_WRONG,
            ErrorCode.ACCOUNT_LOCKED,
            ErrorCode.SECOND_FACTOR_WRONG,
            ErrorCode.SIGN_IN_DELETION_SCHEDULED,
        ),
        rate_scope=SIGN_IN,
    )
    def complete_session(self, request: APIRequest) -> Response:
        """Take the second step of a sign-in, with a code or a passkey. Answer as create-session does."""
        challenge, proof = CHALLENGE.read(request), read_proof(request)
        return _signed_in(request, partial(sessions.complete_session, challenge, proof))


def _signed_in(request: APIRequest, sign_in: Callable[[Actor, Credentials | None], Session]) -> Response:
    """Answer a sign-in with its session, and set the cookies unless another origin makes the request.

    The visitors of that origin must not be signed in without their knowledge.
    """
    actor, replaces = request.actor, None
    sets_cookies = not is_cross_origin(request._request)
    if sets_cookies:
        actor = browser_cookie.with_browserid(actor, request._request)
        replaces = Credentials.of_cookies(request._request)
    session = sign_in(actor, replaces)
    response = Response(session.as_json())
    if sets_cookies:
        cookies.set_cookies(response, session.sessionid, session.token or "", session.duration)
        browser_cookie.set_cookie(response, actor)
    return response


def unless_current_session(request: SignedInRequest) -> bool:
    """Demand recent proof to end another session, but not to sign out."""
    return bool(SESSIONID.read(request) != request.auth.sessionid)


class CheckViewSet(APIViewSet):
    """The check of the caller's own session that proxies make. It refuses with 401 or 403 whatever it is sent."""

    prefix = ""
    access = Access.CHECK
    answers_any_host = True
    permission_classes = [IsAccount, HasRecentProof, *DEFAULT_PERMISSIONS]  # noqa: RUF012

    def check_conventions(self, current: APIRequest) -> None:
        """Refuse nothing: the headers are those of a request to an application, which is not for us to judge."""

    @route(
        "GET",
        "check",
        query=CONDITIONS,
        returns=IDENTITY,
        errors=(
            ErrorCode.CONDITION_INVALID,
            ErrorCode.CHECKED_NOT_ADMINISTRATOR,
            ErrorCode.CHECKED_NOT_OWNER,
            ErrorCode.CHECKED_PROOF_TOO_OLD,
        ),
    )
    def check(self, request: SignedInRequest) -> Response:
        """Check the caller's session, and tell in headers whose it is. Every condition has to hold."""
        headers = checks.identify(request.auth, request.META.get("QUERY_STRING", ""), timezone.now())
        return Response(status=HTTPStatus.NO_CONTENT, headers=headers)


class UserSessionViewSet(UserViewSet):
    @route(
        "GET",
        "session",
        query=(OPTIONAL_SESSIONID,),
        returns=SESSION,
        errors=OWN_SESSION_ERRORS,
        cached_model=Session,
        before_enrolment=True,
    )
    def session(self, request: SignedInRequest) -> Response:
        """Return one of the caller's sessions. With the id of the current session, check that it is valid."""
        is_own = settings.OWN_SESSION_WITHOUT_ID and not OPTIONAL_SESSIONID.is_present(request)
        if is_own or OPTIONAL_SESSIONID.read(request) == request.auth.sessionid:
            return Response(request.auth.as_json())
        return Response(self.get_object().as_json())

    @route(
        "GET",
        "sessions",
        query=(ACCOUNTID, *PAGINATION_PARAMETERS),
        returns=ListOf(SESSION),
        errors=(*OWN_ACCOUNT_ERRORS, *PAGINATION_ERRORS, ErrorCode.SESSIONID_UNKNOWN),
    )
    def sessions(self, request: SignedInRequest) -> HttpResponseBase:
        """List the caller's sessions, newest first."""
        return self.list_response(RecordList(Session.objects.with_revocations, caller_account(request).accountid))

    @route("GET", "sessions-count", query=(ACCOUNTID,), returns=COUNT, errors=OWN_ACCOUNT_ERRORS)
    def sessions_count(self, request: SignedInRequest) -> Response:
        """Count the caller's sessions, including ended ones."""
        return Response(Session.objects.filter(account=caller_account(request)).count())

    @route(
        "PATCH",
        "set-session-ended",
        query=(SESSIONID,),
        returns=SESSION,
        writes=("session.ended", "session.endedAt"),
        errors=(*OWN_SESSION_ERRORS, ErrorCode.SESSION_ENDED),
        recent_proof=unless_current_session,
        before_enrolment=True,
    )
    def set_session_ended(self, request: SignedInRequest) -> Response:
        """End one of the caller's sessions, for example to sign out. The cookies of the ended session are deleted."""
        sessionid, accountid = SESSIONID.read(request), request.user.accountid
        response = Response(sessions.set_own_session_ended(sessionid, accountid, request.actor).as_json())
        cookies.delete_cookies(request._request, response, sessionid)
        return response

    @route(
        "PATCH",
        "end-other-sessions",
        query=(ACCOUNTID,),
        returns=COUNT,
        writes=("session.ended", "session.endedAt"),
        errors=OWN_ACCOUNT_ERRORS,
        recent_proof=always,
    )
    def end_other_sessions(self, request: SignedInRequest) -> Response:
        """End every other session of the caller's account. Return how many were ended."""
        accountid, sessionid = caller_account(request).accountid, request.auth.sessionid
        return Response(sessions.end_other_sessions(accountid, sessionid, request.actor))

    @route(
        "PATCH",
        "set-session-verified",
        query=(SESSIONID,),
        body=(USERNAME_MIN_LENGTH, PASSWORD_MIN_LENGTH),
        returns=SESSION,
        writes=("session.lastVerifiedAt", "session.token"),
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
        rate_scope=PASSWORD_PROOF,
        before_enrolment=True,
    )
    def set_session_verified(self, request: SignedInRequest) -> Response:
        """Confirm the caller's username and password again, in the session that makes the request."""
        sessionid, username, password = (
            SESSIONID.read(request),
            USERNAME_MIN_LENGTH.read(request),
            PASSWORD_MIN_LENGTH.read(request),
        )
        renews = _renews_token(request)
        session = sessions.set_session_verified(
            sessionid, request.auth, username, password, request.actor, renew_token=renews
        )
        response = Response(session.as_json())
        if renews:
            cookies.set_cookies(response, session.sessionid, session.token or "", session.seconds_left)
        return response


def _all_sessions(request: APIRequest) -> RecordList:
    """Return the list of all sessions, or of those of the account that the request names."""
    return RecordList(Session.objects.with_revocations, ACCOUNTID_FILTER.read(request), counted=SESSIONS)


def _renews_token(request: APIRequest) -> bool:
    """Whether the session gets a new token: a browser's does, whose cookies can be replaced. See RENEW_TOKENS.

    An application server that forwards a browser's headers acts in a session without its token, and gets none.
    """
    is_browser = "HTTP_SEC_FETCH_SITE" in request.META and Credentials.of_cookies(request._request) is not None
    by_cookies = request.service is None and bearer_token(request._request) is None
    return settings.RENEW_TOKENS and is_browser and by_cookies


class AdministratorSessionViewSet(AdministratorViewSet):
    @route("GET", "session", query=(SESSIONID,), returns=SESSION, errors=SESSIONID_ERRORS, cached_model=Session)
    def session(self, request: SignedInRequest) -> Response:
        """Return a session."""
        return Response(self.get_object().as_json())

    @route(
        "GET",
        "sessions",
        query=(ACCOUNTID_FILTER, *PAGINATION_PARAMETERS),
        returns=ListOf(SESSION),
        errors=(*PAGINATION_ERRORS, ErrorCode.SESSIONID_UNKNOWN),
    )
    def sessions(self, request: SignedInRequest) -> HttpResponseBase:
        """List sessions, newest first."""
        return self.list_response(_all_sessions(request))

    @route("GET", "sessions-count", query=(ACCOUNTID_FILTER,), returns=COUNT)
    def sessions_count(self, request: SignedInRequest) -> Response:
        """Count sessions, including ended ones."""
        return self.count_response(_all_sessions(request))

    @route(
        "PATCH",
        "set-session-ended",
        query=(SESSIONID,),
        returns=SESSION,
        writes=("session.ended", "session.endedAt"),
        errors=(*SESSIONID_ERRORS, ErrorCode.ADMINISTRATOR_PROTECTED, ErrorCode.SESSION_ENDED),
        recent_proof=always,
    )
    def set_session_ended(self, request: SignedInRequest) -> Response:
        """End a session."""
        return Response(sessions.set_session_ended(SESSIONID.read(request), request.actor).as_json())
