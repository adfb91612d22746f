"""What is answered and logged while the database cannot be reached, and that nothing is changed by halves."""

import sqlite3
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.db import ConnectionHandler, OperationalError, connection

from dashboard.db.availability import as_unavailable, is_connection_error, is_delay, is_shortage
from events.services.feed import foreign_events_through, present
from sessions_app.services import last_seen
from tests.api.cases import CASES
from tests.cases import Case, apart_from_guesses, each_case, everything
from tests.client import ApiClient, outcome
from tests.factories import SessionFactory
from tests.outages import PASSWORD, assert_told_in_one_line, connected, dying_after, failure, refused_connection

pytestmark = pytest.mark.django_db

UNAVAILABLE = (503, "service-unavailable")


# Which errors say so


def test_nobody_listens() -> None:
    assert is_connection_error(refused_connection())


def test_there_is_no_folder_of_that_name(tmp_path: Path) -> None:
    assert is_connection_error(failure(connected(f"sqlite:///{tmp_path}/nowhere/dashboard.sqlite3")))


@pytest.mark.parametrize("name", ["SQLITE_IOERR", "SQLITE_IOERR_SHORT_READ", "SQLITE_READONLY_DBMOVED"])
def test_extended_result_code_is_read_as_its_primary_one(name: str) -> None:
    cause = sqlite3.OperationalError("disk I/O error")
    cause.sqlite_errorname = name
    error = OperationalError("disk I/O error")
    error.__cause__ = cause
    assert is_shortage(error)
    assert not is_delay(error)


@pytest.fixture
def another() -> Iterator[Any]:
    """Another thread's connection."""
    database = ConnectionHandler({"default": {**connection.settings_dict}})["default"]
    yield database
    database.close()


@pytest.mark.postgresql
def test_server_refuses_the_connection(another: Any) -> None:
    another.settings_dict["NAME"] = "there_is_no_such_database"
    assert is_connection_error(failure(another))


@pytest.mark.postgresql
def test_server_ends_the_connection(another: Any) -> None:
    another.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [another.connection.info.backend_pid])
    first, second = failure(another, "SELECT 1"), failure(another, "SELECT 1")
    assert is_connection_error(first)
    assert is_connection_error(second)
    assert type(first.__cause__) is not type(second.__cause__)  # told by the server, and noticed by the client


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "statements",
    [
        ["SELECT * FROM nothing"],
        ["SELECT 1 / 0"],
        ["SELECT count(*) FROM pg_class, pg_no_such_function()"],
    ],
    ids=lambda statements: statements[-1],
)
def test_statement_that_fails_is_a_fault(another: Any, statements: list[str]) -> None:
    assert as_unavailable(failure(another, *statements)) is None


def test_statement_that_sqlite_refuses_is_a_fault_and_one_that_has_to_wait_is_not(tmp_path: Path) -> None:
    database = connected(f"sqlite:///{tmp_path}/dashboard.sqlite3?timeout=0")
    assert as_unavailable(failure(database, "SELECT * FROM nothing")) is None
    other = sqlite3.connect(tmp_path / "dashboard.sqlite3")
    other.execute("BEGIN IMMEDIATE")
    locked = failure(database, "CREATE TABLE something (it)")
    assert is_delay(locked)
    assert not is_connection_error(locked)
    other.close()
    database.close()


def test_sqlite_without_space_and_without_the_right_to_write(tmp_path: Path) -> None:
    database = connected(f"sqlite:///{tmp_path}/dashboard.sqlite3?timeout=0")
    full = ["PRAGMA max_page_count = 1", "CREATE TABLE something (it)", "CREATE TABLE another (it)"]
    assert is_shortage(failure(database, *full))
    assert is_shortage(failure(database, "PRAGMA query_only = 1", "CREATE TABLE something (it)"))
    database.close()


@pytest.mark.parametrize("error", [OperationalError("gone"), RuntimeError("the connection is closed")], ids=repr)
def test_other_errors_are_faults(error: Exception) -> None:
    assert not is_connection_error(error)


# Routes


@each_case(tuple(case for case in CASES if case.route != "errors"))
def test_route_is_unavailable_and_changes_nothing_wherever_the_database_goes_away(
    case: Case, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.MAXIMUM_FAILED_SIGN_INS = 1000  # attempts with codes are counted before anything else happens
    context = case.context(settings)
    foreign_events_through(present()[0])  # the first reader of the feed in a process notes which database this is
    before = everything()
    for statements in count():
        with dying_after(statements):
            response = context.send()
        if outcome(response) == case.success:
            break
        assert outcome(response) == UNAVAILABLE
        assert response["Retry-After"] == "5"
        assert PASSWORD not in response.content.decode()
        assert apart_from_guesses(everything()) == apart_from_guesses(before)
        assert_told_in_one_line(caplog)
    assert statements > 0


def test_what_needs_no_database_goes_on(guest: ApiClient) -> None:
    with dying_after(0):
        assert outcome(guest.get("errors")) == (200, "")
        assert outcome(guest.get("user/account")) == (401, "Sign in required")
        assert outcome(guest.post("user/create-session")) == (400, "invalid-username")


def test_error_of_an_unknown_cause_is_a_fault(guest: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def create_session(*arguments: Any) -> Any:
        raise OperationalError("something else")

    monkeypatch.setattr("sessions_app.services.sessions.create_session", create_session)
    response = guest.post("user/create-session", {"username": "somebody", "password": PASSWORD})
    assert outcome(response) == (500, "unknown-error")


# When sessions were last seen


def test_what_was_seen_is_written_when_the_database_is_back(caplog: pytest.LogCaptureFixture) -> None:
    session: Any = SessionFactory(last_seen_at=None)
    last_seen.note(session, session.created_at)
    with dying_after(1), pytest.raises(OperationalError):
        last_seen.write()
    assert last_seen.write() == 1
    session.refresh_from_db()
    assert session.last_seen_at == session.created_at
