"""Create accounts."""

import contextlib
import time
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import Account, Profile
from accounts.new_credentials import check_new_password, check_username_characters
from accounts.profile_fields import Value, read_profile
from accounts.services.concealment import answer_seconds, spend_hashes_for, wait_until
from accounts.services.roles import force_owner_account
from accounts.validation import check_length, require
from dashboard.core.actor import Actor, ActorKind
from dashboard.core.crypto import hashing
from dashboard.core.crypto.hashers import hash_password
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.text import normalize
from dashboard.db import prepared
from events.models import Action
from events.services.recording import pending_event

FIRST_REGISTRATION_LOCK = 20_261_128  # of pg_advisory_xact_lock, which FOLD_LOCK of dashboard.db.counts takes, too


def create_account(username: str, password: str, profile: Mapping[str, str], actor: Actor) -> Account:
    """Create an account. With FIRST_ACCOUNT_IS_OWNER, and by an operator, the first one of an APPID is the owner's.

    `profile` maps the names of profile fields on the wire to their values. With REQUIRE_PROFILE it becomes the default
    profile. An operator is bound neither by that nor by DISABLE_REGISTRATION. Raises registration-disabled (403), with
    ALLOW_FIRST_REGISTRATION unless the account is the first; invalid-username or invalid-password (400) for a missing
    one, invalid-username-length or invalid-password-length (400); invalid-username (400) for characters that
    `check_username_characters` refuses; weak-password (400); as `read_profile`; duplicate-username (409), unless
    HIDE_ACCOUNT_EXISTENCE answers as if the account had been created.
    """
    by_operator = actor.kind is ActorKind.COMMAND_LINE
    if not by_operator:
        _refuse_closed()
    username, password = normalize(username), normalize(password)
    _check_credentials(username, password)
    columns = read_profile(profile) if settings.REQUIRE_PROFILE and not by_operator else None
    if settings.HIDE_ACCOUNT_EXISTENCE and not by_operator:
        return _create_concealed(username, password, columns, actor)
    return _create(username, password, columns, actor)


def _create_concealed(username: str, password: str, columns: dict[str, Value] | None, actor: Actor) -> Account:
    """Create an account, or return one that does not exist if the username is taken. Both take the same time."""
    seconds = answer_seconds()
    due = time.monotonic() + seconds
    try:
        return _create(username, password, columns, actor)
    except DashboardError as error:
        if error.error_code is not ErrorCode.USERNAME_TAKEN:
            raise
        spend_hashes_for(error)
        return _new_account(username, "", columns, None)
    finally:
        wait_until(due)


def _create(username: str, password: str, columns: dict[str, Value] | None, actor: Actor) -> Account:
    refuse_taken(username)
    return _store(username, hash_password(password), columns, actor)


def _store(username: str, password_hash: str, columns: dict[str, Value] | None, actor: Actor) -> Account:
    by_operator = actor.kind is ActorKind.COMMAND_LINE
    for _ in range(2):  # a concurrent request may have taken the username, or become the owner
        with contextlib.suppress(IntegrityError):
            return _insert(username, password_hash, columns, actor)
        if not by_operator:
            _refuse_closed()
        refuse_taken(username)
    return _insert(username, password_hash, columns, actor)


def create_owner_account(username: str, password: str, actor: Actor) -> Account:
    """Create an account for an operator and make it the owner. A former owner stays an administrator.

    Raises as `create_account`.
    """
    username, password = normalize(username), normalize(password)
    _check_credentials(username, password)
    refuse_taken(username)
    password_hash = hash_password(password)  # before the transaction, because bcrypt is slow
    with transaction.atomic():
        account = _store(username, password_hash, None, actor)
        return account if account.owner_since else force_owner_account(account.accountid, actor)


def _check_credentials(username: str, password: str) -> None:
    require(username, ErrorCode.USERNAME_MISSING)
    require(password, ErrorCode.PASSWORD_MISSING)
    check_length(username, "USERNAME", ErrorCode.USERNAME_LENGTH)
    check_length(password, "PASSWORD", ErrorCode.PASSWORD_LENGTH)
    check_username_characters(username, ErrorCode.USERNAME_CHARACTERS)
    check_new_password(password, username)


def has_accounts() -> bool:
    """Return whether there is an account yet."""
    return Account.objects.exists()


def makes_first_account_owner() -> bool:
    """Return whether the first account to register becomes the owner. Otherwise only an operator creates one."""
    is_open = not settings.DISABLE_REGISTRATION or settings.ALLOW_FIRST_REGISTRATION
    return settings.FIRST_ACCOUNT_IS_OWNER and is_open


def _refuse_closed() -> None:
    if settings.DISABLE_REGISTRATION and not (settings.ALLOW_FIRST_REGISTRATION and not has_accounts()):
        raise DashboardError(ErrorCode.REGISTRATION_DISABLED)


def _await_others() -> None:
    """Where only the first account may register, wait for others that do. Raises registration-disabled (403).

    The transaction keeps the lock. On SQLite it has that of all writes from its beginning (IMMEDIATE).
    """
    if settings.DISABLE_REGISTRATION and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FIRST_REGISTRATION_LOCK])
    _refuse_closed()


def refuse_taken(username: str) -> None:
    """Raise duplicate-username (409) if an account has this username."""
    if Account.objects.with_username(username).exists():
        raise DashboardError(ErrorCode.USERNAME_TAKEN)


@transaction.atomic
def _insert(username: str, password_hash: str, profile: dict[str, Value] | None, actor: Actor) -> Account:
    by_operator = actor.kind is ActorKind.COMMAND_LINE
    if not by_operator:
        _await_others()
    may_own = settings.FIRST_ACCOUNT_IS_OWNER or by_operator
    first = timezone.now() if may_own and not has_accounts() else None
    account = _new_account(username, password_hash, profile, first)
    event = pending_event(Action.CREATE_ACCOUNT, account.accountid, actor.proven_as(account.accountid))
    changes = [account.pending_insert(), event]
    if account.profile:  # account and profile refer to each other; the database checks that on commit
        changes.append(account.profile.pending_insert())
    prepared.execute_together(changes)
    return account


def _new_account(
    username: str, password_hash: str, profile: dict[str, Value] | None, owner_since: datetime | None
) -> Account:
    """Return an account that is not stored yet, with its default profile if there is one."""
    now = timezone.now()
    account = Account(
        username_hash=hashing.text_hashes(username)[0],
        password=password_hash,
        owner_since=owner_since,
        administrator_since=owner_since,
        created_at=owner_since or now,
        updated_at=owner_since or now,
    )
    if profile is not None:
        account.profile = Profile(account=account, **profile)
    return account
