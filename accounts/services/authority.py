"""Who may act on whose account: one rule for the API, the site, bulk operations and the application server.

Everybody may act on their own account, and operators on all. An administrator may act on accounts without a role; on an
administrator's account and on the owner's, only the owner. Otherwise every administrator could become the owner, by a
reset code for the owner's account. An owner who cannot sign in needs an operator, see docs/operations.md.

PROTECT_ADMINISTRATORS=false turns the rule off, as in the contract of the Node Dashboard, except for a service that
calls as itself: it has the authority of an administrator over accounts without a role, and no other.
"""

from collections.abc import Callable

from django.conf import settings

from accounts.models import Account
from accounts.validation import require
from dashboard.core.actor import Actor, ActorKind
from dashboard.core.errors import DashboardError, ErrorCode


def get_administered(accountid: str, actor: Actor) -> Account:
    """Return the locked account if the actor may act on it.

    Raises invalid-accountid (400 missing, 404 unknown), and as `require_authority`; TransactionManagementError outside
    a transaction.
    """
    return require_authority(accountid, actor) or Account.objects.get_for_update(accountid)


def require_authority(accountid: str, actor: Actor) -> Account | None:
    """Raise invalid-account (403) if the actor may not act on this account.

    Return the locked account, or None if no check was needed. Raises as `lock_with_administrator`, too.
    """
    if actor.kind is ActorKind.SERVICE:
        return _account_without_role(accountid)
    if actor.accountid in (None, accountid):
        return None
    require(accountid, ErrorCode.ACCOUNTID_MISSING)
    if settings.PROTECT_ADMINISTRATORS:
        return lock_with_administrator(accountid, actor, _refuse_protected)
    return _lock_for_any_administrator(accountid, actor)


def _lock_for_any_administrator(accountid: str, actor: Actor) -> Account:
    """Return the locked account if the actor has the role, which nobody can revoke before the transaction ends.

    The rows are locked in the order of their ids: otherwise two who act on each other would wait for each other.
    """
    if accountid < (actor.accountid or ""):
        account = Account.objects.get_for_update(accountid)
        lock_administrator(actor)
        return account
    lock_administrator(actor)
    return Account.objects.get_for_update(accountid)


def lock_with_administrator(accountid: str, actor: Actor, refuse: Callable[[Account, Account], None]) -> Account:
    """Return the locked account, after `refuse` was called with it and the acting administrator's account.

    The administrator's own row is locked first, so that a role that was revoked meanwhile is noticed:
    administrator-required (403). Two administrators cannot deadlock if `refuse` raises an error for administrators:
    the account is locked together with the administrator's row unless others have locked it, and is refused
    before waiting for its lock. Raises invalid-accountid (400 missing, 404 unknown).
    """
    both = Account.objects.find_for_share_and_update(actor.accountid or "", accountid)
    administrator, account = _require_role(both[0]), both[1]
    if account is None:
        refuse(Account.objects.get_cached(accountid), administrator)
        account = Account.objects.get_for_update(accountid)
    refuse(account, administrator)
    return account


def _account_without_role(accountid: str) -> Account:
    """Return the locked account. Raises invalid-accountid, and invalid-account (403) for one with a role."""
    account = Account.objects.get_for_update(accountid)
    if account.administrator_since:
        raise DashboardError(ErrorCode.ADMINISTRATOR_PROTECTED)
    return account


def lock_administrator(actor: Actor) -> Account:
    """Return the acting administrator's account, whose role nobody can revoke before the transaction ends.

    All requests of one administrator share that lock. Raises administrator-required (403) without the role.
    """
    return _require_role(Account.objects.find_for_share(actor.accountid or ""))


def require_owner(actor: Actor) -> None:
    """Raise invalid-account (403) for anybody but operators and the signed-in owner.

    A service may not do this, even on behalf of the owner: it could make its own authority permanent.
    """
    if actor.kind is ActorKind.COMMAND_LINE:
        return
    if actor.kind is not ActorKind.ACCOUNT or not lock_administrator(actor).owner_since:
        raise DashboardError(ErrorCode.NOT_OWNER)


def _require_role(administrator: Account | None) -> Account:
    if administrator is None or not administrator.administrator_since or administrator.deleted_at:
        raise DashboardError(ErrorCode.ADMINISTRATOR_REQUIRED)
    return administrator


def may_act_on(account: Account, administrator: Account) -> bool:
    """Return whether the rule allows an administrator to act on this account."""
    is_protected = settings.PROTECT_ADMINISTRATORS and account.administrator_since is not None
    return not is_protected or administrator.owner_since is not None or account.pk == administrator.pk


def _refuse_protected(account: Account, administrator: Account) -> None:
    if not may_act_on(account, administrator):
        raise DashboardError(ErrorCode.ADMINISTRATOR_PROTECTED)
