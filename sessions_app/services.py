"""Every operation on sessions, one function each."""

import secrets
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone

from accounts import passwords
from accounts.models import Account
from dashboard_project import keys
from dashboard_project.authentication import Credentials
from dashboard_project.errors import DashboardError, Refusal
from dashboard_project.models import ID_FORM
from sessions_app.models import Session

SECONDS_BY_REMEMBER = {"hours": 28_800, "days": 2_592_000}
SECONDS = 1_200


def create_session(username: str, password: str, remember: str) -> Session:
    """Sign somebody in: a new session, which carries its `token` this once.

    It lasts 20 minutes, or 8 hours or 30 days where `remember` is "hours" or "days". Raises invalid-username (400
    missing, 401 unknown), invalid-password (400 missing, 401 wrong), invalid-account (403) while the account is
    scheduled for deletion.
    """
    if not username:
        raise DashboardError(Refusal.USERNAME_MISSING)
    if not password:
        raise DashboardError(Refusal.PASSWORD_MISSING)
    account = passwords.signed_in(username, password)
    duration = SECONDS_BY_REMEMBER.get(remember, SECONDS)
    return passwords.with_proof(account, password, partial(_open, duration))


def _open(duration: int, account: Account) -> Session:
    if account.deleted_at:
        raise DashboardError(Refusal.SIGN_IN_SCHEDULED)
    now = timezone.now()
    account.last_signed_in_at = now
    account.store("last_signed_in_at")
    token = secrets.token_hex(32)
    session = Session(
        account=account,
        token_hash=keys.token_hash(account.accountid, token, account.session_key),
        session_key_number=account.session_key_number,
        duration=duration,
        expires_at=now + timedelta(seconds=duration),
        last_verified_at=now,
        created_at=now,
        updated_at=now,
    )
    session.save(force_insert=True)
    session.token = token
    return session


@transaction.atomic
def end_own_session(sessionid: str, accountid: str) -> Session:
    """End one of an account's sessions.

    Raises invalid-sessionid (400 missing, 404 unknown), invalid-account (403) for another account's, invalid-session
    (409) for one that has ended, by request or by its time.
    """
    session = Session.objects.select_for_update(of=("self",)).own(sessionid, accountid)
    now = timezone.now()
    if session.is_ended(now):
        raise DashboardError(Refusal.SESSION_ENDED)
    session.ended_at = now
    session.store("ended_at")
    return session


def session_of(credentials: Credentials, now: datetime) -> Session | None:
    """The session that these credentials prove, with its account, in one query; None where it is not valid."""
    if not ID_FORM.fullmatch(credentials.sessionid):
        return None
    session = Session.objects.select_related("account").filter(pk=credentials.sessionid).first()
    return session if session and session.is_valid(now) and session.is_proven_by(credentials.token) else None
