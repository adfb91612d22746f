"""manage.py doctor: which checks run, and its output."""

import pytest
from django.db import DatabaseError, OperationalError, connection
from redis.exceptions import ConnectionError as RedisConnectionError

from operations.doctor import runner
from operations.doctor.findings import fine, problem, warning
from tests.commands import run
from tests.factories import AccountFactory
from tests.operations.doctor.cases import HTTPS, PROBLEM


@pytest.fixture
def findings_are(monkeypatch):
    """Replace all checks by one with these findings."""

    def replace(*findings):
        monkeypatch.setattr(runner, "SETTINGS", {"Keys": lambda: iter(findings)})
        for name in ("DATABASE", "TABLES", "CACHE", "NO_CACHE", "AGREEMENT", "BACKLOG"):
            monkeypatch.setattr(runner, name, {"Cache": lambda: iter(())})

    return replace


@pytest.mark.parametrize(
    ("findings", "status", "summary"),
    [
        ([fine("Fine.")], 0, "All is well."),
        ([warning("So so.", "Do better."), fine("Fine.")], 0, "no problems, 1 warning"),
        ([problem("Bad.", "Do it."), warning("So so.", "Do better.")], 1, "1 problem, 1 warning"),
        ([problem("Bad.", "Do it.")] * 2, 1, "2 problems, no warnings"),
    ],
)
def test_only_a_problem_fails(findings, status, summary, findings_are):
    findings_are(*findings)
    ended = run("doctor")
    assert (ended.status, ended.complained, ended.said.splitlines()[-1]) == (status, "", summary)
    assert all(finding.message in ended.said and (finding.remedy or "") in ended.said for finding in findings)


def test_json_is_one_document_even_with_a_problem(findings_are):
    findings_are(problem("Bad.", "Do it."), fine("Fine."))
    ended = run("doctor", "--json")
    assert ended.status == 1
    assert ended.complained == ""
    assert ended.said == (
        '{"object":"diagnosis","problems":1,"warnings":0,"findings":['
        '{"check":"Keys","grade":"problem","said":"Bad.","remedy":"Do it."},'
        '{"check":"Keys","grade":"fine","said":"Fine."}]}\n'
    )


def test_checks_stop_if_the_database_does_not_answer(monkeypatch, sound):
    def refused():
        raise OperationalError("connection refused\nIs the server running?")

    monkeypatch.setitem(runner.DATABASE, "Database", refused)
    findings = dict(runner.run_all())
    assert findings["Database"] == problem("The check failed: connection refused", "Start it, or correct DATABASE_URL.")
    assert not {"Indexes", "Cache agreement", "Owner"} & set(findings)


def test_checks_of_the_cache_stop_if_it_does_not_answer(monkeypatch, sound, db):
    def refused():
        raise RedisConnectionError

    sound.REDIS_URL = "redis://localhost"
    monkeypatch.setitem(runner.CACHE, "Cache", refused)
    findings = dict(runner.run_all())
    assert findings["Cache"].message == "The check failed: ConnectionError"
    assert "Owner" in findings
    assert not {"Cache role", "Cache agreement"} & set(findings)


def test_rows_are_not_checked_without_migrations(monkeypatch, sound, db):
    monkeypatch.setitem(runner.TABLES, "Migrations", lambda: iter([problem("Not applied.", "Apply.")]))
    findings = dict(runner.run_all())
    assert {"Connections", "Cache"} <= set(findings)
    assert not {"Indexes", "Cache agreement", "Owner"} & set(findings)


def test_failing_check_does_not_stop_others(monkeypatch, sound, db):
    def failed():
        raise DatabaseError("permission denied")

    monkeypatch.setitem(runner.TABLES, "Indexes", failed)
    findings = dict(runner.run_all())
    assert findings["Indexes"].severity is PROBLEM
    assert {"Connections", "Owner"} <= set(findings)


def test_findings_have_no_secrets(sound, db):
    sound.SECRET_KEY, sound.DASHBOARD_SESSION_KEY = "a-short-secret", ["another-secret", "a-short-secret"]
    sound.APPLICATION_SERVER, sound.APPLICATION_SERVER_TOKEN = HTTPS, "secret-token"
    sound.PROMETHEUS_TOKEN = "monitor-secret"
    said = run("doctor", "--json").said
    assert "which can be guessed" in said
    assert not any(secret in said for secret in ("short-secret", "another-secret", "secret-token", "monitor-secret"))


def test_doctor_changes_nothing(sound, db):
    AccountFactory(owner=True)
    with connection.execute_wrapper(_refuse_writes):
        run("doctor")


def _refuse_writes(execute, sql, *arguments):
    assert sql.split()[0].upper() in ("SELECT", "SET", "SAVEPOINT", "RELEASE", "PRAGMA"), sql
    return execute(sql, *arguments)
