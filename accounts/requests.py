"""What a request is once authentication has let it through."""

from typing import Protocol

from accounts.models import Account
from dashboard.api.requests import APIRequest


class CurrentSession(Protocol):
    """The session that makes the request, as much of it as this app needs to know."""

    sessionid: str


class SignedInRequest(APIRequest):
    """Its user is an account: the permission of UserViewSet and AdministratorViewSet has seen to it."""

    user: Account
    auth: CurrentSession
