"""Sessions that end by a row of their account, while people sign in, and while purges write the rows."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Account
from accounts.services import credentials
from dashboard.core.actor import Actor
from sessions_app import models
from sessions_app.models import ROWS_AT_ONCE, Session
from sessions_app.revocations import Revocation
from sessions_app.services import purging, sessions
from tests.client import ApiClient
from tests.concurrency.concurrent import (
    SOMEBODY,
    SUCCESS,
    locked_row,
    locked_session,
    run_concurrently,
    waiting_connections,
)
from tests.concurrency.test_purges import kill, no_deletions, nobody_else_is_at_work, started, wait_until
from tests.factories import PASSWORD, TOKEN, AccountFactory, SessionFactory

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

OPERATOR = Actor.command_line()
PURGE = ("purge_sessions", "--older-than", "90d")


@pytest.fixture
def account() -> Account:
    made: Account = AccountFactory(username="somebody")
    return made


@pytest.fixture
def _by_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "ROWS_AT_ONCE", 0)


def status(session: Session, token: str = TOKEN) -> int:
    session.token = token
    return int(ApiClient(session).get("user/session", sessionid=session.pk).status_code)


def sign_in() -> Session:
    return sessions.create_session("somebody", PASSWORD, "", SOMEBODY)


def with_many_sessions(account: Account, count: int) -> None:
    columns = SessionFactory.build(account=account).__dict__
    columns = {name: value for name, value in columns.items() if name not in ("_state", "sessionid", "token")}
    Session.objects.bulk_create(Session(**columns) for _ in range(count))


@pytest.mark.usefixtures("_by_account")
@pytest.mark.parametrize("first", ["sign-in", "revocation"])
@pytest.mark.parametrize(
    "end", [credentials.reset_session_key, lambda pk, actor: sessions.end_other_sessions(pk, "", actor)]
)
def test_a_sign_in_comes_before_or_after(account: Account, end: Callable[..., Any], first: str) -> None:
    """Both orders, which the lock of the account decides; what was made before has ended, what comes after is valid."""
    old, made = SessionFactory.create_batch(2, account=account), []
    operations = [lambda: made.append(sign_in()), partial(end, account.pk, OPERATOR)]
    if first == "revocation":
        operations.reverse()
    assert run_concurrently(locked_row(account), *operations) == {SUCCESS: 2}
    assert [status(it) for it in old] == [401, 401]
    [session] = made
    revocation = Revocation.objects.get()
    was_before = session.session_key_number == revocation.session_key_number
    assert status(session, session.token) == (401 if was_before else 200)
    assert set(Session.objects.active(timezone.now())) == (set() if was_before else {session})


@pytest.mark.usefixtures("_by_account")
def test_two_that_end_each_other_end_both_or_one_stays(account: Account) -> None:
    """As with rows: the second request was let in before its session ended."""
    one, other, third = SessionFactory.create_batch(3, account=account)
    ends = [partial(sessions.end_other_sessions, account.pk, it.pk, OPERATOR) for it in (one, other)]
    assert run_concurrently(locked_row(account), *ends) == {SUCCESS: 2}
    assert [status(it) for it in (one, other, third)] == [401, 401, 401]
    assert not Session.objects.active(timezone.now()).exists()
    assert Revocation.objects.count() == 2


@pytest.mark.usefixtures("_by_account")
def test_a_session_that_is_ended_meanwhile_is_refused(account: Account) -> None:
    """Whoever waits for the session's row finds out that the account has ended it, and leaves the row alone."""
    session = SessionFactory(account=account)
    SessionFactory.create_batch(2, account=account)
    credentials.reset_session_key(account.pk, OPERATOR)
    end = partial(sessions.set_session_ended, session.pk, OPERATOR)
    done = run_concurrently(locked_session(session), end, end)
    assert done == {("invalid-session", 409): 2}


def test_rows_that_somebody_else_has_locked_are_written_the_next_time(account: Account) -> None:
    with_many_sessions(account, ROWS_AT_ONCE + 1)
    credentials.reset_session_key(account.pk, OPERATOR)
    locked = account.sessions.first()
    assert locked

    def write() -> tuple[int, bool]:
        written = sum(purging.write_revocations())
        return written, Revocation.objects.get().written_at is None

    with locked_session(locked):
        outcome = in_a_thread(write)
    assert outcome == (ROWS_AT_ONCE, True)
    assert write() == (1, False)


def in_a_thread(operation: Callable[[], Any]) -> Any:
    """Run an operation on a connection of its own."""

    def run() -> Any:
        try:
            return operation()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


@pytest.mark.process
def test_of_two_purges_one_finishes_after_the_other_was_killed(account: Account) -> None:
    count = 4 * ROWS_AT_ONCE + 200
    with_many_sessions(account, count)
    credentials.reset_session_key(account.pk, OPERATOR)
    assert not Session.objects.exclude(ended_at=None).exists()
    with no_deletions():
        killed, other = started(*PURGE), started(*PURGE)
        wait_until(lambda: waiting_connections() == 2)  # each has some rows of its own in its hands
        assert kill(killed) == ""
    assert other.communicate(timeout=300) == ("0 sessions deleted\n", "")
    wait_until(nobody_else_is_at_work)
    left = Session.objects.filter(ended_at=None).count()
    assert left in (0, ROWS_AT_ONCE)  # what the killed one had in its hands may be free again before the other is done
    assert not Session.objects.active(timezone.now()).exists()
    assert started(*PURGE).communicate(timeout=300) == ("0 sessions deleted\n", "")
    revocation = Revocation.objects.get()
    assert revocation.written_at is not None
    assert Session.objects.filter(ended_at=revocation.at, ended_by_action="reset-session-key").count() == count


def test_two_purges_at_once_write_each_row_once(account: Account) -> None:
    count = 4 * ROWS_AT_ONCE + 1
    with_many_sessions(account, count)
    credentials.reset_session_key(account.pk, OPERATOR)
    written: list[int] = []

    def purge() -> None:
        written.append(sum(purging.purge_sessions(timedelta(days=90))) + sum(purging.write_revocations()))

    assert run_concurrently(no_deletions(), purge, purge) == {SUCCESS: 2}
    assert Session.objects.exclude(ended_at=None).count() == count
    assert Revocation.objects.get().written_at is not None
