"""The site's cookie, which holds the id and the token of a session.

The API never reads this cookie, and the site never reads those of the API. Under https its name begins with `__Host-`,
so that browsers take it only from this host and with TLS (RFC 6265bis, section 4.1.3.2); such a cookie has no path of
its own. Below a path of a shared host it begins with `__Secure-` instead, and keeps the path.
"""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from dashboard.api.access.authentication import TOKEN_PATTERN, Credentials
from dashboard.api.access.cookies import is_repeated
from sessions_app.models import Session

FORMER_NAME = "dashboard_admin"  # until release 1.0 under https, too; not read, but deleted at sign-out
FORMER_PATH = "/admin/"


def credentials(request: HttpRequest) -> Credentials | None:
    """Return the credentials in the cookie, or None if it is missing, malformed or there twice."""
    if is_repeated(request, settings.ADMIN_COOKIE_NAME):
        return None
    sessionid, _, token = request.COOKIES.get(settings.ADMIN_COOKIE_NAME, "").partition(".")
    return Credentials(sessionid, token) if sessionid and TOKEN_PATTERN.fullmatch(token) else None


def set_cookie(response: HttpResponseBase, session: Session, seconds: int | None = None) -> None:
    """Store a session in the browser: for its duration, or so many seconds if it is not new."""
    response.set_cookie(
        settings.ADMIN_COOKIE_NAME,
        f"{session.sessionid}.{session.token}",
        max_age=session.duration if seconds is None else seconds,
        path=settings.ADMIN_COOKIE_PATH,
        secure=settings.SERVED_BY_HTTPS,
        httponly=True,
        samesite="Lax",  # links to an account from a ticket or a chat have to open it
    )


def delete_cookie(response: HttpResponseBase) -> None:
    """Remove the session from the browser."""
    response.delete_cookie(settings.ADMIN_COOKIE_NAME, settings.ADMIN_COOKIE_PATH, samesite="Lax")
    if settings.ADMIN_COOKIE_NAME != FORMER_NAME:
        response.delete_cookie(FORMER_NAME, FORMER_PATH, samesite="Lax")
