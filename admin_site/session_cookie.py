"""The site's own cookie, with the id and the token of a session. The API does not read it, nor the site the API's."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from dashboard.api.authentication import TOKEN_PATTERN, Credentials
from sessions_app.models import Session

NAME = "dashboard_admin"
PATH = "/admin/"


def credentials(request: HttpRequest) -> Credentials | None:
    """What the cookie has; None where it is not there or not whole."""
    sessionid, _, token = request.COOKIES.get(NAME, "").partition(".")
    return Credentials(sessionid, token) if sessionid and TOKEN_PATTERN.fullmatch(token) else None


def give(response: HttpResponseBase, session: Session) -> None:
    """Let the browser keep a session that was just created, for as long as it lasts."""
    response.set_cookie(
        NAME,
        f"{session.sessionid}.{session.token}",
        max_age=session.duration,
        path=PATH,
        secure=settings.SERVED_BY_HTTPS,
        httponly=True,
        samesite="Lax",  # so that a link to an account, in a ticket or a chat, opens it
    )


def take_back(response: HttpResponseBase) -> None:
    response.delete_cookie(NAME, PATH, samesite="Lax")
