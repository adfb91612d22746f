"""Authentication backend for django.contrib.auth."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from accounts.models import Account
from accounts.services import password_verification
from dashboard.core.actor import Actor, ActorKind
from dashboard.core.errors import DashboardError


class UsernameBackend(BaseBackend):
    """Authenticate by username and password. Usernames are stored only as keyed hashes."""

    def authenticate(
        self, request: HttpRequest | None, username: str = "", password: str = "", **options: Any
    ) -> Account | None:
        """Return the account, or None: also for an account with a second factor, which a password does not prove.

        An account whose deletion is scheduled is returned, too: see `is_active`.
        """
        actor = Actor.of(request, ActorKind.ANYBODY, None) if request else Actor(ActorKind.ANYBODY)
        try:
            account = password_verification.authenticate(username, password, actor)
        except DashboardError:
            return None
        return None if account.second_factor_since else account

    def get_user(self, user_id: str) -> Account | None:
        return Account.objects.filter(pk=user_id).first()
