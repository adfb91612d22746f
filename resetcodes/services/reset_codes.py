"""Create, delete and use reset codes."""

import re
from collections.abc import Sequence
from datetime import datetime
from string import ascii_lowercase, digits
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import Account
from accounts.new_credentials import check_new_password
from accounts.services import authority
from accounts.services.access_ending import end_access
from accounts.services.concealment import concealed, spend_hashes_for
from accounts.services.lockout import Lockout, ResetCodeLockout, check_network, refuse_unknown_username
from accounts.validation import check_length, require
from dashboard.core.actor import Actor, ActorKind
from dashboard.core.crypto import hashing
from dashboard.core.crypto.hashers import hash_password
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.text import normalize
from dashboard.db import prepared
from events.models import Action
from events.services.recording import pending_event, record
from resetcodes.models import ResetCode, reset_code_lifetime
from resetcodes.services.secret_codes import COPIED, CodeFormat, accepted_hashes

SECRET_CODE_PATTERN = re.compile(r"[a-zA-Z0-9]*")
UNLIMITED = 2**31 - 1
ROWS = (digits * 10, ascii_lowercase * 4)


@transaction.atomic
def create_reset_code(accountid: str, secret_code: str, actor: Actor) -> ResetCode:
    """Create a code, chosen by the caller, that sets a new password of this account once.

    A code that another account or an operator creates also ends the account's lockout, so that it can be used at once.
    With MAXIMUM_RESET_CODES, the account's expired and blocked codes are deleted. Raises invalid-accountid (400
    missing, 404 unknown), invalid-secret-code (400) for one that is missing, has characters other than a-z, A-Z and
    0-9, or is trivial, invalid-secret-code-length (400), too-many-reset-codes (409), invalid-account (403) as
    `get_administered`.
    """
    account = authority.get_administered(accountid, actor)
    _check_secret_code(secret_code, account)
    _make_room(account)
    return insert_reset_code(account, secret_code, actor, also=_unlocking_for_another(account, actor))


@transaction.atomic
def create_random_reset_code(accountid: str, actor: Actor, code_format: CodeFormat = COPIED) -> tuple[ResetCode, str]:
    """Do what `create_reset_code` does with a random code of this format. Return the row and the code.

    Lengths in settings are those of codes that people choose. Raises invalid-accountid (400 missing, 404 unknown),
    invalid-account (403) as `get_administered`, too-many-reset-codes (409).
    """
    account, secret_code = authority.get_administered(accountid, actor), code_format.generate()
    _make_room(account)
    also = _unlocking_for_another(account, actor)
    return insert_reset_code(account, secret_code, actor, code_format, also=also), secret_code


def _unlocking_for_another(account: Account, actor: Actor) -> list[prepared.BulkChange]:
    """Return the changes that end an account's lockout when somebody else creates a code for it."""
    return [] if actor.accountid == account.accountid else [Lockout(account, actor).pending_unlock()]


def insert_reset_code(
    account: Account,
    secret_code: str,
    actor: Actor,
    code_format: CodeFormat | None = None,
    *,
    also: Sequence[prepared.BulkChange] = (),
) -> ResetCode:
    """Insert a code of a locked account that has room for it, together with these changes."""
    now, accountid = timezone.now(), account.accountid
    account.reset_code_last_created_at = now
    code = ResetCode(
        account=account,
        created_by_id=actor.accountid if actor.accountid != accountid else None,
        created_by_credential_id=actor.credentialid if actor.kind is ActorKind.SERVICE else None,
        secret_code_hash=hashing.text_hashes(secret_code)[0],
        expires_at=_expiry(now, code_format),
        attempts_left=code_format.attempts if code_format else None,
        created_at=now,
        updated_at=now,
    )
    prepared.execute_together(
        [
            account.pending_update("reset_code_last_created_at"),
            code.pending_insert(),
            pending_event(Action.CREATE_RESET_CODE, accountid, actor, code.codeid),
            *also,
        ]
    )
    return code


def _expiry(now: datetime, code_format: CodeFormat | None) -> datetime | None:
    """Return when a new code expires: after RESET_CODE_LIFETIME, or earlier if its format says so."""
    lifetimes = [it for it in (reset_code_lifetime(), code_format and code_format.lifetime) if it]
    return now + min(lifetimes) if lifetimes else None


def _make_room(account: Account) -> None:
    """Delete the codes of a locked account that no longer work. Raises too-many-reset-codes (409) if enough do."""
    if len(working_codes(account)) >= (settings.MAXIMUM_RESET_CODES or UNLIMITED):
        raise DashboardError(ErrorCode.TOO_MANY_RESET_CODES)


def working_codes(account: Account) -> list[ResetCode]:
    """Return the codes of a locked account that still work, and delete the others.

    Without MAXIMUM_RESET_CODES their number is unlimited, and they are not read: return none.
    """
    if not settings.MAXIMUM_RESET_CODES:
        return []
    now = timezone.now()
    codes: list[ResetCode] = prepared.fetch_all(_codes, settings.APPID, accountid=account.accountid)
    useless = {code.pk for code in codes if code.is_expired(now) or code.is_blocked}
    if useless:
        ResetCode.objects.delete_by_pk(_lock_codes(account.accountid, pk__in=useless))
    return [code for code in codes if code.pk not in useless]


def _codes(appid: str, accountid: str) -> QuerySet[ResetCode]:
    return ResetCode._base_manager.filter(appid=appid, account=accountid)


def _check_secret_code(secret_code: str, account: Account) -> None:
    require(secret_code, ErrorCode.SECRET_CODE_MISSING)
    if not SECRET_CODE_PATTERN.fullmatch(secret_code):
        raise DashboardError(ErrorCode.SECRET_CODE_INVALID)
    check_length(secret_code, "RESET_CODE", ErrorCode.SECRET_CODE_LENGTH)
    if settings.REFUSE_TRIVIAL_RESET_CODES and _is_trivial(secret_code, account):
        raise DashboardError(ErrorCode.SECRET_CODE_TRIVIAL)


def _is_trivial(secret_code: str, account: Account) -> bool:
    """Return whether the code is one character repeated, a row such as 123456 or fedcba, or the username."""
    code = secret_code.lower()
    is_row = any(code in row or code[::-1] in row for row in ROWS)
    return is_row or len(set(code)) == 1 or account.has_username(secret_code)


@transaction.atomic
def delete_reset_code(codeid: str, actor: Actor) -> None:
    """Revoke a code. Raises invalid-reset-codeid (400 missing, 404 unknown), invalid-account (403)."""
    authority.require_authority(ResetCode.objects.get_or_refuse(codeid).account_id, actor)
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

    Raises invalid-secret-code, invalid-username, invalid-password (400) for a missing one, invalid-password-length,
    weak-password (400), invalid-username (401 unknown), account-locked (429) after too many wrong codes or passwords,
    invalid-account (409) while deletion is scheduled, invalid-reset-code (401) for a code that the account does not
    have, that has expired, or for which too many wrong ones were tried. With HIDE_ACCOUNT_EXISTENCE all but the (400)
    are invalid-reset-code.
    """
    require(secret_code, ErrorCode.SECRET_CODE_MISSING)
    require(username, ErrorCode.USERNAME_MISSING)
    require(new_password, ErrorCode.RESET_PASSWORD_MISSING)
    new_password = normalize(new_password)
    check_length(new_password, "PASSWORD", ErrorCode.PASSWORD_LENGTH)
    check_new_password(new_password, username)
    with concealed(ErrorCode.RESET_CODE_WRONG):
        _reset_password(username, new_password, secret_code, actor)


def _reset_password(username: str, new_password: str, secret_code: str, actor: Actor) -> None:
    account = Account.objects.by_username(username)
    if account is None:
        check_network(actor)
        hash_password(new_password)  # so that usernames are not tried, and recorded, faster than by signing in
        refuse_unknown_username(actor)
    lockout = ResetCodeLockout(account, actor)
    try:
        lockout.check_before_hashing()
        with lockout.recording():
            _admit(account.accountid, actor)
            _usable_codes(account.accountid, secret_code)
    except DashboardError as error:
        spend_hashes_for(error)
        raise
    with lockout.recording():
        password_hash = hash_password(new_password)  # before the row is locked, because bcrypt is slow
        _set_password(account.accountid, secret_code, password_hash, actor)


@transaction.atomic
def _admit(accountid: str, actor: Actor) -> None:
    """Count the attempt before its code is looked at. Raises account-locked (429), invalid-account (409)."""
    account = _locked(accountid)
    lockout = ResetCodeLockout(account, actor)
    lockout.check()
    if account.deleted_at:
        raise DashboardError(ErrorCode.DELETION_SCHEDULED)
    lockout.admit()
    limited = _lock_codes(accountid, attempts_left__gte=0)
    if limited:  # also where MAXIMUM_FAILED_SIGN_INS=0 disables the lockout
        ResetCode.objects.filter(pk__in=limited).update(attempts_left=F("attempts_left") - 1)


def _locked(accountid: str) -> Account:
    """Return the locked account. Raises invalid-reset-code (401) if it was deleted meanwhile, with its codes."""
    account = Account.objects.find_for_update(accountid)
    if account is None:
        raise DashboardError(ErrorCode.RESET_CODE_WRONG)
    return account


def _lock_codes(accountid: str, **conditions: Any) -> list[str]:
    """Lock the codes of a locked account that meet these conditions. Return their ids.

    The account's lock alone would not do: others delete a code without it. They lock several by their ids in order, so
    that nobody deadlocks.
    """
    codes = ResetCode.objects.filter(account=accountid, **conditions).order_by("pk")
    return list(codes.select_for_update().values_list("pk", flat=True))


def _usable_codes(accountid: str, secret_code: str) -> list[str]:
    """Return the ids of an account's rows of this code. Raises invalid-reset-code (401) if there is none."""
    usable = ResetCode.objects.usable(timezone.now()).filter(account=accountid)
    codeids = list(usable.filter(secret_code_hash__in=accepted_hashes(secret_code)).values_list("pk", flat=True))
    if not codeids:
        raise DashboardError(ErrorCode.RESET_CODE_WRONG)
    return codeids


@transaction.atomic
def _set_password(accountid: str, secret_code: str, password_hash: str, actor: Actor) -> None:
    """Check everything again on the locked rows, so that only one of two concurrent requests with a code succeeds.

    The lockout was checked before the code; further attempts may have locked the account since, and the code may have
    been revoked.
    """
    account = _locked(accountid)
    if account.deleted_at:
        raise DashboardError(ErrorCode.DELETION_SCHEDULED)
    _lock_codes(accountid)
    spent = _usable_codes(accountid, secret_code)
    ResetCodeLockout(account, actor).clear()
    actor = actor.proven_as(account.accountid)
    ResetCode.objects.delete_by_pk(spent)
    now = timezone.now()
    account.password = password_hash
    account.password_last_changed_at = account.reset_code_last_used_at = now
    fields = ("password", "password_last_changed_at", "reset_code_last_used_at")
    end_access(account, Action.RESET_ACCOUNT_PASSWORD, actor, now, fields=fields, new_key=True, targetid=spent[0])
