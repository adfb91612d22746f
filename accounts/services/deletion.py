"""Delete accounts: at once, or scheduled so that it can be cancelled."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from accounts.services import password_verification
from accounts.services.access_ending import end_access
from accounts.services.authority import get_administered
from accounts.services.reset_code_revocation import revoke_created_reset_codes
from accounts.services.roles import locked_owner
from accounts.validation import check_min_length, require
from dashboard.core.actor import Actor
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.db.postgresql import without_statement_timeout
from events.models import Action
from events.services.recording import record

ROWS_PER_TRANSACTION = 1_000


@transaction.atomic
def set_account_deleted(accountid: str, actor: Actor) -> Account:
    """Schedule the deletion of an account in DELETE_DELAY days, end its sessions, and delete its unused reset codes.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account (403) as `get_administered`, invalid-account
    (409) if it is scheduled already.
    """
    return _schedule(get_administered(accountid, actor), actor)


def set_own_account_deleted(accountid: str, password: str, actor: Actor) -> Account:
    """Do what `set_account_deleted` does, verified by the account's password.

    Raises as `set_account_deleted`, and invalid-password (400 missing, 401 wrong), account-locked (429).
    """
    account = Account.objects.get_or_refuse(accountid)
    password_verification.verify(account, password, actor)
    with password_verification.verified_account(account, password, actor) as account:
        return _schedule(account, actor)


def _schedule(account: Account, actor: Actor) -> Account:
    if account.deleted_at:
        raise DashboardError(ErrorCode.DELETION_ALREADY_SCHEDULED)
    _make_due(account, timezone.now() + timedelta(days=settings.DELETE_DELAY), actor)
    return account


def _make_due(account: Account, at: datetime, actor: Actor) -> None:
    account.deleted_at = at
    end_access(account, Action.SET_ACCOUNT_DELETED, actor, timezone.now(), fields=("deleted_at",))


@transaction.atomic
def reset_account_deleted(accountid: str, actor: Actor) -> Account:
    """Cancel the scheduled deletion of an account.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account (403) as `get_administered`, invalid-account
    (409) if no deletion is scheduled or `deleted_at` has passed.
    """
    return _restore(get_administered(accountid, actor), actor)


def reset_own_account_deleted(username: str, password: str, actor: Actor) -> Account:
    """Cancel the scheduled deletion of the account with this username and password.

    Raises invalid-username (400 missing, 401 unknown), invalid-password (400 missing, 401 wrong),
    invalid-username-length or invalid-password-length (400) for one below the minimum length, account-locked (429),
    invalid-account (409) as `reset_account_deleted`.
    """
    require(username, ErrorCode.USERNAME_MISSING)
    check_min_length(username, "USERNAME", ErrorCode.USERNAME_LENGTH)
    require(password, ErrorCode.PASSWORD_MISSING)
    check_min_length(password, "PASSWORD", ErrorCode.PASSWORD_LENGTH)
    account = password_verification.authenticate(username, password, actor)
    with password_verification.verified_account(account, password, actor) as account:
        return _restore(account, actor.proven_as(account.accountid))


def _restore(account: Account, actor: Actor) -> Account:
    if not account.deleted_at or account.deleted_at <= timezone.now():
        raise DashboardError(ErrorCode.NOT_RESTORABLE)
    account.deleted_at = None
    account.save_fields("deleted_at")
    record(Action.RESET_ACCOUNT_DELETED, account.accountid, actor)
    return account


def delete_account(accountid: str, actor: Actor) -> None:
    """Delete an account at once, with its sessions, reset codes and profiles.

    The deletion of an account with ROWS_PER_TRANSACTION rows or more is first scheduled, due at once, so that nobody
    can use or restore the account. Then it is deleted in short transactions. `manage.py purge_deleted_accounts` deletes
    what an interruption leaves.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account (403) as `get_administered`, invalid-account
    (409) for the owner's account.
    """
    with transaction.atomic():
        is_deleted = _begin_deletion(accountid, actor)
    if not is_deleted:
        _finish_deletion(accountid, actor)


def delete_account_by_owner(accountid: str, caller: Account, actor: Actor) -> None:
    """Do what `delete_account` does, for the owner only, because it cannot be undone.

    Raises invalid-account (403) if the caller is not the owner, and as `delete_account`.
    """
    with transaction.atomic():
        locked_owner(caller)
        is_deleted = _begin_deletion(accountid, actor)
    if not is_deleted:
        _finish_deletion(accountid, actor)


def _begin_deletion(accountid: str, actor: Actor) -> bool:
    """Delete an account, or make one with many rows due. Return whether it is deleted. Raises as `delete_account`."""
    account = get_administered(accountid, actor)
    if account.owner_since:
        raise DashboardError(ErrorCode.OWNER_UNDELETABLE)
    if _has_few_rows(account):
        _delete(account, actor)
        return True
    now = timezone.now()
    if account.deleted_at is None or account.deleted_at > now:
        _make_due(account, now, actor)
    return False


def _has_few_rows(account: Account) -> bool:
    rows: tuple[Any, ...] = (account.sessions, account.reset_codes, _other_profiles(account))
    number: int = sum(it.order_by()[:ROWS_PER_TRANSACTION].count() for it in rows)
    return number < ROWS_PER_TRANSACTION


def _finish_deletion(accountid: str, actor: Actor) -> None:
    """Delete an account that is due. Raises invalid-account (409) if it became the owner's meanwhile."""
    if not _delete_due(accountid, actor.admitted()) and Account.objects.filter(pk=accountid).exists():
        raise DashboardError(ErrorCode.OWNER_UNDELETABLE)


def _delete(account: Account, actor: Actor) -> None:
    record(Action.DELETE_ACCOUNT, account.accountid, actor)  # while the session of an administrator's own exists
    revoke_created_reset_codes(account, actor)
    account.delete()


def due_accounts(now: datetime) -> list[tuple[str, datetime]]:
    """Return the id and `deleted_at` of each account whose deletion is due, the longest overdue first.

    The owner's account is never among them.
    """
    with without_statement_timeout():
        due = Account.objects.purgeable(now).order_by("deleted_at", "pk")
        return [(pk, since) for pk, since in due.values_list("pk", "deleted_at") if since]


def purge_account(accountid: str, actor: Actor) -> bool:
    """Delete an account whose deletion is due, with all its rows. Return whether this call has deleted it.

    Return False if the account was restored, belongs to the owner now, is deleted already, or is locked by another
    process. Sessions, reset codes and profiles are deleted first, in short transactions, each of which checks and locks
    the account anew. An interruption between them does no harm: the account cannot be restored any more, and the next
    call continues.
    """
    return _delete_due(accountid, actor, skip_locked=True)


def _delete_due(accountid: str, actor: Actor, *, skip_locked: bool = False) -> bool:
    while True:
        with transaction.atomic():
            due = Account.objects.purgeable(timezone.now()).filter(pk=accountid)
            account = due.select_for_update(of=("self",), skip_locked=skip_locked).first()
            if account is None:
                return False
            if _has_few_rows(account):
                _delete(account, actor)
                return True
            _delete_some_rows(account)


def _delete_some_rows(account: Account) -> None:
    """Delete ROWS_PER_TRANSACTION rows of an account that is due, the oldest first, but not its default profile.

    The sessions are not marked in the cache. A session is always read together with its account, which is marked, and
    no session of an account that is due is accepted.
    """
    sessionids = _oldest(account.sessions, ROWS_PER_TRANSACTION)
    account.sessions.model.objects.filter(pk__in=sessionids).unmarked().delete()  # found by their ids alone
    left = ROWS_PER_TRANSACTION - len(sessionids)
    others: tuple[Any, ...] = (account.reset_codes, _other_profiles(account))
    for rows in others:
        pks = _oldest(rows, left)
        rows.model.objects.delete_by_pk(pks)
        left -= len(pks)


def _oldest(rows: Any, limit: int) -> list[str]:
    return list(rows.order_by("created_at", "pk").values_list("pk", flat=True)[:limit])


def _other_profiles(account: Account) -> Any:
    return account.profiles.exclude(pk=account.profile_id)
