"""Create, check, verify and end sessions."""

import contextlib
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from accounts.services import authority, password_verification
from accounts.services.lockout import Lockout, SecondStepLockout
from accounts.validation import check_min_length, require
from dashboard.api.access.authentication import Credentials
from dashboard.cache.rows import Snapshot, row_cache
from dashboard.core.actor import Actor
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.db import prepared
from dashboard.models import ID_PATTERN, refuse_unless_owned
from events.models import Action
from events.services.recording import pending_event, record
from second_factors.services import challenges
from second_factors.services.proofs import Proof
from sessions_app import owners
from sessions_app.models import Session
from sessions_app.services import new_sessions

UNLIMITED = 2**31 - 1


def create_session(
    username: str, password: str, remember: str, actor: Actor, replaces: Credentials | None = None
) -> Session:
    """Sign in: return a new session, with its `token`, which is not stored.

    With END_REPLACED_SESSIONS, end the session that `replaces` proves: that of the cookies which the new ones replace.

    It lasts 20 minutes, or 8 hours or 30 days if `remember` is "hours" or "days". Raises invalid-username (400 missing,
    401 unknown), account-locked (429) after too many wrong passwords, too-many-requests (429), invalid-password (400
    missing, 401 wrong), invalid-account (403) while deletion of the account is scheduled, second-factor-required (401)
    for an account that has one: with the challenge for `complete_session`.
    """
    return _sign_in(username, password, remember, actor, replaces)


def create_administrator_session(
    username: str, password: str, remember: str, actor: Actor, replaces: Credentials | None = None
) -> Session:
    """Do what `create_session` does, for administrators. Raises as that does, and invalid-account (403) for others."""
    return _sign_in(username, password, remember, actor, replaces, check=_require_administrator)


def _sign_in(  # noqa: PLR0913  what a sign-in has
    username: str,
    password: str,
    remember: str,
    actor: Actor,
    replaces: Credentials | None,
    *,
    check: Callable[[Account], None] = lambda account: None,
) -> Session:
    """Create a session once the password is verified, and `check` has let the locked account pass."""
    require(username, ErrorCode.USERNAME_MISSING)
    require(password, ErrorCode.PASSWORD_MISSING)
    account = password_verification.authenticate(username, password, actor)
    new_sessions.check_rate(account, actor)
    demand: DashboardError | None = None
    with password_verification.verified_account(account, password, actor) as account:
        check(account)
        new_sessions.refuse_deleted(account)
        if account.second_factor_since:
            demand = challenges.ask(account, remember, actor)
        else:
            session = new_sessions.create(account, remember, actor)
    if demand:
        raise demand
    _end_replaced(replaces, actor.proven_as(account.accountid))
    return session


def complete_session(challenge: str, proof: Proof, actor: Actor, replaces: Credentials | None = None) -> Session:
    """Take the second step of a sign-in: return a new session, as `create_session` does.

    Raises invalid-challenge (400 missing, 401 unknown, used or expired), invalid-code (400 missing, 401 wrong),
    account-locked (429) after too many wrong passwords or codes, too-many-requests (429), invalid-account (403) while
    deletion of the account is scheduled.
    """
    return _complete(challenge, proof, actor, replaces)


def complete_administrator_session(
    challenge: str, proof: Proof, actor: Actor, replaces: Credentials | None = None
) -> Session:
    """Do what `complete_session` does, for administrators. Others are refused: administrator-required (403)."""
    return _complete(challenge, proof, actor, replaces, check=_require_administrator)


def _complete(
    challenge: str,
    proof: Proof,
    actor: Actor,
    replaces: Credentials | None,
    *,
    check: Callable[[Account], None] = lambda account: None,
) -> Session:
    account = challenges.admit(challenge, proof, actor, new_sessions.check_room)
    with SecondStepLockout(account, actor).recording(), transaction.atomic():
        account, remember = challenges.solve(account.accountid, challenge, proof, actor)
        check(account)
        new_sessions.refuse_deleted(account)
        session = new_sessions.create(account, remember, actor, used_second_factor=True)
    new_sessions.count_second_step(account)
    _end_replaced(replaces, actor.proven_as(account.accountid))
    return session


def _require_administrator(account: Account) -> None:
    if account.administrator_since is None:
        raise DashboardError(ErrorCode.SIGN_IN_NOT_ADMINISTRATOR)


def _end_replaced(replaces: Credentials | None, actor: Actor) -> None:
    """End the session of these credentials, also if it is idle."""
    if replaces is None or not settings.END_REPLACED_SESSIONS or not ID_PATTERN.fullmatch(replaces.sessionid):
        return
    replaced = Session.objects.find(replaces.sessionid, "account")
    if replaced and replaced.is_proven_by(replaces.token) and replaced.is_endable(timezone.now()):
        with contextlib.suppress(DashboardError):  # another request may have ended it already
            set_own_session_ended(replaced.sessionid, replaced.account_id, actor)


@transaction.atomic
def set_session_ended(sessionid: str, actor: Actor) -> Session:
    """End a session.

    Raises invalid-sessionid (400 missing, 404 unknown), invalid-account (403) for one of an account that the actor may
    not act on, invalid-session (409) for one that was ended or has expired. One that is idle is ended.
    """
    authority.require_authority(Session.objects.get_or_refuse(sessionid).account_id, actor)
    return _end(Session.objects.get_for_update(sessionid), actor)


@transaction.atomic
def set_own_session_ended(sessionid: str, accountid: str, actor: Actor) -> Session:
    """End a session of this account. Raises as `set_session_ended`, and invalid-account (403) for another's."""
    return _end(Session.objects.get_for_update_own(sessionid, accountid), actor)


def _end(session: Session, actor: Actor) -> Session:
    now = timezone.now()
    if not session.is_endable(now):
        raise DashboardError(ErrorCode.SESSION_ENDED)
    prepared.execute_together(
        [
            session.pending_end(Action.SET_SESSION_ENDED, actor, now),
            pending_event(Action.SET_SESSION_ENDED, session.account_id, actor, session.sessionid),
        ]
    )
    return session


@transaction.atomic
def end_other_sessions(accountid: str, sessionid: str, actor: Actor) -> int:
    """End all sessions of an account except this one, also idle ones. Return how many.

    Raises invalid-accountid (400 missing, 404 unknown).
    """
    account = Account.objects.get_for_update(accountid)
    ended = account.sessions.end_all(
        account, Action.END_OTHER_SESSIONS, actor, timezone.now(), but=sessionid, limit=UNLIMITED
    )
    record(Action.END_OTHER_SESSIONS, accountid, actor, sessionid)
    return ended


def set_session_verified(  # noqa: PLR0913  what the request has
    sessionid: str, current: Session, username: str, password: str, actor: Actor, *, renew_token: bool = False
) -> Session:
    """Verify username and password again, in the session of the request.

    With `renew_token` the session gets a new `token`, and the former one no longer proves it.

    Raises invalid-sessionid (400 missing, 404 unknown), invalid-account (403) for another account's session,
    invalid-session (403) for one other than `current`, invalid-username (400 missing, 401 unknown or another
    account's), invalid-password (400 missing, 401 wrong), account-locked (429), invalid-username-length or
    invalid-password-length (400) for one below the minimum length.
    """
    Session.objects.get_or_refuse_own(sessionid, current.account_id)
    if sessionid != current.sessionid:
        raise DashboardError(ErrorCode.NOT_CURRENT_SESSION)
    require(username, ErrorCode.USERNAME_MISSING)
    require(password, ErrorCode.PASSWORD_MISSING)
    check_min_length(username, "USERNAME", ErrorCode.USERNAME_LENGTH)
    check_min_length(password, "PASSWORD", ErrorCode.PASSWORD_LENGTH)
    account = Account.objects.with_username(username).filter(pk=current.account_id).first()
    if account is None:
        with Lockout(current.account, actor).recording():
            raise DashboardError(ErrorCode.USERNAME_NOT_OWN)
    return _reauthenticate(account, password, sessionid, actor, renew_token=renew_token)


def set_current_session_verified(
    current: Session, password: str, actor: Actor, *, renew_token: bool = False
) -> Session:
    """Verify only the password again. Raises invalid-password (400 missing, 401 wrong), account-locked (429)."""
    account = Account.objects.get_or_refuse(current.account_id)
    return _reauthenticate(account, password, current.sessionid, actor, renew_token=renew_token)


def _reauthenticate(account: Account, password: str, sessionid: str, actor: Actor, *, renew_token: bool) -> Session:
    password_verification.verify(account, password, actor)
    with password_verification.verified_account(account, password, actor) as locked:
        return _verify(locked, sessionid, actor, renew_token=renew_token)


def _verify(account: Account, sessionid: str, actor: Actor, *, renew_token: bool) -> Session:
    session = Session.objects.get_for_update(sessionid)
    session.account = account
    session.last_verified_at = timezone.now()
    if renew_token:
        session.renew_token()
    prepared.execute_together(
        [
            session.pending_update("last_verified_at", *(["token_hash"] if renew_token else [])),
            pending_event(Action.SET_SESSION_VERIFIED, session.account_id, actor, sessionid),
        ]
    )
    return session


def authenticate(credentials: Credentials, now: datetime, *ahead: str) -> tuple[Session | None, Snapshot | None]:
    """Return the valid session of these credentials with its account, or None; and the entries of the cache.

    That costs one round trip to the cache. If the cache lacks a row, or its rows refuse the session, it costs another
    query, because an entry may be older than a new session. `ahead` are keys of rows that the request is going to read
    next; they are looked up together with the session.
    """
    if not ID_PATTERN.fullmatch(credentials.sessionid):
        return None, None
    snapshot = row_cache.fetch(*cache_keys(credentials), *ahead)
    session = authenticate_from_cache(credentials, snapshot, now)
    if session:
        return session, snapshot
    session = _read_with_account(credentials.sessionid, snapshot)
    return session if session and _signs_in(session, credentials, now) else None, snapshot


def cache_keys(credentials: Credentials) -> tuple[str, str]:
    """Return the keys of the session and its account. An account that this process does not know has no entry."""
    return Session.cache_key(credentials.sessionid), owners.account_key(credentials.sessionid)


def authenticate_from_cache(credentials: Credentials, snapshot: Snapshot, now: datetime) -> Session | None:
    """Return the session of these credentials with its account if the cache has both, and they are valid.

    The keys of the snapshot begin with `cache_keys`. The account of the session is remembered for the next look-up.
    """
    session_key, account_key, *_ = snapshot.keys
    session, account = snapshot.row(Session, session_key), snapshot.row(Account, account_key)
    session = _with_account(session, account)
    return session if session and _signs_in(session, credentials, now) else None


def session_from_cache(sessionid: str, snapshot: Snapshot) -> Session | None:
    """Return a session with its account if the cache has both, and they tell whether the session has ended.

    The snapshot has the keys of both.
    """
    session = snapshot.row(Session, Session.cache_key(sessionid))
    if session is None:
        return None
    session = _with_account(session, snapshot.row(Account, Account.cache_key(session.account_id)))
    if session is None or session.session_key_number == session.account.session_key_number or session.ended_at:
        return session
    return None  # it may have ended with others: ask the database


def _with_account(session: Session | None, account: Account | None) -> Session | None:
    """Return a session with its account, or None where one of them is missing. Remember whose it is."""
    if session:
        owners.remember(session.sessionid, session.account_id)
    if not (session and account and session.account_id == account.accountid):
        return None
    if session._state.fields_cache.get("account") is not account:  # which the gateway has mostly set before
        session.account = account
    return session


def _signs_in(session: Session, credentials: Credentials, now: datetime) -> bool:
    return session.is_valid(now) and session.is_proven_by(credentials.token)


def _read_with_account(sessionid: str, snapshot: Snapshot) -> Session | None:
    session = Session.objects.find(sessionid, "account")
    if session:
        account_key = Account.cache_key(session.account_id)
        snapshot.populate({Session.cache_key(sessionid): session, account_key: session.account})
        owners.remember(sessionid, session.account_id)
    return session


def get_session_for_server(accountid: str, sessionid: str, now: datetime) -> Session | None:
    """Return the session that the application server names, with its account, or None if it is not valid.

    Raises invalid-accountid and invalid-sessionid (400 missing, 404 unknown), invalid-account (403) for another
    account's session.
    """
    Account.objects.get_or_refuse(accountid)
    session = refuse_unless_owned(Session.objects.get_with(sessionid, "account"), accountid)
    return session if session.is_valid(now) else None
