"""When a session was last seen: noted by requests, written behind their back."""

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock, patch

import pytest
import time_machine
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from events.models import DailyFigure
from sessions_app.models import Session
from sessions_app.services import last_seen
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory, SessionFactory
from tests.outages import assert_told_in_one_line, refused_connection

NOON = datetime(2026, 6, 24, 12, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _nothing_noted(db: None) -> Iterator[None]:
    last_seen._noted.clear()
    yield
    last_seen._noted.clear()


@pytest.fixture
def now() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def seen(session: Session) -> datetime | None:
    session.refresh_from_db()
    return session.last_seen_at


def active_sessions() -> dict[str, int]:
    return {str(figure.day): figure.value for figure in DailyFigure.objects.filter(name="active-sessions")}


def ask(client: ApiClient) -> None:
    assert outcome(client.get("user/account", accountid=client.account.accountid)) == (200, "")


def noted(*sessions: Session) -> int:
    """Sessions as requests see them, and how many are written then."""
    for session in sessions:
        last_seen.note(session, datetime.now(UTC))
    return last_seen.write()


# Requests


def test_request_notes_its_session_and_writes_nothing(
    now: Any, django_assert_num_queries: Any, django_capture_on_commit_callbacks: Any
) -> None:
    client = ApiClient(SessionFactory())
    with django_assert_num_queries(1), django_capture_on_commit_callbacks() as callbacks:
        ask(client)
    assert not callbacks
    assert seen(client.session) is None  # type: ignore[arg-type]
    assert last_seen.write() == 1
    assert seen(client.session) == NOON  # type: ignore[arg-type]


def test_request_of_nobody_notes_nothing(guest: ApiClient) -> None:
    guest.get("user/account")
    guest.get("errors")
    assert last_seen.write() == 0


def test_request_by_a_session_that_is_over_notes_nothing() -> None:
    client = ApiClient(SessionFactory(expired=True))
    assert client.get("user/account").status_code == 401
    assert last_seen.write() == 0


def test_request_on_behalf_of_a_user_notes_their_session(settings: Any, now: Any) -> None:
    settings.APPLICATION_SERVER, settings.APPLICATION_SERVER_TOKEN = "https://app.example.com", "token"
    session = SessionFactory()
    headers = {
        "x-application-server": "https://app.example.com",
        "x-application-server-token": "token",
        "x-accountid": session.account.accountid,
        "x-sessionid": session.sessionid,
    }
    ApiClient().call("GET", "user/account", headers=headers)
    assert last_seen.write() == 1
    assert seen(session) == NOON


def test_signing_in_is_seen_at_once(guest: ApiClient, now: Any) -> None:
    AccountFactory(username="somebody")
    answer = guest.post("user/create-session", {"username": "somebody", "password": PASSWORD}).json()
    assert answer["lastSeenAt"] == "2026-06-24T12:00:00.000Z"
    assert last_seen.write() == 0


# Once a minute


@pytest.mark.parametrize(
    ("age", "written"), [(0 * SECOND, 0), (59 * SECOND, 0), (MINUTE, 1), (61 * SECOND, 1), (30 * DAY, 1)]
)
def test_session_is_noted_at_most_once_a_minute(now: Any, age: timedelta, written: int) -> None:
    session = SessionFactory(last_seen_at=NOON - age)
    assert noted(session) == written
    assert seen(session) == (NOON if written else NOON - age)


def test_many_requests_of_a_session_are_written_once(now: Any, django_assert_num_queries: Any) -> None:
    client = ApiClient(SessionFactory(last_seen_at=NOON - MINUTE))
    for _ in range(5):
        ask(client)
        now.shift(SECOND)
    assert last_seen.write() == 1
    assert seen(client.session) == NOON + 4 * SECOND  # type: ignore[arg-type]
    ask(client)
    with django_assert_num_queries(0):
        assert last_seen.write() == 0


def test_what_another_process_has_written_within_the_minute_stays(now: Any) -> None:
    session = SessionFactory()
    last_seen.note(session, NOON)
    Session.objects.update(last_seen_at=NOON - 10 * SECOND)  # by the other process, which saw it too
    last_seen.write()
    assert seen(session) == NOON - 10 * SECOND
    assert active_sessions() == {}


@pytest.mark.postgresql
@pytest.mark.parametrize(("age", "is_touched"), [(30 * SECOND, False), (MINUTE, True)], ids=["fresh", "old"])
def test_row_that_another_process_has_written_is_not_locked(now: Any, age: timedelta, *, is_touched: bool) -> None:
    session = SessionFactory(last_seen_at=NOON - age)
    last_seen._noted[session.pk] = NOON
    with connection.cursor() as cursor:
        where = "FROM sessions_app_session WHERE sessionid = %s"
        cursor.execute(f"SELECT ctid::text, xmax::text {where}", [session.pk])
        before = cursor.fetchone()
        last_seen.write()
        cursor.execute(f"SELECT ctid::text, xmax::text {where}", [session.pk])
        assert (cursor.fetchone() != before) is is_touched


def test_what_another_process_has_written_later_stays(now: Any) -> None:
    session = SessionFactory()
    last_seen.note(session, NOON - 2 * MINUTE)
    Session.objects.update(last_seen_at=NOON)
    last_seen.write()
    assert seen(session) == NOON


def test_what_two_processes_note_counts_once(now: Any) -> None:
    session = SessionFactory(last_seen_at=NOON - DAY)
    here = Session.objects.get()
    there = Session.objects.get()
    assert noted(here) == 1
    last_seen._written.clear()  # the other process knows nothing of it
    assert noted(there) == 1
    assert active_sessions() == {"2026-06-24": 1}
    assert seen(session) == NOON


# The figure of active sessions


@pytest.mark.parametrize(
    ("last", "counted"),
    [
        (None, 1),
        (NOON - DAY, 1),
        (NOON - 40 * DAY, 1),
        (NOON.replace(hour=0) - SECOND, 1),
        (NOON.replace(hour=0), 0),
        (NOON - MINUTE, 0),
    ],
    ids=str,
)
def test_session_counts_on_the_first_sight_of_a_day(now: Any, last: datetime | None, counted: int) -> None:
    assert noted(SessionFactory(last_seen_at=last)) == 1
    assert sum(active_sessions().values()) == counted


def test_session_counts_once_on_each_of_its_days(now: Any, administrator: ApiClient) -> None:
    session = SessionFactory(last_seen_at=NOON)
    for hours in (1, 20, 1, 24):
        now.shift(timedelta(hours=hours))
        session.refresh_from_db()
        noted(session)
    assert active_sessions() == {"2026-06-25": 1, "2026-06-26": 1}


def test_active_sessions_of_a_day_are_those_signed_in_and_those_seen_again(now: Any, administrator: ApiClient) -> None:
    AccountFactory(username="somebody")
    ApiClient().post("user/create-session", {"username": "somebody", "password": PASSWORD})
    noted(SessionFactory(last_seen_at=NOON - DAY), SessionFactory(last_seen_at=NOON - DAY))
    keys = "active-sessions/2026-06-24,active-sessions/total"
    values = [metric["value"] for metric in administrator.get("administrator/metric-keys", keys=keys).json()]
    assert values == [3, 3]


def test_a_day_that_ends_between_sight_and_writing_counts_where_it_was_seen(now: Any) -> None:
    now.move_to(NOON.replace(hour=23, minute=59, second=50))
    last_seen.note(SessionFactory(last_seen_at=NOON - DAY), datetime.now(UTC))
    now.shift(15 * SECOND)
    last_seen.write()
    assert active_sessions() == {"2026-06-24": 1}


def test_no_figure_is_kept_where_metrics_are_disabled(now: Any, settings: Any) -> None:
    settings.DISABLE_METRICS = True
    session = SessionFactory(last_seen_at=NOON - DAY)
    assert noted(session) == 1
    assert seen(session) == NOON
    assert active_sessions() == {}


# Writing


def many(count: int) -> list[Session]:
    account = AccountFactory()
    sessions = [SessionFactory.build(account=account, session_key_number=1) for _ in range(count)]
    return Session.objects.bulk_create(sessions)


def test_many_sessions_are_written_in_portions(now: Any, django_assert_max_num_queries: Any) -> None:
    sessions = many(1201)
    for session in sessions:
        last_seen.note(session, NOON)
    with django_assert_max_num_queries(3 * 7):
        assert last_seen.write() == 1201
    assert Session.objects.filter(last_seen_at=NOON).count() == 1201
    assert active_sessions() == {"2026-06-24": 1201}


def test_each_session_gets_the_time_at_which_it_was_seen(now: Any) -> None:
    early, late = SessionFactory(), SessionFactory()
    last_seen.note(early, NOON - 10 * SECOND)
    last_seen.note(late, NOON)
    last_seen.write()
    assert seen(late) == NOON
    assert abs(seen(early) - (NOON - 10 * SECOND)) <= last_seen.SECONDS_BETWEEN_WRITES * SECOND  # type: ignore[operator]


def test_session_that_is_gone_meanwhile_is_passed_over(now: Any) -> None:
    gone, there = SessionFactory(), SessionFactory()
    for session in (gone, there):
        last_seen.note(session, NOON)
    Session.objects.filter(pk=gone.pk).delete()
    last_seen.write()
    assert seen(there) == NOON
    assert active_sessions() == {"2026-06-24": 1}


# The thread


class Pause:
    """Stands in for the thread's event: how many rounds it is to go before its process ends."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds
        self.waited: list[float] = []

    def wait(self, seconds: float) -> bool:
        self.waited.append(seconds)
        return len(self.waited) > self.rounds


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run the thread's loop, here, for so many rounds."""

    def run(count: int) -> list[float]:
        pause = Pause(count)
        monkeypatch.setattr(last_seen.threading, "Event", lambda: pause)
        monkeypatch.setattr(last_seen, "close_old_connections", lambda: None)
        last_seen._write_forever()
        return pause.waited

    return run


def test_loop_writes_after_every_pause(now: Any, rounds: Any) -> None:
    session = SessionFactory()
    last_seen.note(session, NOON)
    assert rounds(1) == [last_seen.SECONDS_BETWEEN_WRITES] * 2
    assert seen(session) == NOON


@pytest.mark.parametrize(
    "error",
    [
        DatabaseError("no"),
        OperationalError("the database is locked"),
        InterfaceError("the connection is closed"),
        RuntimeError("anything else"),
    ],
    ids=repr,
)
def test_error_is_logged_and_does_not_end_the_loop(
    rounds: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    outcomes = iter([error, None])

    def write() -> None:
        if failure := next(outcomes):
            raise failure

    monkeypatch.setattr(last_seen, "write", write)
    rounds(2)
    assert next(outcomes, "both rounds ran") == "both rounds ran"
    (record,) = caplog.records
    assert (record.levelno, record.exc_info[1]) == (logging.ERROR, error)  # type: ignore[index]


def test_outage_is_told_in_one_line(
    rounds: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(last_seen, "write", Mock(side_effect=refused_connection()))
    rounds(1)
    assert_told_in_one_line(caplog)


def test_thread_does_not_keep_its_process_from_ending() -> None:
    with patch.object(threading.Thread, "start", autospec=True) as start:
        last_seen.start()
    (thread,) = start.call_args.args
    assert (thread.name, thread.daemon) == ("last-seen", True)
