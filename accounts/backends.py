"""Sign-in for django.contrib.auth by a name that is stored only as a keyed hash."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from accounts.models import Account


class UsernameBackend(BaseBackend):
    """Finds the account by its name's hash, under every key at once, and checks the password."""

    def authenticate(
        self, request: HttpRequest | None, username: str = "", password: str = "", **options: Any
    ) -> Account | None:
        """The account, also one that is scheduled for deletion (`is_active` tells); None for a wrong name or password.

        An unknown name costs the time of a password check, as in Django's own backend (ticket 20760).
        """
        account = Account.objects.with_username(username).order_by("created_at").first()
        if account is None:
            Account().set_password(password)
            return None
        if not account.check_password(password):
            return None
        account.renew_username_hash(username)
        return account

    def get_user(self, user_id: str) -> Account | None:
        return Account.objects.filter(pk=user_id).first()
