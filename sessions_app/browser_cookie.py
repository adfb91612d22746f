"""The cookie that identifies a browser that was let in before. See `accounts.services.sign_in_clients`."""

from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.services.sign_in_clients import BROWSERID_PATTERN, TRUSTED_FOR, new_browserid
from dashboard.core.actor import Actor


def with_browserid(actor: Actor, request: HttpRequest) -> Actor:
    """Return the actor of a sign-in, with the id that its cookie will hold if the client is a browser.

    Browsers send Sec-Fetch-Site. Other clients would forget the cookie, and be a new client with each sign-in.
    """
    if BROWSERID_PATTERN.fullmatch(actor.browserid) or not settings.MAXIMUM_FAILED_SIGN_INS:
        return actor
    return replace(actor, browserid=new_browserid() if "HTTP_SEC_FETCH_SITE" in request.META else "")


def set_cookie(response: HttpResponseBase, actor: Actor) -> None:
    """Have the browser recognised next time. Do nothing for other clients."""
    if actor.browserid:
        response.set_cookie(
            settings.BROWSER_COOKIE_NAME,
            actor.browserid,
            max_age=TRUSTED_FOR,
            secure=settings.SERVED_BY_HTTPS,
            httponly=True,
            samesite="Lax",
        )
