"""The two cookies that hold a session's id and token. Their names are settings, because hosts are shared.

An application on the same host can have a cookie of the same name, as Django's own sessions do. With names of their own
the two do not overwrite each other; the names of the contract are still read, from clients that signed in before.
"""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

Names = tuple[str, str]  # of the cookies with the session's id and with its token

CONTRACT_NAMES: Names = ("sessionid", "token")


def own_names() -> Names:
    """Return the names of the cookies that are set."""
    return settings.SESSIONID_COOKIE_NAME, settings.TOKEN_COOKIE_NAME


def names_in(request: HttpRequest) -> Names | None:
    """Return the names of the cookies that the request has: the settings', or else the contract's. None: neither."""
    return next((names for names in (own_names(), CONTRACT_NAMES) if names[0] in request.COOKIES), None)


def is_repeated(request: HttpRequest, *names: str) -> bool:
    """Whether the request has one of these cookies twice.

    RFC 6265, section 4.2.2, leaves open which one counts. Somebody who can set a cookie for the host, for instance from
    another of its subdomains, can add one with a session of their own: so neither counts.
    """
    header: str = request.META.get("HTTP_COOKIE", "")
    if all(header.count(name) < 2 for name in names):
        return False
    given = [pair.partition("=")[0].strip() for pair in header.split(";")]
    return any(given.count(name) > 1 for name in names)


def set_cookies(response: HttpResponseBase, sessionid: str, token: str, seconds: int) -> None:
    """Store a session in the browser for so many seconds."""
    for name, value in zip(own_names(), (sessionid, token), strict=True):
        response.set_cookie(
            name, value, max_age=seconds, secure=settings.SERVED_BY_HTTPS, httponly=True, samesite="Lax"
        )


def delete_cookies(request: HttpRequest, response: HttpResponseBase, sessionid: str) -> None:
    """Remove this session from the browser. Cookies of another session, or of another application, stay."""
    names = names_in(request)
    if names and request.COOKIES[names[0]] == sessionid:
        for name in names:
            response.delete_cookie(name, samesite="Lax")
