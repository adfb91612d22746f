"""Sign-in for django.contrib.auth by a name that is stored only as a keyed hash."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from accounts.models import Account
from accounts.services import password_verification
from dashboard.core.actor import Actor, ActorKind
from dashboard.core.errors import DashboardError


class UsernameBackend(BaseBackend):
    """Finds the account by its name's hash, under every key at once, and checks the password."""

    def authenticate(
        self, request: HttpRequest | None, username: str = "", password: str = "", **options: Any
    ) -> Account | None:
        """The account, also one that is scheduled for deletion (`is_active` tells); None where it is not opened."""
        anybody = ActorKind.ANYBODY
        try:
            return password_verification.authenticate(
                username, password, Actor.of(request, anybody, None) if request else Actor(anybody)
            )
        except DashboardError:
            return None

    def get_user(self, user_id: str) -> Account | None:
        return Account.objects.filter(pk=user_id).first()
