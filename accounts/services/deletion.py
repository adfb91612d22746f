"""Deleting accounts: scheduled, so that it can be cancelled, or at once."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import passwords
from accounts.models import Account
from dashboard_project.actor import Actor
from dashboard_project.errors import DashboardError, Refusal
from events.models import Action
from events.services import record


@transaction.atomic
def set_account_deleted(accountid: str, actor: Actor) -> Account:
    """Schedule an account for deletion, DELETE_DELAY days from now; its sessions end.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account (409) where it is scheduled already.
    """
    return _schedule(Account.objects.locked(accountid), actor)


def set_own_account_deleted(accountid: str, password: str, actor: Actor) -> Account:
    """Somebody schedules their own account for deletion. Raises as `set_account_deleted`, and invalid-password (400
    missing, 401 wrong), account-locked (429)."""
    account = Account.objects.by_id(accountid)
    passwords.confirm(account, password, actor)
    return passwords.with_proof(account, password, lambda account: _schedule(account, actor), actor)


def _schedule(account: Account, actor: Actor) -> Account:
    if account.deleted_at:
        raise DashboardError(Refusal.ALREADY_SCHEDULED)
    now = timezone.now()
    account.deleted_at = now + timedelta(days=settings.DELETE_DELAY)
    account.store("deleted_at")
    account.sessions.end(Action.SET_ACCOUNT_DELETED, actor, now)
    record(Action.SET_ACCOUNT_DELETED, account.accountid, actor)
    return account


@transaction.atomic
def reset_account_deleted(accountid: str, actor: Actor) -> Account:
    """Cancel the deletion of an account, while its time has not come.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account (409) where the account is not scheduled for
    deletion or `deleted_at` has passed.
    """
    return _restore(Account.objects.locked(accountid), actor)


def reset_own_account_deleted(username: str, password: str, actor: Actor) -> Account:
    """Somebody cancels the deletion of their own account, while its time has not come.

    Raises invalid-username (400 missing, 401 unknown), invalid-password (400 missing, 401 wrong),
    invalid-username-length or invalid-password-length (400) for one that is shorter than any, account-locked (429),
    invalid-account (409) as `reset_account_deleted`.
    """
    if not username:
        raise DashboardError(Refusal.USERNAME_MISSING)
    if len(username) < settings.MINIMUM_USERNAME_LENGTH:
        raise DashboardError(Refusal.USERNAME_LENGTH)
    if not password:
        raise DashboardError(Refusal.PASSWORD_MISSING)
    if len(password) < settings.MINIMUM_PASSWORD_LENGTH:
        raise DashboardError(Refusal.PASSWORD_LENGTH)
    account = passwords.signed_in(username, password, actor)
    return passwords.with_proof(account, password, lambda account: _restore(account, actor), actor)


def _restore(account: Account, actor: Actor) -> Account:
    if not account.deleted_at or account.deleted_at <= timezone.now():
        raise DashboardError(Refusal.NOT_RESTORABLE)
    account.deleted_at = None
    account.store("deleted_at")
    record(Action.RESET_ACCOUNT_DELETED, account.accountid, actor)
    return account


@transaction.atomic
def delete_account(accountid: str, actor: Actor) -> None:
    """Delete an account at once, with its sessions, reset codes and profiles.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account (409) for the owner's: there is always one.
    """
    account = Account.objects.locked(accountid)
    if account.owner_since:
        raise DashboardError(Refusal.OWNER_STAYS)
    account.mark_all_dirty()
    account.delete()
    record(Action.DELETE_ACCOUNT, accountid, actor)
