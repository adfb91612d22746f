"""The request of routes for signed-in accounts."""

from typing import Any

from accounts.models import Account
from dashboard.api.requests import APIRequest


class SignedInRequest(APIRequest):
    """A request that `IsAccount` or `IsAdministrator` has let through; `auth` is its session."""

    user: Account
    auth: Any
