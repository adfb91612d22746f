"""Username, password and session key of an account."""

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Account
from accounts.services import lockout, password_verification
from accounts.services.registration import refuse_taken
from dashboard.core import hashing
from dashboard.core.actor import Actor
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.db import prepared
from events.models import Action
from events.services.recording import pending_event, record


def own_account(accountid: str, caller: Account) -> Account:
    """The caller's own account, which `accountid` must name.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account (403) for another account's.
    """
    if accountid == caller.accountid:
        return caller
    Account.objects.get_or_refuse(accountid)
    raise DashboardError(ErrorCode.NOT_OWNED)


def set_account_username(accountid: str, new_username: str, password: str, actor: Actor) -> Account:
    """Somebody changes the name that they sign in with.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-new-username (400 missing), invalid-new-username-length
    (400), invalid-password (400 missing, 401 wrong), account-locked (429), duplicate-username (409).
    """
    account = Account.objects.get_or_refuse(accountid)
    if not new_username:
        raise DashboardError(ErrorCode.NEW_USERNAME_MISSING)
    if not settings.MINIMUM_USERNAME_LENGTH <= len(new_username) <= settings.MAXIMUM_USERNAME_LENGTH:
        raise DashboardError(ErrorCode.NEW_USERNAME_LENGTH)
    password_verification.verify(account, password, actor)

    def change(account: Account) -> Account:
        refuse_taken(new_username)
        account.username_hash = hashing.text_hashes(new_username)[0]
        account.username_last_changed_at = timezone.now()
        account.save_fields("username_hash", "username_last_changed_at")
        record(Action.SET_ACCOUNT_USERNAME, accountid, actor)
        return account

    try:
        return password_verification.with_verified_password(account, password, change, actor)
    except IntegrityError:  # two at once: the name was free a moment ago
        raise DashboardError(ErrorCode.USERNAME_TAKEN) from None


def set_account_password(accountid: str, new_password: str, password: str, sessionid: str, actor: Actor) -> Account:
    """Somebody changes their password: every session of theirs ends but this one.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-new-password (400 missing), invalid-new-password-length
    (400), invalid-password (400 missing, 401 wrong), account-locked (429).
    """
    account = Account.objects.get_or_refuse(accountid)
    if not new_password:
        raise DashboardError(ErrorCode.NEW_PASSWORD_MISSING)
    if not settings.MINIMUM_PASSWORD_LENGTH <= len(new_password) <= settings.MAXIMUM_PASSWORD_LENGTH:
        raise DashboardError(ErrorCode.NEW_PASSWORD_LENGTH)
    password_verification.verify(account, password, actor)
    new_hash = make_password(new_password)

    def change(account: Account) -> Account:
        now = timezone.now()
        account.password = new_hash
        account.password_last_changed_at = now
        account.save_fields("password", "password_last_changed_at")
        account.sessions.end_all(account, Action.SET_ACCOUNT_PASSWORD, actor, now, but=sessionid)
        record(Action.SET_ACCOUNT_PASSWORD, accountid, actor)
        return account

    return password_verification.with_verified_password(account, password, change, actor)


@transaction.atomic
def unlock_account(accountid: str, actor: Actor) -> Account:
    """Let an account's owner try to sign in again at once, however many wrong passwords there were.

    Raises invalid-accountid (400 missing, 404 unknown).
    """
    account = Account.objects.get_for_update(accountid)
    lockout.clear_failures(account)
    record(Action.UNLOCK_ACCOUNT, accountid, actor)
    return account


@transaction.atomic
def reset_session_key(accountid: str, actor: Actor) -> Account:
    """End every session of an account by giving it a new session key.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account (409) while it is scheduled for deletion.
    """
    account = Account.objects.get_for_update(accountid)
    if account.deleted_at:
        raise DashboardError(ErrorCode.DELETION_SCHEDULED)
    now = timezone.now()
    account.reset_session_key(now)
    account.sessions.end_all(account, Action.RESET_SESSION_KEY, actor, now)
    prepared.execute_together(
        [
            account.pending_update("session_key", "session_key_number", "session_key_last_reset_at"),
            pending_event(Action.RESET_SESSION_KEY, accountid, actor),
        ]
    )
    return account
