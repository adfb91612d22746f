"""Change the username, password or session key of an account."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Account
from accounts.new_credentials import check_new_password_of, check_username_characters
from accounts.services import password_verification
from accounts.services.access_ending import end_access
from accounts.services.authority import get_administered
from accounts.services.lockout import Lockout
from accounts.services.registration import refuse_taken
from accounts.validation import check_length, require
from dashboard.core.actor import Actor
from dashboard.core.crypto import hashing
from dashboard.core.crypto.hashers import hash_password
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.text import normalize
from events.models import Action
from events.services.recording import record


def own_account(accountid: str, caller: Account) -> Account:
    """Return the caller's account if `accountid` names it.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account (403) for another's.
    """
    if accountid == caller.accountid:
        return caller
    Account.objects.get_or_refuse(accountid)
    raise DashboardError(ErrorCode.NOT_OWNED)


def set_account_username(accountid: str, new_username: str, password: str, actor: Actor) -> Account:
    """Change the username of an account, verified by its password.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-new-username (400 missing, or characters that
    `check_username_characters` refuses), invalid-new-username-length (400), invalid-password (400 missing, 401 wrong),
    account-locked (429), duplicate-username (409).
    """
    account, new_username = Account.objects.get_or_refuse(accountid), normalize(new_username)
    require(new_username, ErrorCode.NEW_USERNAME_MISSING)
    check_length(new_username, "USERNAME", ErrorCode.NEW_USERNAME_LENGTH)
    check_username_characters(new_username, ErrorCode.NEW_USERNAME_CHARACTERS)
    password_verification.verify(account, password, actor)
    try:
        with password_verification.verified_account(account, password, actor) as account:
            return _set_username(account, new_username, actor)
    except IntegrityError:  # a concurrent request has taken the username since `refuse_taken`
        raise DashboardError(ErrorCode.USERNAME_TAKEN) from None


def _set_username(account: Account, new_username: str, actor: Actor) -> Account:
    refuse_taken(new_username)
    account.username_hash = hashing.text_hashes(new_username)[0]
    account.username_last_changed_at = timezone.now()
    account.save_fields("username_hash", "username_last_changed_at")
    record(Action.SET_ACCOUNT_USERNAME, account.accountid, actor)
    return account


def set_account_password(accountid: str, new_password: str, password: str, sessionid: str, actor: Actor) -> Account:
    """Change the password of an account, verified by the current one, and end all its sessions except `sessionid`.

    Its unused reset codes are deleted.
    Raises invalid-accountid (400 missing, 404 unknown), invalid-new-password (400 missing), invalid-new-password-length
    (400), weak-password (400), invalid-password (400 missing, 401 wrong), account-locked (429).
    """
    account, new_password = Account.objects.get_or_refuse(accountid), normalize(new_password)
    require(new_password, ErrorCode.NEW_PASSWORD_MISSING)
    check_length(new_password, "PASSWORD", ErrorCode.NEW_PASSWORD_LENGTH)
    check_new_password_of(account, new_password)
    password_verification.verify(account, password, actor)
    new_hash = hash_password(new_password)  # before the row is locked, because bcrypt is slow
    with password_verification.verified_account(account, password, actor) as account:
        return _set_password(account, new_hash, sessionid, actor)


def _set_password(account: Account, new_hash: str, sessionid: str, actor: Actor) -> Account:
    now = timezone.now()
    account.password = new_hash
    account.password_last_changed_at = now
    fields = ("password", "password_last_changed_at")
    end_access(account, Action.SET_ACCOUNT_PASSWORD, actor, now, fields=fields, but=sessionid)
    return account


@transaction.atomic
def unlock_account(accountid: str, actor: Actor) -> Account:
    """End the lockout of an account. Raises invalid-accountid (400 missing, 404 unknown), invalid-account (403)."""
    account = get_administered(accountid, actor)
    Lockout(account, actor).unlock()
    record(Action.UNLOCK_ACCOUNT, accountid, actor)
    return account


@transaction.atomic
def reset_session_key(accountid: str, actor: Actor) -> Account:
    """Give an account a new session key, which ends all its sessions, and delete its unused reset codes.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account (403) as `get_administered`, invalid-account
    (409) while deletion is scheduled.
    """
    account = get_administered(accountid, actor)
    if account.deleted_at:
        raise DashboardError(ErrorCode.DELETION_SCHEDULED)
    end_access(account, Action.RESET_SESSION_KEY, actor, timezone.now(), new_key=True)
    return account
