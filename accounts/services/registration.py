"""Making accounts."""

import contextlib
from collections.abc import Mapping

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Account, Profile
from accounts.profile_fields import Value, read_profile
from accounts.services.roles import force_owner_account
from dashboard.core import hashing
from dashboard.core.actor import Actor, ActorKind
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.db import prepared
from events.models import Action
from events.services.recording import pending_event


def create_account(username: str, password: str, profile: Mapping[str, str], actor: Actor) -> Account:
    """Make an account; the first one of an APPID is the owner's.

    `profile` has the posted fields by their names on the wire; where REQUIRE_PROFILE is on they make the default
    profile. Neither that nor DISABLE_REGISTRATION binds an operator. Raises registration-disabled (403), unless the
    account is the first; invalid-username or invalid-password (400) for a missing one, invalid-username-length or
    invalid-password-length (400); as `read_profile`; duplicate-username (409).
    """
    by_operator = actor.kind is ActorKind.COMMAND_LINE
    if not by_operator:
        _refuse_closed()
    _check_credentials(username, password)
    columns = read_profile(profile) if settings.REQUIRE_PROFILE and not by_operator else None
    refuse_taken(username)
    password_hash = make_password(password)
    for _ in range(2):  # two at once: the name was free a moment ago, or there was no owner
        with contextlib.suppress(IntegrityError):
            return _insert(username, password_hash, columns, actor)
        if not by_operator:
            _refuse_closed()
        refuse_taken(username)
    return _insert(username, password_hash, columns, actor)


@transaction.atomic
def create_owner_account(username: str, password: str, actor: Actor) -> Account:
    """As `create_account`, and the account becomes the owner's; who was owner stays an administrator."""
    account = create_account(username, password, {}, actor)
    return account if account.owner_since else force_owner_account(account.accountid, actor)


def _check_credentials(username: str, password: str) -> None:
    if not username:
        raise DashboardError(ErrorCode.USERNAME_MISSING)
    if not password:
        raise DashboardError(ErrorCode.PASSWORD_MISSING)
    if not settings.MINIMUM_USERNAME_LENGTH <= len(username) <= settings.MAXIMUM_USERNAME_LENGTH:
        raise DashboardError(ErrorCode.USERNAME_LENGTH)
    if not settings.MINIMUM_PASSWORD_LENGTH <= len(password) <= settings.MAXIMUM_PASSWORD_LENGTH:
        raise DashboardError(ErrorCode.PASSWORD_LENGTH)


def _refuse_closed() -> None:
    if settings.DISABLE_REGISTRATION and Account.objects.exists():
        raise DashboardError(ErrorCode.REGISTRATION_DISABLED)


def refuse_taken(username: str) -> None:
    """Raises duplicate-username (409) where an account has this name."""
    if Account.objects.with_username(username).exists():
        raise DashboardError(ErrorCode.USERNAME_TAKEN)


@transaction.atomic
def _insert(username: str, password_hash: str, profile: dict[str, Value] | None, actor: Actor) -> Account:
    now = timezone.now()
    first = now if not Account.objects.exists() else None
    account = Account(
        username_hash=hashing.text_hashes(username)[0],
        password=password_hash,
        owner_since=first,
        administrator_since=first,
        created_at=now,
        updated_at=now,
    )
    changes = [account.pending_insert(), pending_event(Action.CREATE_ACCOUNT, account.accountid, actor)]
    if profile is not None:  # each refers to the other: the database checks that at the end of the transaction
        account.profile = Profile(account=account, **profile)
        changes.append(account.profile.pending_insert())
    prepared.execute_together(changes)
    return account
