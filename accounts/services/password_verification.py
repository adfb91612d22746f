"""Verify passwords. bcrypt takes a large part of a second, so it runs before the transaction that relies on it.

An operation that takes a password has two steps: `authenticate` or `verify` the password, then run `verified_account`,
which locks the row and runs the change.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.models import Account
from accounts.services.concealment import concealed, spend_hashes_for
from accounts.services.lockout import Lockout, check_network, refuse_unknown_username
from accounts.validation import require
from dashboard.core.actor import Actor
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.text import spellings


def authenticate(username: str, password: str, actor: Actor) -> Account:
    """Return the account with this username and password.

    An unknown username costs the time of a password check, as in Django's own backend (ticket 20760). Raises
    invalid-username (401) for an unknown username, account-locked or too-many-requests (429), invalid-password (401)
    for a wrong password; with HIDE_ACCOUNT_EXISTENCE invalid-credentials (401) for all of these but
    too-many-requests.
    """
    with concealed(ErrorCode.CREDENTIALS_WRONG, len(spellings(password))):
        return _authenticate(username, password, actor)


def _authenticate(username: str, password: str, actor: Actor) -> Account:
    account = Account.objects.by_username(username)
    if account is None:
        check_network(actor)
        for spelling in spellings(password):
            make_password(spelling)
        refuse_unknown_username(actor)
    _check_password(account, password, actor)
    account.renew_username_hash(username)
    return account


def verify(account: Account, password: str, actor: Actor) -> None:
    """Verify the password of an account that is signed in already.

    Raises invalid-password (400 missing, 401 wrong), account-locked (429).
    """
    require(password, ErrorCode.PASSWORD_MISSING)
    _check_password(account, password, actor)


@contextmanager
def verified_account(account: Account, password: str, actor: Actor) -> Iterator[Account]:
    """Run the block in a transaction, with the locked row of an account whose password was just verified.

    Where another request has replaced the password since, verify it against the new one first. Record the error of the
    block. Raises invalid-password (401) for a replaced password or a deleted account, account-locked (429) where wrong
    passwords have locked the account since.
    """
    while True:
        with Lockout(account, actor).recording(), transaction.atomic():
            locked = Account.objects.find_for_update(account.pk)
            if locked is None:
                raise DashboardError(ErrorCode.PASSWORD_WRONG)
            if locked.password == account.password:
                lockout = Lockout(locked, actor)
                lockout.check()
                lockout.clear_after_first_step()
                yield locked
                return
        _check_password(locked, password, actor)
        account = locked


def _check_password(account: Account, password: str, actor: Actor) -> None:
    lockout = Lockout(account, actor)
    try:
        lockout.check_before_hashing()
    except DashboardError as error:
        spend_hashes_for(error, password)
        raise
    if not account.check_password(password):
        lockout.fail(ErrorCode.PASSWORD_WRONG)
