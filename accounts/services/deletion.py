"""Deleting accounts: scheduled, so that it can be cancelled, or at once."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from accounts.services import password_verification
from accounts.services.roles import locked_owner
from dashboard.core.actor import Actor
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.db.postgresql import without_statement_timeout
from events.models import Action
from events.services.recording import record

ROWS_PER_TRANSACTION = 1_000


@transaction.atomic
def set_account_deleted(accountid: str, actor: Actor) -> Account:
    """Schedule an account for deletion, DELETE_DELAY days from now; its sessions end.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account (409) where it is scheduled already.
    """
    return _schedule(Account.objects.get_for_update(accountid), actor)


def set_own_account_deleted(accountid: str, password: str, actor: Actor) -> Account:
    """Somebody schedules their own account for deletion. Raises as `set_account_deleted`, and invalid-password (400
    missing, 401 wrong), account-locked (429)."""
    account = Account.objects.get_or_refuse(accountid)
    password_verification.verify(account, password, actor)
    return password_verification.with_verified_password(
        account, password, lambda account: _schedule(account, actor), actor
    )


def _schedule(account: Account, actor: Actor) -> Account:
    if account.deleted_at:
        raise DashboardError(ErrorCode.DELETION_ALREADY_SCHEDULED)
    now = timezone.now()
    account.deleted_at = now + timedelta(days=settings.DELETE_DELAY)
    account.save_fields("deleted_at")
    account.sessions.end_all(account, Action.SET_ACCOUNT_DELETED, actor, now)
    record(Action.SET_ACCOUNT_DELETED, account.accountid, actor)
    return account


@transaction.atomic
def reset_account_deleted(accountid: str, actor: Actor) -> Account:
    """Cancel the deletion of an account, while its time has not come.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account (409) where the account is not scheduled for
    deletion or `deleted_at` has passed.
    """
    return _restore(Account.objects.get_for_update(accountid), actor)


def reset_own_account_deleted(username: str, password: str, actor: Actor) -> Account:
    """Somebody cancels the deletion of their own account, while its time has not come.

    Raises invalid-username (400 missing, 401 unknown), invalid-password (400 missing, 401 wrong),
    invalid-username-length or invalid-password-length (400) for one that is shorter than any, account-locked (429),
    invalid-account (409) as `reset_account_deleted`.
    """
    if not username:
        raise DashboardError(ErrorCode.USERNAME_MISSING)
    if len(username) < settings.MINIMUM_USERNAME_LENGTH:
        raise DashboardError(ErrorCode.USERNAME_LENGTH)
    if not password:
        raise DashboardError(ErrorCode.PASSWORD_MISSING)
    if len(password) < settings.MINIMUM_PASSWORD_LENGTH:
        raise DashboardError(ErrorCode.PASSWORD_LENGTH)
    account = password_verification.authenticate(username, password, actor)
    return password_verification.with_verified_password(
        account, password, lambda account: _restore(account, actor), actor
    )


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

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account (409) for the owner's: there is always one.
    """
    account = Account.objects.get_for_update(accountid)
    if account.owner_since:
        raise DashboardError(ErrorCode.OWNER_UNDELETABLE)
    _delete(account, actor)


def _delete(account: Account, actor: Actor) -> None:
    accountid = account.accountid
    account.delete()
    record(Action.DELETE_ACCOUNT, accountid, actor)


@transaction.atomic
def delete_account_by_owner(accountid: str, caller: Account, actor: Actor) -> None:
    """As `delete_account`, which only the owner may where administrators are people: a click cannot be taken back.

    Raises as `delete_account`, and invalid-account (403) where the caller is not the owner.
    """
    locked_owner(caller)
    delete_account(accountid, actor)


def due_accounts(now: datetime) -> list[tuple[str, datetime]]:
    """The accounts whose `deleted_at` has passed, each with that time, the longest overdue first; never the owner's."""
    with without_statement_timeout():
        due = Account.objects.due(now).filter(owner_since=None).order_by("deleted_at", "pk")
        return [(pk, since) for pk, since in due.values_list("pk", "deleted_at") if since]


def purge_account(accountid: str, actor: Actor) -> bool:
    """Delete an account whose `deleted_at` has passed, with everything of its; whether this call did.

    False where it has been restored, is the owner's by now, is deleted already, or is in the hands of another process.
    What it has much of is deleted first, in short transactions. Whoever is killed between them loses nothing: such an
    account can no more be restored, and the next call goes on.
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
    """Delete rows of an account, as many as a transaction may; how many they were. Its default profile stays."""
    deleted = 0
    for rows in (account.sessions, account.reset_codes, account.profiles.exclude(pk=account.profile_id)):
        model = rows.model
        pks = list(rows.order_by("pk").values_list("pk", flat=True)[: ROWS_PER_TRANSACTION - deleted])
        model.objects.delete_by_pk(pks)
        deleted += len(pks)
    return deleted
