"""Checks of the database."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from operations.doctor import database
from tests.operations.doctor.cases import FINE, PROBLEM, WARNING, severities


@pytest.mark.parametrize("check", ["reachable", "migrations", "indexes", "clock", "connections", "timeouts"])
def test_database_of_the_tests_has_no_findings(check, db):
    assert set(severities(getattr(database, check))) == {FINE}


def test_missing_migration(db):
    MigrationRecorder(connection).migration_qs.filter(app="events").delete()
    (finding,) = database.migrations()
    assert finding.severity is PROBLEM
    assert "events.0001_initial" in finding.message


@pytest.mark.parametrize("name", ["session_newest", "account_one_owner"])
def test_missing_index(name, db):
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {name}")
    (finding,) = database.indexes()
    assert finding.severity is PROBLEM
    assert finding.message.startswith(f"Missing: {name}.")


@pytest.mark.postgresql
def test_invalid_index(db):
    with connection.cursor() as cursor:  # requires a superuser, as in the test server
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'session_newest'::regclass")
    (finding,) = database.indexes()
    assert finding.severity is PROBLEM
    assert finding.message.startswith("Not valid, so that no query uses them: session_newest.")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, FINE), (0.9, FINE), (-0.9, FINE), (1.5, WARNING), (-1.5, WARNING), (6, PROBLEM), (-6, PROBLEM)],
)
def test_clock_that_is_off(seconds, expected):
    now = timezone.now()
    finding = database.skew("database", now, now + timedelta(seconds=seconds), now)
    assert (finding.severity, finding.remedy is None) == (expected, expected is FINE)


def test_slow_answer_is_not_a_clock_difference():
    now = datetime(2027, 1, 1, tzinfo=UTC)
    assert database.skew("database", now, now + timedelta(seconds=4), now + timedelta(seconds=9)).severity is FINE


@pytest.mark.postgresql
@pytest.mark.parametrize(("limit", "expected"), [(101, FINE), (100, WARNING), (91, WARNING), (90, PROBLEM)])
def test_connections(limit, expected, settings, monkeypatch, db):
    settings.WORKERS = 8  # 11 connections each
    known = {"max_connections": str(limit), "superuser_reserved_connections": "3"}
    monkeypatch.setattr(database, "_setting", known.__getitem__)
    assert severities(database.connections) == [expected]


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("name", "value"),
    [("statement_timeout", "0"), ("statement_timeout", "10s"), ("idle_in_transaction_session_timeout", "0")],
)
def test_missing_time_limit(name, value, db):
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {name} = '{value}'")
    assert sorted(severities(database.timeouts)) == [FINE, PROBLEM]
