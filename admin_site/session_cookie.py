"""The site's cookie, which holds the id and the token of a session.

The API never reads this cookie, and the site never reads those of the API.
"""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from dashboard.api.authentication import TOKEN_PATTERN, Credentials
from sessions_app.models import Session

NAME = "dashboard_admin"
PATH = "/admin/"


def credentials(request: HttpRequest) -> Credentials | None:
    """Return the credentials in the cookie, or None if it is missing or malformed."""
    sessionid, _, token = request.COOKIES.get(NAME, "").partition(".")
    return Credentials(sessionid, token) if sessionid and TOKEN_PATTERN.fullmatch(token) else None


def set_cookie(response: HttpResponseBase, session: Session) -> None:
    """Store a new session in the browser until the session expires."""
    response.set_cookie(
        NAME,
        f"{session.sessionid}.{session.token}",
        max_age=session.duration,
        path=PATH,
        secure=settings.SERVED_BY_HTTPS,
        httponly=True,
        samesite="Lax",  # links to an account from a ticket or a chat have to open it
    )


def delete_cookie(response: HttpResponseBase) -> None:
    """Remove the session from the browser."""
    response.delete_cookie(NAME, PATH, samesite="Lax")
