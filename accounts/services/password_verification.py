"""Proving a password. bcrypt takes a good part of a second, so it runs before the transaction that relies on it."""

from collections.abc import Callable
from typing import TypeVar

from django.db import transaction

from accounts.models import Account
from accounts.services import lockout
from dashboard.core.actor import Actor
from dashboard.core.errors import DashboardError, ErrorCode

Result = TypeVar("Result")


def authenticate(username: str, password: str, actor: Actor) -> Account:
    """The account that this name and password open.

    An unknown name costs the time of a password check, as in Django's own backend (ticket 20760). Raises
    invalid-username (401) where no account has the name, account-locked (429), invalid-password (401) where the
    password is wrong.
    """
    account = Account.objects.by_username(username)
    with lockout.record_failures(account, actor):
        if account is None:
            Account().set_password(password)
            raise DashboardError(ErrorCode.USERNAME_UNKNOWN)
    _check(account, password, actor)
    account.renew_username_hash(username)
    return account


def verify(account: Account, password: str, actor: Actor) -> None:
    """Somebody who is signed in proves their password again.

    Raises invalid-password (400 missing, 401 wrong), account-locked (429).
    """
    if not password:
        raise DashboardError(ErrorCode.PASSWORD_MISSING)
    _check(account, password, actor)


def _check(account: Account, password: str, actor: Actor) -> None:
    with lockout.record_failures(account, actor):
        lockout.refuse_locked_out(account, actor)
    if not account.check_password(password):
        lockout.refuse_guess(ErrorCode.PASSWORD_WRONG, account, actor)


def with_verified_password(
    account: Account, password: str, change: Callable[[Account], Result], actor: Actor
) -> Result:
    """Run `change` in a transaction, on the locked row of an account whose password has just been proven.

    Where another request has replaced the password between the proof and the lock, the new one is to be proven first.
    Raises invalid-password (401) where it is not, or the account is gone: what was proven opens nothing any more;
    account-locked (429) where wrong passwords have locked the account meanwhile.
    """
    while True:
        with lockout.record_failures(account, actor), transaction.atomic():
            locked = Account.objects.find_for_update(account.pk)
            if locked is None:
                raise DashboardError(ErrorCode.PASSWORD_WRONG)
            if locked.password == account.password:
                lockout.refuse_locked_out(locked, actor)
                lockout.clear_failures(locked)
                return change(locked)
        _check(locked, password, actor)
        account = locked
