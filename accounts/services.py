"""Every operation on accounts and profiles, one function each. Rules stand in the order of the contract."""

from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import passwords
from accounts.models import Account, Profile
from accounts.profiles import Value, read_profile
from dashboard_project import keys
from dashboard_project.errors import DashboardError, Refusal


def own_account(accountid: str, caller: Account) -> Account:
    """The caller's own account, which `accountid` must name.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account (403) for another account's.
    """
    if accountid == caller.accountid:
        return caller
    Account.objects.by_id(accountid)
    raise DashboardError(Refusal.ANOTHERS)


def register(username: str, password: str, profile: Mapping[str, str]) -> Account:
    """Somebody makes an account for themselves; the first one of an APPID is the owner's.

    `profile` has the posted fields by their names on the wire, and counts where REQUIRE_PROFILE is on. Raises
    registration-disabled (403) where DISABLE_REGISTRATION is on, but for the first account, and as `create_account`.
    """
    if settings.DISABLE_REGISTRATION and Account.objects.exists():
        raise DashboardError(Refusal.REGISTRATION_DISABLED)
    _check_new_credentials(username, password)
    return _create(username, password, read_profile(profile) if settings.REQUIRE_PROFILE else None)


def create_account(username: str, password: str) -> Account:
    """An operator makes an account, without a profile; the first one of an APPID is the owner's.

    Raises invalid-username or invalid-password (400) for a missing one, invalid-username-length or
    invalid-password-length (400), duplicate-username (409).
    """
    _check_new_credentials(username, password)
    return _create(username, password, None)


def create_owner(username: str, password: str) -> Account:
    """As `create_account`, and the account becomes the owner's; who was owner stays administrator."""
    account = create_account(username, password)
    return account if account.owner_since else set_owner_account(account.accountid)


def _check_new_credentials(username: str, password: str) -> None:
    if not username:
        raise DashboardError(Refusal.USERNAME_MISSING)
    if not password:
        raise DashboardError(Refusal.PASSWORD_MISSING)
    if not settings.MINIMUM_USERNAME_LENGTH <= len(username) <= settings.MAXIMUM_USERNAME_LENGTH:
        raise DashboardError(Refusal.USERNAME_LENGTH)
    if not settings.MINIMUM_PASSWORD_LENGTH <= len(password) <= settings.MAXIMUM_PASSWORD_LENGTH:
        raise DashboardError(Refusal.PASSWORD_LENGTH)


def _create(username: str, password: str, profile: dict[str, Value] | None) -> Account:
    """Two at once may both find the name free, or themselves the first: a constraint lets one through."""
    _refuse_taken(username)
    password_hash = make_password(password)
    try:
        return _insert(username, password_hash, profile)
    except IntegrityError:
        _refuse_taken(username)
    return _insert(username, password_hash, profile)  # now there is an owner


def _refuse_taken(username: str) -> None:
    if Account.objects.with_username(username).exists():
        raise DashboardError(Refusal.USERNAME_TAKEN)


@transaction.atomic
def _insert(username: str, password_hash: str, profile: dict[str, Value] | None) -> Account:
    now = timezone.now()
    first = now if not Account.objects.exists() else None
    account = Account.objects.create(
        username_hash=keys.text_hashes(username)[0],
        password=password_hash,
        owner_since=first,
        administrator_since=first,
        created_at=now,
        updated_at=now,
    )
    if profile is not None:
        account.profile = Profile.objects.create(account=account, **profile)
        account.save(update_fields=["profile"])
    return account


@transaction.atomic
def set_administrator(accountid: str) -> Account:
    """Make an account an administrator's.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account (409) for one that is it already, or is
    scheduled for deletion.
    """
    account = Account.objects.locked(accountid)
    if account.administrator_since:
        raise DashboardError(Refusal.ALREADY_ADMINISTRATOR)
    if account.deleted_at:
        raise DashboardError(Refusal.SCHEDULED)
    account.administrator_since = timezone.now()
    account.store("administrator_since")
    return account


@transaction.atomic
def set_owner_account(accountid: str) -> Account:
    """An operator makes an account the owner's; it becomes an administrator's too, and who was owner stays one.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account (409) for the owner's, or one that is scheduled
    for deletion.
    """
    owner = _locked_owner()
    account = Account.objects.locked(accountid)
    if account.owner_since:
        raise DashboardError(Refusal.ALREADY_OWNER)
    if account.deleted_at:
        raise DashboardError(Refusal.SCHEDULED)
    if owner:
        owner.owner_since = None
        owner.store("owner_since")
    account.owner_since = timezone.now()
    account.administrator_since = account.administrator_since or account.owner_since
    account.store("owner_since", "administrator_since")
    return account


def _locked_owner() -> Account | None:
    """The owner, locked before anybody else, so that of two transfers at once the second sees what the first did."""
    while owner := Account.objects.owner().first():
        locked = Account.objects.locked(owner.accountid)
        if locked.owner_since:
            return locked
    return None


@transaction.atomic
def reset_session_key(accountid: str) -> Account:
    """End every session of an account by giving it a new session key.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account (409) while it is scheduled for deletion.
    """
    account = Account.objects.locked(accountid)
    if account.deleted_at:
        raise DashboardError(Refusal.SCHEDULED)
    now = timezone.now()
    account.reset_session_key(now)
    account.store("session_key", "session_key_number", "session_key_last_reset_at")
    account.sessions.end(now)
    return account


def schedule_own_deletion(accountid: str, password: str) -> Account:
    """Somebody schedules their own account for deletion, DELETE_DELAY days from now, and its sessions end.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-password (400 missing, 401 wrong), invalid-account
    (409) where it has been scheduled meanwhile.
    """
    account = Account.objects.by_id(accountid)
    if not password:
        raise DashboardError(Refusal.PASSWORD_MISSING)
    return passwords.with_proof(passwords.confirmed(account, password), password, _schedule_deletion)


def _schedule_deletion(account: Account) -> Account:
    if account.deleted_at:
        raise DashboardError(Refusal.SCHEDULED)
    now = timezone.now()
    account.deleted_at = now + timedelta(days=settings.DELETE_DELAY)
    account.store("deleted_at")
    account.sessions.end(now)
    return account


def restore_own_account(username: str, password: str) -> Account:
    """Somebody cancels the deletion of their own account, while its time has not come.

    Raises invalid-username (400 missing, 401 unknown), invalid-password (400 missing, 401 wrong),
    invalid-username-length or invalid-password-length (400) for one that is shorter than any, invalid-account (409)
    where the account is not scheduled for deletion or `deleted_at` has passed.
    """
    if not username:
        raise DashboardError(Refusal.USERNAME_MISSING)
    if len(username) < settings.MINIMUM_USERNAME_LENGTH:
        raise DashboardError(Refusal.USERNAME_LENGTH)
    if not password:
        raise DashboardError(Refusal.PASSWORD_MISSING)
    if len(password) < settings.MINIMUM_PASSWORD_LENGTH:
        raise DashboardError(Refusal.PASSWORD_LENGTH)
    return passwords.with_proof(passwords.signed_in(username, password), password, _restore)


def _restore(account: Account) -> Account:
    if not account.deleted_at or account.deleted_at <= timezone.now():
        raise DashboardError(Refusal.NOT_RESTORABLE)
    account.deleted_at = None
    account.store("deleted_at")
    return account
