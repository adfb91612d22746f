"""The roles of accounts: administrators, and the one owner."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Account
from dashboard.core.actor import Actor
from dashboard.core.errors import DashboardError, ErrorCode
from events.models import Action
from events.services.recording import record


@transaction.atomic
def set_account_administrator(accountid: str, actor: Actor) -> Account:
    """Make an account an administrator's.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account (409) for one that is it already, or is
    scheduled for deletion.
    """
    account = Account.objects.get_for_update(accountid)
    if account.administrator_since:
        raise DashboardError(ErrorCode.ALREADY_ADMINISTRATOR)
    if account.deleted_at:
        raise DashboardError(ErrorCode.DELETION_SCHEDULED)
    account.administrator_since = timezone.now()
    account.save_fields("administrator_since")
    record(Action.SET_ACCOUNT_ADMINISTRATOR, accountid, actor)
    return account


@transaction.atomic
def reset_account_administrator(accountid: str, caller: Account, actor: Actor) -> Account:
    """The owner takes the administrator's role from an account.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account: 403 where the caller is not the owner, 409 for
    an account that is no administrator's, is the owner's, or is scheduled for deletion.
    """
    owner = _locked_owner()
    account = Account.objects.get_for_update(accountid)
    if owner is None or owner.pk != caller.pk:
        raise DashboardError(ErrorCode.NOT_OWNER)
    return _reset_administrator(account, actor)


@transaction.atomic
def force_reset_account_administrator(accountid: str, actor: Actor) -> Account:
    """An operator takes the administrator's role. Raises as `reset_account_administrator`, but for 403."""
    return _reset_administrator(Account.objects.get_for_update(accountid), actor)


def _reset_administrator(account: Account, actor: Actor) -> Account:
    if not account.administrator_since or account.owner_since or account.deleted_at:
        raise DashboardError(ErrorCode.NOT_ADMINISTRATOR)
    account.administrator_since = None
    account.save_fields("administrator_since")
    record(Action.RESET_ACCOUNT_ADMINISTRATOR, account.accountid, actor)
    return account


@transaction.atomic
def set_owner_account(accountid: str, caller: Account, actor: Actor) -> Account:
    """The owner makes another account the owner's; it becomes an administrator's too, and the caller stays one.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account: 403 where the caller is not the owner, 409 for
    the owner's own account, or one that is scheduled for deletion.
    """
    if not accountid:
        raise DashboardError(ErrorCode.ACCOUNTID_MISSING)
    return _transfer(locked_owner(caller), accountid, actor)


def force_owner_account(accountid: str, actor: Actor) -> Account:
    """An operator makes an account the owner's, whoever was it. Raises as `set_owner_account`, but for 403."""
    try:
        return _force(accountid, actor)
    except IntegrityError:  # two at once, when nobody was owner: now there is one to lock
        return _force(accountid, actor)


@transaction.atomic
def _force(accountid: str, actor: Actor) -> Account:
    return _transfer(_locked_owner(), accountid, actor)


def locked_owner(caller: Account) -> Account:
    """The owner, who must be the caller, locked. Raises invalid-account (403) for anybody else."""
    owner = _locked_owner()
    if owner is None or owner.pk != caller.pk:
        raise DashboardError(ErrorCode.NOT_OWNER)
    return owner


def _locked_owner() -> Account | None:
    """The owner, locked before anybody else, so that of two transfers at once the second sees what the first did."""
    while owner := Account.objects.owner().first():
        locked = Account.objects.find_for_update(owner.pk)
        if locked and locked.owner_since:
            return locked
    return None


def _transfer(owner: Account | None, accountid: str, actor: Actor) -> Account:
    if owner and owner.accountid == accountid:
        raise DashboardError(ErrorCode.ALREADY_OWNER)
    account = Account.objects.get_for_update(accountid)
    if account.deleted_at:
        raise DashboardError(ErrorCode.DELETION_SCHEDULED)
    if owner:
        owner.owner_since = None
        owner.save_fields("owner_since")
    account.owner_since = timezone.now()
    account.administrator_since = account.administrator_since or account.owner_since
    account.save_fields("owner_since", "administrator_since")
    record(Action.SET_OWNER_ACCOUNT, accountid, actor)
    return account
