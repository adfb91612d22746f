"""Delete accounts: at once, or scheduled so that it can be cancelled."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from accounts.services import password_verification
from accounts.services.authority import get_administered
from accounts.services.reset_code_revocation import revoke_created_reset_codes, revoke_reset_codes
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
    now = timezone.now()
    account.deleted_at = now + timedelta(days=settings.DELETE_DELAY)
    account.save_fields("deleted_at")
    account.sessions.end_all(account, Action.SET_ACCOUNT_DELETED, actor, now)
    revoke_reset_codes(account, actor)
    record(Action.SET_ACCOUNT_DELETED, account.accountid, actor)
    return account


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


@transaction.atomic
def delete_account(accountid: str, actor: Actor) -> None:
    """Delete an account at once, with its sessions, reset codes and profiles.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account (403) as `get_administered`, invalid-account
    (409) for the owner's account.
    """
    account = get_administered(accountid, actor)
    if account.owner_since:
        raise DashboardError(ErrorCode.OWNER_UNDELETABLE)
    _delete(account, actor)


def _delete(account: Account, actor: Actor) -> None:
    accountid = account.accountid
    revoke_created_reset_codes(account, actor)
    account.delete()
    record(Action.DELETE_ACCOUNT, accountid, actor)


@transaction.atomic
def delete_account_by_owner(accountid: str, caller: Account, actor: Actor) -> None:
    """Do what `delete_account` does, for the owner only, because it cannot be undone.

    Raises invalid-account (403) if the caller is not the owner, and as `delete_account`.
    """
    locked_owner(caller)
    delete_account(accountid, actor)


def due_accounts(now: datetime) -> list[tuple[str, datetime]]:
    """Return the id and `deleted_at` of each account whose deletion is due, the longest overdue first.

    The owner's account is never among them.
    """
    with without_statement_timeout():
        due = Account.objects.due(now).filter(owner_since=None).order_by("deleted_at", "pk")
        return [(pk, since) for pk, since in due.values_list("pk", "deleted_at") if since]


def purge_account(accountid: str, actor: Actor) -> bool:
    """Delete an account whose deletion is due, with all its rows. Return whether this call has deleted it.

    It has not if the account was restored, belongs to the owner now, is deleted already, or is locked by another
    process. Sessions, reset codes and profiles are deleted first, in short transactions, each of which checks and locks
    the account anew. An interruption between them does no harm: the account cannot be restored any more, and the next
    call continues.
    """
    while True:
        with transaction.atomic():
            due = Account.objects.due(timezone.now()).filter(pk=accountid, owner_since=None)
            account = due.select_for_update(of=("self",), skip_locked=True).first()
            if account is None:
                return False
            if _delete_some_rows(account) < ROWS_PER_TRANSACTION:
                _delete(account, actor)
                return True


def _delete_some_rows(account: Account) -> int:
    """Delete at most ROWS_PER_TRANSACTION rows of an account, except its default profile. Return how many."""
    deleted = 0
    for rows in (account.sessions, account.reset_codes, account.profiles.exclude(pk=account.profile_id)):
        model = rows.model
        pks = list(rows.order_by("pk").values_list("pk", flat=True)[: ROWS_PER_TRANSACTION - deleted])
        model.objects.delete_by_pk(pks)
        deleted += len(pks)
    return deleted
