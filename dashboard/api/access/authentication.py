"""The credentials of a request, the application server's headers, and the origin check.

The application server is the web application's own back end, which may call on behalf of its users. It sends
x-application-server and x-application-server-token, and on routes that are not public x-accountid and x-sessionid: the
user's account and session. The session is looked up as any other, but needs no token.
"""

import hmac
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import NotAuthenticated

from dashboard.api.access import cookies
from dashboard.core.addresses import DEFAULT_PORTS, is_default_port

SAFE_METHODS = ("GET", "HEAD")
BEARER_CHALLENGE = 'Bearer realm="dashboard"'  # RFC 9110, section 15.5.2: every 401 has a challenge
TOKEN_PATTERN = re.compile(r"[0-9a-f]{64}")

SERVER_HEADER = "HTTP_X_APPLICATION_SERVER"
TOKEN_HEADER = "HTTP_X_APPLICATION_SERVER_TOKEN"  # noqa: S105
ACCOUNTID_HEADER = "HTTP_X_ACCOUNTID"
SESSIONID_HEADER = "HTTP_X_SESSIONID"


class ApplicationServerRefused(NotAuthenticated):
    """A request has headers of the application server, and they are wrong."""


@dataclass(frozen=True)
class Credentials:
    """A session's id and the token that proves it."""

    sessionid: str
    token: str

    @classmethod
    def of(cls, request: HttpRequest) -> "Credentials | None":
        """Read `Authorization: Bearer <sessionid>.<token>`, or else the two cookies.

        None if they are incomplete, or if one of the cookies is there twice.
        """
        bearer = bearer_token(request)
        if bearer is None:
            return cls.of_cookies(request)
        sessionid, _, token = bearer.partition(".")
        return cls._well_formed(sessionid, token)

    @classmethod
    def of_cookies(cls, request: HttpRequest) -> "Credentials | None":
        """Read the two cookies. None as `of`."""
        names = cookies.names_in(request)
        if names is None or cookies.is_repeated(request, *names):
            return None
        return cls._well_formed(request.COOKIES[names[0]], request.COOKIES.get(names[1], ""))

    @classmethod
    def _well_formed(cls, sessionid: str, token: str) -> "Credentials | None":
        return cls(sessionid, token) if sessionid and TOKEN_PATTERN.fullmatch(token) else None


def bearer_token(request: HttpRequest) -> str | None:
    """Return what `Authorization: Bearer` has; None without it, also where a proxy asks for another scheme."""
    scheme, _, value = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else None


def is_same_secret(given: str, expected: str) -> bool:
    """Whether a header has this value. The comparison takes constant time.

    WSGI decodes headers as latin-1 (PEP 3333); clients send UTF-8.
    """
    return hmac.compare_digest(given.encode("latin-1", "replace"), expected.encode())


def is_cross_origin_with_cookie(request: HttpRequest) -> bool:
    """Whether another origin makes this unsafe request with the user's cookie.

    The rule is that of Go's net/http CrossOriginProtection (F. Valsorda, "Cross-Site Request Forgery", 2025):
    Sec-Fetch-Site decides where it is sent; otherwise Origin must name the requested host or DASHBOARD_SERVER. A client
    that sends neither is not a current browser, and sends no cookie against its user's will.
    """
    has_cookie = cookies.names_in(request) is not None
    return has_cookie and request.method not in SAFE_METHODS and is_cross_origin(request)


def is_cross_origin(request: HttpRequest) -> bool:
    """Whether the browser says that another origin makes this request, which CORS_ALLOWED_ORIGINS does not name."""
    origin = request.META.get("HTTP_ORIGIN")
    if origin in settings.CORS_ALLOWED_ORIGINS:
        return False
    if site := request.META.get("HTTP_SEC_FETCH_SITE"):
        return site not in ("same-origin", "none")
    if origin is None:
        return False
    scheme = origin.partition("://")[0]  # which a proxy may hide; Host may name its default port
    requested = f"{scheme}://{request.get_host()}" if scheme in DEFAULT_PORTS else f"//{request.get_host()}"
    return _host(origin) not in (_host(requested), _host(settings.DASHBOARD_SERVER))


def _host(address: str) -> str | None:
    """Return the host of a URL in lower case, with the port if it is not the scheme's default; None if malformed."""
    try:
        parts = urlsplit(address)
        return parts.hostname if is_default_port(parts) else f"{parts.hostname}:{parts.port}"
    except ValueError:
        return None


def is_application_server(request: HttpRequest) -> bool:
    """Whether the application server makes this request: it has the headers, and they are right.

    Raises ApplicationServerRefused (401) if it has any of the headers and they are wrong, so that such a request is
    never judged by its cookies.
    """
    if not any(header in request.META for header in (SERVER_HEADER, TOKEN_HEADER, ACCOUNTID_HEADER, SESSIONID_HEADER)):
        return False
    if not (settings.APPLICATION_SERVER and settings.APPLICATION_SERVER_TOKEN):
        raise ApplicationServerRefused
    server = is_same_secret(request.META.get(SERVER_HEADER, ""), settings.APPLICATION_SERVER)
    token = is_same_secret(request.META.get(TOKEN_HEADER, ""), settings.APPLICATION_SERVER_TOKEN)
    if not (server and token):
        raise ApplicationServerRefused
    return True


def on_behalf_of(request: HttpRequest) -> tuple[str, str]:
    """Return the accountid and sessionid that the application server sends; each is empty if it is missing."""
    return request.META.get(ACCOUNTID_HEADER, ""), request.META.get(SESSIONID_HEADER, "")
