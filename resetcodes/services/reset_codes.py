"""Every operation on reset codes, one function each."""

import re
import secrets

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from accounts.services import lockout
from dashboard.core import hashing
from dashboard.core.actor import Actor
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.db import prepared
from events.models import Action
from events.services.recording import pending_event, record
from resetcodes.models import ResetCode

SECRET_CODE_PATTERN = re.compile(r"[a-zA-Z0-9]*")
READABLE = "23456789abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"  # none that looks like another
SECRET_CODE_LENGTH = 20  # 115 random bits


def new_secret_code() -> str:
    """A code that can be read out to somebody; as long as the settings let it be, up to SECRET_CODE_LENGTH or more."""
    length = max(min(SECRET_CODE_LENGTH, settings.MAXIMUM_RESET_CODE_LENGTH), settings.MINIMUM_RESET_CODE_LENGTH)
    return "".join(secrets.choice(READABLE) for _ in range(length))


@transaction.atomic
def create_reset_code(accountid: str, secret_code: str, actor: Actor) -> ResetCode:
    """Make a code with which somebody who is locked out of this account can set a new password, once.

    Where somebody else makes it, support does, so that the code can be used at once: a lock of the account ends.
    Raises invalid-accountid (400 missing, 404 unknown), invalid-secret-code (400) for one that is missing or has other
    characters than letters a-z, A-Z and digits, invalid-secret-code-length (400).
    """
    account = Account.objects.get_for_update(accountid)
    _check_secret_code(secret_code)
    now = timezone.now()
    if actor.accountid != accountid:
        lockout.clear_failures(account)
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
    if not secret_code:
        raise DashboardError(ErrorCode.SECRET_CODE_MISSING)
    if not SECRET_CODE_PATTERN.fullmatch(secret_code):
        raise DashboardError(ErrorCode.SECRET_CODE_INVALID)
    if not settings.MINIMUM_RESET_CODE_LENGTH <= len(secret_code) <= settings.MAXIMUM_RESET_CODE_LENGTH:
        raise DashboardError(ErrorCode.SECRET_CODE_LENGTH)


@transaction.atomic
def delete_reset_code(codeid: str, actor: Actor) -> None:
    """Take a code back. Raises invalid-reset-codeid (400 missing, 404 unknown)."""
    _delete(ResetCode.objects.get_for_update(codeid), actor)


@transaction.atomic
def delete_own_reset_code(codeid: str, accountid: str, actor: Actor) -> None:
    """As `delete_reset_code`, for one of this account's. Raises invalid-account (403) for another account's."""
    _delete(ResetCode.objects.get_for_update_own(codeid, accountid), actor)


def _delete(code: ResetCode, actor: Actor) -> None:
    record(Action.DELETE_RESET_CODE, code.account_id, actor, code.codeid)
    code.delete()


def reset_account_password(username: str, new_password: str, secret_code: str, actor: Actor) -> None:
    """Somebody who is locked out sets a new password with a code of their account, which is spent by that.

    Every session of the account ends. Raises invalid-secret-code, invalid-username, invalid-password (400) for a
    missing one, invalid-password-length (400), invalid-username (401 unknown), account-locked (429) after too many
    wrong codes or passwords, invalid-account (409) while it is scheduled for deletion, invalid-reset-code (401) for a
    code that is not one of this account's.
    """
    if not secret_code:
        raise DashboardError(ErrorCode.SECRET_CODE_MISSING)
    if not username:
        raise DashboardError(ErrorCode.USERNAME_MISSING)
    if not new_password:
        raise DashboardError(ErrorCode.RESET_PASSWORD_MISSING)
    if not settings.MINIMUM_PASSWORD_LENGTH <= len(new_password) <= settings.MAXIMUM_PASSWORD_LENGTH:
        raise DashboardError(ErrorCode.PASSWORD_LENGTH)
    account = Account.objects.by_username(username)
    with lockout.record_failures(account, actor):
        if account is None:
            make_password(new_password)  # no name is tried, and recorded, faster than by signing in
            raise DashboardError(ErrorCode.USERNAME_UNKNOWN)
        known = _codes_to_spend(account, secret_code, actor)
    if not known:
        lockout.refuse_guess(ErrorCode.RESET_CODE_WRONG, account, actor)
    password_hash = make_password(new_password)  # bcrypt before the lock
    with lockout.record_failures(account, actor):
        _set_password(account, secret_code, password_hash, actor)


def _codes_to_spend(account: Account, secret_code: str, actor: Actor) -> list[ResetCode]:
    lockout.refuse_locked_out(account, actor)
    if account.deleted_at:
        raise DashboardError(ErrorCode.DELETION_SCHEDULED)
    return list(ResetCode.objects.filter(account=account, secret_code_hash__in=hashing.text_hashes(secret_code)))


@transaction.atomic
def _set_password(account: Account, secret_code: str, password_hash: str, actor: Actor) -> None:
    """What was checked before is checked again on the locked row: of two at once, the code lets one through."""
    account = Account.objects.get_for_update(account.accountid)
    spent = _codes_to_spend(account, secret_code, actor)
    if not spent:
        raise DashboardError(ErrorCode.RESET_CODE_WRONG)
    lockout.clear_failures(account)
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
