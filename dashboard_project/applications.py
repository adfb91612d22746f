"""The application server: the web application's own back end, which may call on behalf of its users.

It sends x-application-server and x-application-server-token, and for a route that is not for anybody x-accountid and
x-sessionid: the user's account and session, which are looked up as any other but need no token of the user's.
"""

import logging

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import NotAuthenticated

from dashboard_project.authentication import is_same_secret

logger = logging.getLogger(__name__)

SERVER = "HTTP_X_APPLICATION_SERVER"
TOKEN = "HTTP_X_APPLICATION_SERVER_TOKEN"  # noqa: S105
ACCOUNTID = "HTTP_X_ACCOUNTID"
SESSIONID = "HTTP_X_SESSIONID"


def is_trusted(request: HttpRequest) -> bool:
    """Whether this is the application server; False where the request does not say so.

    Raises NotAuthenticated (401) where it says so and is not: such a request never counts as somebody else's.
    """
    if not any(header in request.META for header in (SERVER, TOKEN, ACCOUNTID, SESSIONID)):
        return False
    if not (settings.APPLICATION_SERVER and settings.APPLICATION_SERVER_TOKEN):
        raise NotAuthenticated
    server = is_same_secret(request.META.get(SERVER, ""), settings.APPLICATION_SERVER)
    token = is_same_secret(request.META.get(TOKEN, ""), settings.APPLICATION_SERVER_TOKEN)
    if not (server and token):
        logger.warning("Refused: an application server that is not the one of the settings")
        raise NotAuthenticated
    return True


def on_behalf_of(request: HttpRequest) -> tuple[str, str]:
    """The accountid and the sessionid that the application server names; empty where it does not."""
    return request.META.get(ACCOUNTID, ""), request.META.get(SESSIONID, "")
