"""Routes of sessions."""

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.requests import SignedInRequest
from dashboard_project.authentication import SESSIONID_COOKIE, TOKEN_COOKIE
from dashboard_project.errors import Refusal
from dashboard_project.inputs import PASSWORD, REMEMBER, SESSIONID, USERNAME
from dashboard_project.routes import AdministratorViewSet, GuestViewSet, UserViewSet, route
from sessions_app import services
from sessions_app.models import Session

SESSIONID_ERRORS = (Refusal.SESSIONID_MISSING, Refusal.SESSIONID_UNKNOWN)


class GuestSessions(GuestViewSet):
    @route(
        "POST",
        "create-session",
        body=(USERNAME, PASSWORD, REMEMBER),
        errors=(
            Refusal.USERNAME_MISSING,
            Refusal.PASSWORD_MISSING,
            Refusal.USERNAME_UNKNOWN,
            Refusal.PASSWORD_WRONG,
            Refusal.SIGN_IN_SCHEDULED,
        ),
    )
    def create_session(self, request: Request) -> Response:
        session = services.create_session(USERNAME.of(request), PASSWORD.of(request), REMEMBER.of(request))
        response = Response(session.as_wire())
        _set_cookies(response, session)
        return response


def _set_cookies(response: Response, session: Session) -> None:
    for name, value in ((SESSIONID_COOKIE, session.sessionid), (TOKEN_COOKIE, session.token or "")):
        response.set_cookie(
            name, value, max_age=session.duration, secure=settings.SERVED_BY_HTTPS, httponly=True, samesite="Lax"
        )


class UserSessions(UserViewSet):
    @route("GET", "session", query=(SESSIONID,), errors=(*SESSIONID_ERRORS, Refusal.ANOTHERS))
    def session(self, request: SignedInRequest) -> Response:
        return Response(Session.objects.own(SESSIONID.of(request), request.user.accountid).as_wire())

    @route(
        "PATCH",
        "set-session-ended",
        query=(SESSIONID,),
        errors=(*SESSIONID_ERRORS, Refusal.ANOTHERS, Refusal.SESSION_ENDED),
    )
    def set_session_ended(self, request: SignedInRequest) -> Response:
        return Response(services.end_own_session(SESSIONID.of(request), request.user.accountid).as_wire())


class AdministratorSessions(AdministratorViewSet):
    @route("GET", "session", query=(SESSIONID,), errors=SESSIONID_ERRORS)
    def session(self, request: Request) -> Response:
        return Response(Session.objects.by_id(SESSIONID.of(request)).as_wire())
