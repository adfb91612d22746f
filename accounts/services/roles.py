"""Give and take the roles of accounts: administrator, and owner, of which there is one."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Account
from accounts.services.authority import lock_with_administrator
from accounts.services.reset_code_revocation import revoke_created_reset_codes, revoke_reset_codes
from accounts.validation import require
from dashboard.core.actor import Actor
from dashboard.core.errors import DashboardError, ErrorCode
from events.models import Action
from events.services.recording import record


@transaction.atomic
def set_account_administrator(accountid: str, actor: Actor) -> Account:
    """Make an account an administrator, and delete its unused reset codes.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account (409) for an administrator's account and while
    deletion is scheduled.
    """
    account = _locked_without_role(accountid, actor)
    if account.deleted_at:
        raise DashboardError(ErrorCode.DELETION_SCHEDULED)
    account.administrator_since = timezone.now()
    account.save_fields("administrator_since")
    revoke_reset_codes(account, actor)
    record(Action.SET_ACCOUNT_ADMINISTRATOR, accountid, actor)
    return account


def _locked_without_role(accountid: str, actor: Actor) -> Account:
    """Return the locked account. Raises invalid-accountid, and invalid-account (409) for an administrator's."""
    if actor.accountid:
        return lock_with_administrator(accountid, actor, _refuse_administrator)
    account = Account.objects.get_for_update(accountid)
    _refuse_administrator(account)
    return account


def _refuse_administrator(account: Account, _: Account | None = None) -> None:
    if account.administrator_since:
        raise DashboardError(ErrorCode.ALREADY_ADMINISTRATOR)


@transaction.atomic
def reset_account_administrator(accountid: str, caller: Account | None, actor: Actor) -> Account:
    """Revoke the administrator role of an account, as the owner.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account: 403 if the caller is not the owner, 409 if the
    account is not an administrator's, is the owner's, or is scheduled for deletion.
    """
    owner = _locked_owner()
    account = Account.objects.get_for_update(accountid)
    if owner is None or caller is None or owner.pk != caller.pk:
        raise DashboardError(ErrorCode.NOT_OWNER)
    return _reset_administrator(account, actor)


@transaction.atomic
def force_reset_account_administrator(accountid: str, actor: Actor) -> Account:
    """Revoke the administrator role, as an operator. Raises as `reset_account_administrator`, except for 403."""
    return _reset_administrator(Account.objects.get_for_update(accountid), actor)


def _reset_administrator(account: Account, actor: Actor) -> Account:
    if not account.administrator_since or account.owner_since or account.deleted_at:
        raise DashboardError(ErrorCode.NOT_ADMINISTRATOR)
    account.administrator_since = None
    account.save_fields("administrator_since")
    revoke_created_reset_codes(account, actor)
    record(Action.RESET_ACCOUNT_ADMINISTRATOR, account.accountid, actor)
    return account


@transaction.atomic
def set_owner_account(accountid: str, caller: Account | None, actor: Actor) -> Account:
    """Make another account the owner, as the current owner. It becomes an administrator too; the caller stays one.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account: 403 if the caller is not the owner, 409 for
    the owner's own account, and while deletion is scheduled.
    """
    require(accountid, ErrorCode.ACCOUNTID_MISSING)
    return _transfer(locked_owner(caller), accountid, actor)


def force_owner_account(accountid: str, actor: Actor) -> Account:
    """Make an account the owner, as an operator. Raises as `set_owner_account`, except for 403."""
    try:
        return _force(accountid, actor)
    except IntegrityError:  # a concurrent call made the first owner: now there is one to lock
        return _force(accountid, actor)


@transaction.atomic
def _force(accountid: str, actor: Actor) -> Account:
    return _transfer(_locked_owner(), accountid, actor)


def locked_owner(caller: Account | None) -> Account:
    """Return the locked account of the owner. Raises invalid-account (403) if the caller is not the owner."""
    owner = _locked_owner()
    if owner is None or caller is None or owner.pk != caller.pk:
        raise DashboardError(ErrorCode.NOT_OWNER)
    return owner


def _locked_owner() -> Account | None:
    """Lock the owner's account before any other, so that of two concurrent transfers the second sees the first."""
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
        revoke_created_reset_codes(owner, actor)
    account.owner_since = timezone.now()
    account.administrator_since = account.administrator_since or account.owner_since
    account.save_fields("owner_since", "administrator_since")
    revoke_reset_codes(account, actor)
    record(Action.SET_OWNER_ACCOUNT, accountid, actor)
    return account
