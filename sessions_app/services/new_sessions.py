"""New sessions, which every sign-in creates once it has proven the account."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from accounts.models import Account
from dashboard.cache.rate_limits import rate_limiter
from dashboard.core.actor import Actor
from dashboard.core.crypto import hashing
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.db import prepared
from events.models import Action
from events.services.recording import pending_event
from sessions_app.models import Session
from sessions_app.services.limit import end_oldest_sessions

RATE_SCOPE = "sessions"
DEFAULT_SECONDS = 1_200
SECONDS_BY_REMEMBER = {"hours": 28_800, "days": 2_592_000}


def check_rate(account: Account, actor: Actor) -> None:
    """Count a right password. Raise too-many-requests (429) where an account has had RATE_LIMIT_SESSIONS of them.

    If a second step follows, count for each network apart: somebody who has only the password must not keep out those
    who have the factor, too.
    """
    identity = f"{account.accountid} {actor.network}" if account.second_factor_since else account.accountid
    if settings.RATE_LIMITS and (exceeded := rate_limiter.hit(RATE_SCOPE, settings.RATE_LIMIT_SESSIONS, identity)):
        raise exceeded.error()


def check_room(account: Account) -> None:
    """Raise too-many-requests (429) where an account has had RATE_LIMIT_SESSIONS new sessions by a second step."""
    if settings.RATE_LIMITS and (
        exceeded := rate_limiter.reached(RATE_SCOPE, settings.RATE_LIMIT_SESSIONS, account.accountid)
    ):
        raise exceeded.error()


def count_second_step(account: Account) -> None:
    """Count a new session for `check_room`. This calls Redis: never do it with a row locked."""
    if settings.RATE_LIMITS:
        rate_limiter.hit(RATE_SCOPE, settings.RATE_LIMIT_SESSIONS, account.accountid)


def refuse_deleted(account: Account) -> None:
    """Raise invalid-account (403) while deletion of the account is scheduled."""
    if account.deleted_at:
        raise DashboardError(ErrorCode.SIGN_IN_DELETION_SCHEDULED)


def create(account: Account, remember: str, actor: Actor, *, used_second_factor: bool = False) -> Session:
    """Create a session of an account, whose row is locked. Its `token` is set here, and is not stored."""
    now, token = timezone.now(), secrets.token_hex(32)
    end_oldest_sessions(account, actor.proven_as(account.accountid), now)
    session = _new_session(account, token, SECONDS_BY_REMEMBER.get(remember, DEFAULT_SECONDS), actor, now)
    session.second_factor_at = now if used_second_factor else None
    account.last_signed_in_at = now
    prepared.execute_together(
        [
            account.pending_update("last_signed_in_at"),
            session.pending_insert(),
            pending_event(
                Action.CREATE_SESSION, account.accountid, actor.proven_as(account.accountid), session.sessionid
            ),
        ]
    )
    session.token = token
    return session


def _new_session(account: Account, token: str, seconds: int, actor: Actor, now: datetime) -> Session:
    return Session(
        account=account,
        token_hash=hashing.token_hash(account.accountid, token, account.session_key),
        session_key_number=account.session_key_number,
        duration=seconds,
        expires_at=now + timedelta(seconds=seconds),
        last_verified_at=now,
        last_seen_at=now,
        ip_address=actor.ip_address,
        user_agent=actor.user_agent or "",
        created_at=now,
        updated_at=now,
    )
