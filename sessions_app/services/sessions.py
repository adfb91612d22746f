"""Every operation on sessions, one function each."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from accounts.services import lockout, password_verification
from dashboard.api.authentication import Credentials
from dashboard.cache import rows as cache
from dashboard.core import hashing
from dashboard.core.actor import Actor
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.db import prepared
from dashboard.models import ID_PATTERN
from events.models import Action
from events.services.recording import pending_event, record
from sessions_app.models import Session

SECONDS_BY_REMEMBER = {"hours": 28_800, "days": 2_592_000}
SECONDS = 1_200
REMEMBERED = 20_000

_accountid_of: dict[str, str] = {}


def create_session(username: str, password: str, remember: str, actor: Actor) -> Session:
    """Sign somebody in: a new session, which carries its `token` this once.

    It lasts 20 minutes, or 8 hours or 30 days where `remember` is "hours" or "days". Raises invalid-username (400
    missing, 401 unknown), account-locked (429) after too many wrong passwords, invalid-password (400 missing, 401
    wrong), invalid-account (403) while the account is scheduled for deletion.
    """
    return _signed_in(username, password, lambda account: _open(account, remember, actor), actor)


def create_administrator_session(username: str, password: str, remember: str, actor: Actor) -> Session:
    """As `create_session`, for administrators only. Raises invalid-account (403) for an account that is none."""

    def open_administrators(account: Account) -> Session:
        if account.administrator_since is None:
            raise DashboardError(ErrorCode.SIGN_IN_NOT_ADMINISTRATOR)
        return _open(account, remember, actor)

    return _signed_in(username, password, open_administrators, actor)


def _signed_in(username: str, password: str, open_session: Callable[[Account], Session], actor: Actor) -> Session:
    if not username:
        raise DashboardError(ErrorCode.USERNAME_MISSING)
    if not password:
        raise DashboardError(ErrorCode.PASSWORD_MISSING)
    return password_verification.with_verified_password(
        password_verification.authenticate(username, password, actor), password, open_session, actor
    )


def _open(account: Account, remember: str, actor: Actor) -> Session:
    if account.deleted_at:
        raise DashboardError(ErrorCode.SIGN_IN_DELETION_SCHEDULED)
    now = timezone.now()
    duration = SECONDS_BY_REMEMBER.get(remember, SECONDS)
    account.last_signed_in_at = now
    token = secrets.token_hex(32)
    session = Session(
        account=account,
        token_hash=hashing.token_hash(account.accountid, token, account.session_key),
        session_key_number=account.session_key_number,
        duration=duration,
        expires_at=now + timedelta(seconds=duration),
        last_verified_at=now,
        last_seen_at=now,
        ip_address=actor.ip_address,
        user_agent=actor.user_agent or "",
        created_at=now,
        updated_at=now,
    )
    prepared.execute_together(
        [
            account.pending_update("last_signed_in_at"),
            session.pending_insert(),
            pending_event(Action.CREATE_SESSION, account.accountid, actor, session.sessionid),
        ]
    )
    session.token = token
    return session


@transaction.atomic
def set_session_ended(sessionid: str, actor: Actor) -> Session:
    """End a session.

    Raises invalid-sessionid (400 missing, 404 unknown), invalid-session (409) for one that has ended, by request or by
    its time.
    """
    return _end(Session.objects.get_for_update(sessionid), actor)


@transaction.atomic
def set_own_session_ended(sessionid: str, accountid: str, actor: Actor) -> Session:
    """As `set_session_ended`, for one of this account's. Raises invalid-account (403) for another account's."""
    return _end(Session.objects.get_for_update_own(sessionid, accountid), actor)


def _end(session: Session, actor: Actor) -> Session:
    now = timezone.now()
    if session.is_ended(now):
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
    """End every active session of an account but this one; how many they were.

    Raises invalid-accountid (400 missing, 404 unknown).
    """
    account = Account.objects.get_for_update(accountid)
    ended = account.sessions.end_all(account, Action.END_OTHER_SESSIONS, actor, timezone.now(), but=sessionid)
    record(Action.END_OTHER_SESSIONS, accountid, actor, sessionid)
    return ended


def set_session_verified(sessionid: str, current: Session, username: str, password: str, actor: Actor) -> Session:
    """Somebody proves again, in their current session, who they are.

    Raises invalid-sessionid (400 missing, 404 unknown), invalid-account (403) for another account's, invalid-session
    (403) for another than the current one, invalid-username (400 missing, 401 unknown or another account's),
    invalid-password (400 missing, 401 wrong), account-locked (429), invalid-username-length or invalid-password-length
    (400) for one that is shorter than any.
    """
    Session.objects.get_or_refuse_own(sessionid, current.account_id)
    if sessionid != current.sessionid:
        raise DashboardError(ErrorCode.NOT_CURRENT_SESSION)
    if not username:
        raise DashboardError(ErrorCode.USERNAME_MISSING)
    if not password:
        raise DashboardError(ErrorCode.PASSWORD_MISSING)
    if len(username) < settings.MINIMUM_USERNAME_LENGTH:
        raise DashboardError(ErrorCode.USERNAME_LENGTH)
    if len(password) < settings.MINIMUM_PASSWORD_LENGTH:
        raise DashboardError(ErrorCode.PASSWORD_LENGTH)
    account = Account.objects.with_username(username).filter(pk=current.account_id).first()
    with lockout.record_failures(current.account, actor):
        if account is None:
            raise DashboardError(ErrorCode.USERNAME_NOT_OWN)
    return _prove(account, password, sessionid, actor)


def set_current_session_verified(current: Session, password: str, actor: Actor) -> Session:
    """As `set_session_verified` where nobody is asked for the username. Raises invalid-password (400 missing, 401
    wrong), account-locked (429)."""
    account = Account.objects.get_or_refuse(current.account_id)
    return _prove(account, password, current.sessionid, actor)


def _prove(account: Account, password: str, sessionid: str, actor: Actor) -> Session:
    password_verification.verify(account, password, actor)
    return password_verification.with_verified_password(account, password, lambda _: _verify(sessionid, actor), actor)


def _verify(sessionid: str, actor: Actor) -> Session:
    session = Session.objects.get_for_update(sessionid)
    session.last_verified_at = timezone.now()
    prepared.execute_together(
        [
            session.pending_update("last_verified_at"),
            pending_event(Action.SET_SESSION_VERIFIED, session.account_id, actor, sessionid),
        ]
    )
    return session


def session_of(credentials: Credentials, now: datetime, *ahead: str) -> tuple[Session | None, cache.Glance | None]:
    """The session that these credentials prove, with its account; None where it is not valid.

    It costs one round trip to the cache, or where that does not have both, one query more: also where what it has
    speaks against the session, since an entry may be older than a new session. The second result is what was seen
    there, also of the keys `ahead`, which somebody is going to read next.
    """
    if not ID_PATTERN.fullmatch(credentials.sessionid):
        return None, None
    accountid = _accountid_of.get(credentials.sessionid, "")
    session_key, account_key = Session.cache_key(credentials.sessionid), Account.cache_key(accountid)
    glance = cache.glance(session_key, account_key, *ahead)
    session, account = glance.row(Session, session_key), glance.row(Account, account_key)
    if session and account:
        session.account = account
        if _signs_in(session, credentials, now):
            return session, glance
    session = _read_with_account(credentials.sessionid, glance)
    return session if session and _signs_in(session, credentials, now) else None, glance


def _signs_in(session: Session, credentials: Credentials, now: datetime) -> bool:
    return session.is_valid(now) and session.is_proven_by(credentials.token)


def _read_with_account(sessionid: str, glance: cache.Glance) -> Session | None:
    session = Session.objects.select_related("account").filter(pk=sessionid).first()
    if session:
        glance.fill(Session.cache_key(sessionid), session)
        glance.fill(Account.cache_key(session.account_id), session.account)
        _remember(session)
    return session


def _remember(session: Session) -> None:
    """Whose a session is never changes, so that a process may remember it, and look at both rows at once."""
    if len(_accountid_of) >= REMEMBERED:
        _accountid_of.clear()
    _accountid_of[session.sessionid] = session.account_id


def session_on_behalf(accountid: str, sessionid: str, now: datetime) -> Session | None:
    """The session that the application server names, with its account; None where it is not valid any more.

    Raises invalid-accountid and invalid-sessionid (400 missing, 404 unknown), invalid-account (403) where it is
    another account's.
    """
    Account.objects.get_or_refuse(accountid)
    session = Session.objects.select_related("account").get_or_refuse_own(sessionid, accountid)
    return session if session.is_valid(now) else None
