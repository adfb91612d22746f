"""Proving a password. bcrypt takes a good part of a second, so it runs before the transaction that relies on it."""

from collections.abc import Callable
from typing import TypeVar

from django.contrib.auth import authenticate
from django.db import transaction

from accounts.models import Account
from dashboard_project.errors import DashboardError, Refusal

Result = TypeVar("Result")


def signed_in(username: str, password: str) -> Account:
    """The account that this name and password open.

    Raises invalid-username (401) where no account has the name, invalid-password (401) where the password is wrong.
    """
    account = authenticate(username=username, password=password)
    if account is not None:
        return account
    known = Account.objects.with_username(username).exists()
    raise DashboardError(Refusal.PASSWORD_WRONG if known else Refusal.USERNAME_UNKNOWN)


def confirm(account: Account, password: str) -> None:
    """Raises invalid-password where it is not the account's: 400 where it is missing, 401 where it is wrong."""
    if not password:
        raise DashboardError(Refusal.PASSWORD_MISSING)
    if not account.check_password(password):
        raise DashboardError(Refusal.PASSWORD_WRONG)


def with_proof(account: Account, password: str, change: Callable[[Account], Result]) -> Result:
    """Run `change` in a transaction, on the locked row of an account whose password has just been proven.

    Where another request has replaced the password between the proof and the lock, the new one is to be proven first.
    Raises invalid-password (401) where it is not, or the account is gone: what was proven opens nothing any more.
    """
    while True:
        with transaction.atomic():
            locked = Account.objects.select_for_update().filter(pk=account.pk).first()
            if locked is None:
                raise DashboardError(Refusal.PASSWORD_WRONG)
            if locked.password == account.password:
                return change(locked)
        confirm(locked, password)
        account = locked
