"""Who is asking: the credentials that a request carries, and what a page of another site may not do with them."""

import hmac
import logging
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import NotAuthenticated

logger = logging.getLogger(__name__)

SESSIONID_COOKIE = "sessionid"
TOKEN_COOKIE = "token"  # noqa: S105
DEFAULT_PORTS = {"http": 80, "https": 443}
SAFE_METHODS = ("GET", "HEAD")
BEARER_CHALLENGE = 'Bearer realm="dashboard"'  # RFC 9110, section 15.5.2: every 401 has a challenge
TOKEN_PATTERN = re.compile(r"[0-9a-f]{64}")

SERVER_HEADER = "HTTP_X_APPLICATION_SERVER"
TOKEN_HEADER = "HTTP_X_APPLICATION_SERVER_TOKEN"  # noqa: S105
ACCOUNTID_HEADER = "HTTP_X_ACCOUNTID"
SESSIONID_HEADER = "HTTP_X_SESSIONID"


@dataclass(frozen=True)
class Credentials:
    """A session's id and the token that proves it."""

    sessionid: str
    token: str

    @classmethod
    def of(cls, request: HttpRequest) -> "Credentials | None":
        """From `Authorization: Bearer <sessionid>.<token>`, or else the two cookies; None where they are not whole."""
        scheme, _, value = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() == "bearer":
            sessionid, _, token = value.strip().partition(".")
        else:
            sessionid, token = request.COOKIES.get(SESSIONID_COOKIE, ""), request.COOKIES.get(TOKEN_COOKIE, "")
        return cls(sessionid, token) if sessionid and TOKEN_PATTERN.fullmatch(token) else None


def is_same_secret(given: str, expected: str) -> bool:
    """Whether a header has this value, compared in constant time.

    WSGI makes text of a header byte by byte (PEP 3333); what was sent is UTF-8.
    """
    return hmac.compare_digest(given.encode("latin-1", "replace"), expected.encode())


def is_cross_origin_with_cookie(request: HttpRequest) -> bool:
    """Whether a page of another origin makes this unsafe request with the user's cookie.

    The rule of Go's net/http CrossOriginProtection (F. Valsorda, "Cross-Site Request Forgery", 2025): Sec-Fetch-Site
    decides where it is sent; without it, Origin must name the host that was asked, or DASHBOARD_SERVER. A client that
    sends neither is no browser of these years, and carries no cookie against its user's will.
    """
    return SESSIONID_COOKIE in request.COOKIES and request.method not in SAFE_METHODS and is_cross_origin(request)


def is_cross_origin(request: HttpRequest) -> bool:
    """Whether a browser says that a page of another origin makes this request."""
    if site := request.META.get("HTTP_SEC_FETCH_SITE"):
        return site not in ("same-origin", "none")
    origin = request.META.get("HTTP_ORIGIN")
    return origin is not None and _host(origin) not in (
        _host(f"//{request.get_host()}"),
        _host(settings.DASHBOARD_SERVER),
    )


def _host(address: str) -> str | None:
    """The host of an address, in lower case, and its port where it is not its scheme's; None for what is no address."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    return parts.hostname if port in (None, DEFAULT_PORTS.get(parts.scheme)) else f"{parts.hostname}:{port}"


def is_application_server(request: HttpRequest) -> bool:
    """Whether this is the application server; False where the request does not say so.

    Raises NotAuthenticated (401) where it says so and is not: such a request never counts as somebody else's.
    """
    if not any(header in request.META for header in (SERVER_HEADER, TOKEN_HEADER, ACCOUNTID_HEADER, SESSIONID_HEADER)):
        return False
    if not (settings.APPLICATION_SERVER and settings.APPLICATION_SERVER_TOKEN):
        raise NotAuthenticated
    server = is_same_secret(request.META.get(SERVER_HEADER, ""), settings.APPLICATION_SERVER)
    token = is_same_secret(request.META.get(TOKEN_HEADER, ""), settings.APPLICATION_SERVER_TOKEN)
    if not (server and token):
        logger.warning("Refused: an application server that is not the one of the settings")
        raise NotAuthenticated
    return True


def on_behalf_of(request: HttpRequest) -> tuple[str, str]:
    """The accountid and the sessionid that the application server names; empty where it does not."""
    return request.META.get(ACCOUNTID_HEADER, ""), request.META.get(SESSIONID_HEADER, "")
