"""Reset codes that a service creates as itself, for people who say they forgot their password.

Anybody can ask an application for such a code, for any account. So it does not end a lockout, which would give a
password guesser new attempts, and it is limited by account. An account that has as many codes as it may have loses the
oldest one of a service, so that others cannot keep the account's user from getting one. Accounts with a role get none:
the rule of `accounts.services.authority` for services.
"""

from django.conf import settings
from django.db import transaction

from accounts.models import Account
from accounts.services import authority
from accounts.services.reset_code_revocation import delete_reset_codes
from accounts.validation import require
from dashboard.cache.rate_limits import rate_limiter
from dashboard.core.actor import Actor
from dashboard.core.errors import DashboardError, ErrorCode
from resetcodes.models import ResetCode
from resetcodes.services.reset_codes import insert_reset_code, working_codes
from resetcodes.services.secret_codes import MAILED


def create_reset_code_by_service(accountid: str, username: str, actor: Actor) -> tuple[ResetCode, str]:
    """Create a random code for the account with this id or, where that is empty, with this username.

    Return the row and the code, which works for an hour. Raises invalid-accountid (404 unknown), invalid-username (400
    missing, 404 unknown), invalid-account: 403 for one with a role, 409 while deletion is scheduled; too-many-requests
    (429) after RATE_LIMIT_RESET_CODES for the account, too-many-reset-codes (409).
    """
    accountid = accountid or _accountid_of(username)
    with transaction.atomic():
        _lock(accountid, actor)  # a request that is refused is not counted
    _check_rate(accountid)
    with transaction.atomic():
        account = _lock(accountid, actor)  # a role or a deletion may have come meanwhile
        _make_room(account, actor)
        secret_code = MAILED.generate()
        return insert_reset_code(account, secret_code, actor, MAILED), secret_code


def _accountid_of(username: str) -> str:
    require(username, ErrorCode.USERNAME_MISSING)
    account = Account.objects.by_username(username)
    if account is None:
        raise DashboardError(ErrorCode.NAMED_USERNAME_UNKNOWN)
    return str(account.pk)


def _lock(accountid: str, actor: Actor) -> Account:
    """Return the locked account, unless a service may not create a code for it."""
    account = authority.get_administered(accountid, actor)
    if account.deleted_at:
        raise DashboardError(ErrorCode.DELETION_SCHEDULED)
    return account


def _check_rate(accountid: str) -> None:
    """Count a code, or raise too-many-requests (429). This calls Redis: never do it with a row locked."""
    if not settings.RATE_LIMITS:
        return
    if exceeded := rate_limiter.hit("reset-codes-by-services", settings.RATE_LIMIT_RESET_CODES, accountid):
        raise exceeded.error()


def _make_room(account: Account, actor: Actor) -> None:
    """Delete the oldest codes of services where there are too many. Raises too-many-reset-codes (409)."""
    if not settings.MAXIMUM_RESET_CODES:
        return
    codes = working_codes(account)
    excess = len(codes) - settings.MAXIMUM_RESET_CODES + 1
    if excess <= 0:
        return
    of_services = sorted((it for it in codes if it.created_by_credential_id), key=lambda it: it.created_at)
    if len(of_services) < excess:
        raise DashboardError(ErrorCode.TOO_MANY_RESET_CODES)
    delete_reset_codes(ResetCode.objects.filter(pk__in=[it.pk for it in of_services[:excess]]), actor)
