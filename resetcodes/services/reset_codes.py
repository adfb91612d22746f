"""Create, delete and use reset codes."""

import re
import secrets

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from accounts.services.lockout import Lockout, refuse_unknown_username
from accounts.validation import check_length, require
from dashboard.core import hashing
from dashboard.core.actor import Actor
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.db import prepared
from events.models import Action
from events.services.recording import pending_event, record
from resetcodes.models import ResetCode

SECRET_CODE_PATTERN = re.compile(r"[a-zA-Z0-9]*")
UNAMBIGUOUS = "23456789abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"  # without characters that look alike
SECRET_CODE_LENGTH = 20  # 115 random bits


def new_secret_code() -> str:
    """Return a random code that can be read out, SECRET_CODE_LENGTH characters long or as near as settings allow."""
    length = max(min(SECRET_CODE_LENGTH, settings.MAXIMUM_RESET_CODE_LENGTH), settings.MINIMUM_RESET_CODE_LENGTH)
    return "".join(secrets.choice(UNAMBIGUOUS) for _ in range(length))


@transaction.atomic
def create_reset_code(accountid: str, secret_code: str, actor: Actor) -> ResetCode:
    """Create a code that sets a new password of this account once.

    A code that another account or an operator creates also ends the account's lockout, so that it can be used at once.
    Raises invalid-accountid (400 missing, 404 unknown), invalid-secret-code (400) for one that is missing or has
    characters other than a-z, A-Z and 0-9, invalid-secret-code-length (400).
    """
    account = Account.objects.get_for_update(accountid)
    _check_secret_code(secret_code)
    now = timezone.now()
    if actor.accountid != accountid:
        Lockout(account, actor).clear()
    account.reset_code_last_created_at = now
    code = ResetCode(
        account=account, secret_code_hash=hashing.text_hashes(secret_code)[0], created_at=now, updated_at=now
    )
    prepared.execute_together(
        [
            account.pending_update("reset_code_last_created_at"),
            code.pending_insert(),
            pending_event(Action.CREATE_RESET_CODE, accountid, actor, code.codeid),
        ]
    )
    return code


def _check_secret_code(secret_code: str) -> None:
    require(secret_code, ErrorCode.SECRET_CODE_MISSING)
    if not SECRET_CODE_PATTERN.fullmatch(secret_code):
        raise DashboardError(ErrorCode.SECRET_CODE_INVALID)
    check_length(secret_code, "RESET_CODE", ErrorCode.SECRET_CODE_LENGTH)


@transaction.atomic
def delete_reset_code(codeid: str, actor: Actor) -> None:
    """Revoke a code. Raises invalid-reset-codeid (400 missing, 404 unknown)."""
    _delete(ResetCode.objects.get_for_update(codeid), actor)


@transaction.atomic
def delete_own_reset_code(codeid: str, accountid: str, actor: Actor) -> None:
    """Revoke a code of this account. Raises as `delete_reset_code`, and invalid-account (403) for another's code."""
    _delete(ResetCode.objects.get_for_update_own(codeid, accountid), actor)


def _delete(code: ResetCode, actor: Actor) -> None:
    record(Action.DELETE_RESET_CODE, code.account_id, actor, code.codeid)
    code.delete()


def reset_account_password(username: str, new_password: str, secret_code: str, actor: Actor) -> None:
    """Set a new password with a reset code of the account, which is deleted, and end all its sessions.

    Raises invalid-secret-code, invalid-username, invalid-password (400) for a missing one, invalid-password-length
    (400), invalid-username (401 unknown), account-locked (429) after too many wrong codes or passwords, invalid-account
    (409) while deletion is scheduled, invalid-reset-code (401) for a code that the account does not have.
    """
    require(secret_code, ErrorCode.SECRET_CODE_MISSING)
    require(username, ErrorCode.USERNAME_MISSING)
    require(new_password, ErrorCode.RESET_PASSWORD_MISSING)
    check_length(new_password, "PASSWORD", ErrorCode.PASSWORD_LENGTH)
    account = Account.objects.by_username(username)
    if account is None:
        make_password(new_password)  # so that usernames are not tried, and recorded, faster than by signing in
        refuse_unknown_username(actor)
    lockout = Lockout(account, actor)
    with lockout.recording():
        codes = _usable_codes(account, secret_code, actor)
    if not codes:
        lockout.fail(ErrorCode.RESET_CODE_WRONG)
    password_hash = make_password(new_password)  # before the row is locked, because bcrypt is slow
    with lockout.recording():
        _set_password(account.accountid, secret_code, password_hash, actor)


def _usable_codes(account: Account, secret_code: str, actor: Actor) -> list[ResetCode]:
    Lockout(account, actor).check()
    if account.deleted_at:
        raise DashboardError(ErrorCode.DELETION_SCHEDULED)
    return list(ResetCode.objects.filter(account=account, secret_code_hash__in=hashing.text_hashes(secret_code)))


@transaction.atomic
def _set_password(accountid: str, secret_code: str, password_hash: str, actor: Actor) -> None:
    """Check everything again on the locked row, so that of two concurrent requests with a code one succeeds."""
    account = Account.objects.get_for_update(accountid)
    spent = _usable_codes(account, secret_code, actor)
    if not spent:
        raise DashboardError(ErrorCode.RESET_CODE_WRONG)
    Lockout(account, actor).clear()
    actor = actor.proven_as(account.accountid)
    ResetCode.objects.delete_by_pk([code.pk for code in spent])
    now = timezone.now()
    account.password = password_hash
    account.password_last_changed_at = account.reset_code_last_used_at = now
    account.reset_session_key(now)
    account.save_fields(
        "password",
        "password_last_changed_at",
        "reset_code_last_used_at",
        "session_key",
        "session_key_number",
        "session_key_last_reset_at",
    )
    account.sessions.end_all(account, Action.RESET_ACCOUNT_PASSWORD, actor, now)
    record(Action.RESET_ACCOUNT_PASSWORD, account.accountid, actor, spent[0].codeid)
