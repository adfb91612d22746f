"""manage.py doctor: each check has a case in which it complains, and one in which it does not."""

import secrets
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisConnectionError

from dashboard_project import cache
from events.models import Action, Event
from operations.doctor import backlog, configuration, database, examination, lookups
from operations.doctor.findings import Grade, fine, problem, warning
from sessions_app.models import Session
from tests.commands import run
from tests.factories import AccountFactory, SessionFactory

FINE, WARNING, PROBLEM = Grade.FINE, Grade.WARNING, Grade.PROBLEM
HTTPS, LOCAL = "https://dashboard.example.com", "http://localhost:8000"
LONG, LONGER, LONGEST = "k" * 32, "k" * 33, "k" * 34
needs_redis = pytest.mark.skipif("not __import__('django.conf').conf.settings.REDIS_URL", reason="needs REDIS_URL")


def grades(check) -> list[Grade]:
    """Of what the check finds; where it complains, it says what to do."""
    findings = list(check())
    assert all((finding.remedy is None) == (finding.grade is FINE) for finding in findings)
    return [finding.grade for finding in findings]


def change(settings, **values):
    for name, value in values.items():
        setattr(settings, name, value)
    settings.SERVED_BY_HTTPS = settings.DASHBOARD_SERVER.startswith("https:")


@pytest.fixture
def sound(settings, tmp_path):
    """The settings of a deployment with which nothing is wrong."""
    change(
        settings,
        DATA_DIR=tmp_path,
        SECRET_KEY=secrets.token_urlsafe(48),
        DASHBOARD_SESSION_KEY=[secrets.token_urlsafe(48)],
        DASHBOARD_ENCRYPTION_KEY=[secrets.token_urlsafe(48)],
        BCRYPT_WORKLOAD_FACTOR=12,
        DASHBOARD_SERVER=HTTPS,
        ALLOWED_HOSTS=["dashboard.example.com"],
        TRUSTED_PROXIES=[ip_network("10.0.0.7/32")],
        SECURE_HSTS_SECONDS=31_536_000,
        CSRF_COOKIE_SECURE=True,
        REDIS_URL=None,
    )
    return settings


@pytest.mark.parametrize(
    ("check", "values", "expected"),
    [
        ("keys", {}, [FINE]),
        ("keys", {"DASHBOARD_SESSION_KEY": [LONG, "node:none"]}, [FINE]),
        ("keys", {"DASHBOARD_SESSION_KEY": [LONG, "k" * 31]}, [PROBLEM]),
        ("keys", {"DASHBOARD_ENCRYPTION_KEY": ["short"]}, [PROBLEM]),
        ("keys", {"SECRET_KEY": "short"}, [PROBLEM]),
        ("key_purposes", {}, [FINE]),
        ("key_purposes", {"DASHBOARD_SESSION_KEY": [LONG], "DASHBOARD_ENCRYPTION_KEY": [LONG]}, [WARNING]),
        ("key_purposes", {"DASHBOARD_SESSION_KEY": [LONG, LONGER], "DASHBOARD_ENCRYPTION_KEY": [LONGER]}, [FINE]),
        ("key_purposes", {"SECRET_KEY": LONG, "DASHBOARD_ENCRYPTION_KEY": [LONG]}, [WARNING]),
        ("passwords", {"BCRYPT_WORKLOAD_FACTOR": 12}, [FINE]),
        ("passwords", {"BCRYPT_WORKLOAD_FACTOR": 11}, [WARNING]),
        ("passwords", {"BCRYPT_WORKLOAD_FACTOR": 9}, [PROBLEM]),
        ("guesses", {}, [FINE]),
        ("guesses", {"MAXIMUM_FAILED_SIGN_INS": 0}, [WARNING]),
        ("debug", {}, [FINE]),
        ("debug", {"DEBUG": True}, [PROBLEM]),
        ("address", {}, [FINE]),
        ("address", {"ALLOWED_HOSTS": [".example.com"]}, [FINE]),
        ("address", {"ALLOWED_HOSTS": ["*"]}, [WARNING]),
        ("address", {"ALLOWED_HOSTS": ["localhost"]}, [PROBLEM]),
        ("address", {"DASHBOARD_SERVER": "http://[::1]:8000", "ALLOWED_HOSTS": ["[::1]"]}, [FINE]),
        ("encryption", {}, [FINE]),
        ("encryption", {"DASHBOARD_SERVER": LOCAL}, [FINE]),
        ("encryption", {"DASHBOARD_SERVER": "http://127.0.0.1"}, [FINE]),
        ("encryption", {"DASHBOARD_SERVER": "http://192.168.0.7"}, [PROBLEM]),
        ("encryption", {"DASHBOARD_SERVER": "http://dashboard.example.com"}, [PROBLEM]),
        ("proxies", {}, [FINE]),
        ("proxies", {"TRUSTED_PROXIES": []}, [WARNING]),
        ("proxies", {"TRUSTED_PROXIES": [], "DASHBOARD_SERVER": LOCAL}, [FINE]),
        ("proxies", {"TRUSTED_PROXIES": [ip_network("10.0.0.0/8"), ip_network("fd00::/48")]}, [FINE]),
        ("proxies", {"TRUSTED_PROXIES": [ip_network("0.0.0.0/0")]}, [PROBLEM]),
        ("proxies", {"TRUSTED_PROXIES": [ip_network("::/0")]}, [PROBLEM]),
        ("application_server", {}, [FINE]),
        ("application_server", {"APPLICATION_SERVER": HTTPS, "APPLICATION_SERVER_TOKEN": LONG}, [FINE]),
        ("application_server", {"APPLICATION_SERVER": HTTPS, "APPLICATION_SERVER_TOKEN": "short"}, [PROBLEM]),
        ("prometheus", {}, [FINE]),
        ("prometheus", {"PROMETHEUS_TOKEN": LONG}, [FINE]),
        ("prometheus", {"PROMETHEUS_TOKEN": "short"}, [WARNING]),
        ("django", {}, [FINE]),
        ("django", {"SECURE_HSTS_SECONDS": 0}, [WARNING]),
        ("django", {"SECURE_HSTS_SECONDS": 0, "DASHBOARD_SERVER": LOCAL}, [FINE]),
        ("django", {"SILENCED_SYSTEM_CHECKS": []}, [PROBLEM, *[WARNING] * 3]),
    ],
)
def test_settings(check, values, expected, sound):
    change(sound, **values)
    assert grades(getattr(configuration, check)) == expected


@pytest.mark.parametrize(("address", "expected"), [(LOCAL, WARNING), (HTTPS, PROBLEM)])
def test_key_that_was_made_on_the_first_start(address, expected, sound):
    (sound.DATA_DIR / "secret_key").write_text(f"{sound.SECRET_KEY}\n")
    change(sound, DASHBOARD_SERVER=address)
    assert grades(configuration.keys) == [expected]


def test_key_file_that_is_not_used_does_not_matter(sound):
    (sound.DATA_DIR / "secret_key").write_text("another secret")
    assert grades(configuration.keys) == [FINE]


# The database


@pytest.mark.parametrize("check", ["reachable", "migrations", "indexes", "clock", "connections", "timeouts"])
def test_database_of_the_tests_is_sound(check, db):
    assert set(grades(getattr(database, check))) == {FINE}


def test_missing_migration(db):
    MigrationRecorder(connection).migration_qs.filter(app="events").delete()
    (finding,) = database.migrations()
    assert finding.grade is PROBLEM
    assert "events.0001_initial" in finding.said


@pytest.mark.parametrize("name", ["session_newest", "account_one_owner"])
def test_missing_index(name, db):
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {name}")
    (finding,) = database.indexes()
    assert finding.grade is PROBLEM
    assert finding.said.startswith(f"Missing: {name}.")


@pytest.mark.postgresql
def test_invalid_index(db):
    with connection.cursor() as cursor:  # what only a superuser may; the server of the tests lets us
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'session_newest'::regclass")
    (finding,) = database.indexes()
    assert finding.grade is PROBLEM
    assert finding.said.startswith("Not valid, so that nothing uses them: session_newest.")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, FINE), (0.9, FINE), (-0.9, FINE), (1.5, WARNING), (-1.5, WARNING), (6, PROBLEM), (-6, PROBLEM)],
)
def test_clock_that_is_off(seconds, expected):
    now = timezone.now()
    finding = database.skew("database", now, now + timedelta(seconds=seconds), now)
    assert (finding.grade, finding.remedy is None) == (expected, expected is FINE)


def test_time_that_the_answer_takes_is_no_difference_of_clocks():
    now = datetime(2027, 1, 1, tzinfo=UTC)
    assert database.skew("database", now, now + timedelta(seconds=4), now + timedelta(seconds=9)).grade is FINE


@pytest.mark.postgresql
@pytest.mark.parametrize(("limit", "expected"), [(93, FINE), (92, WARNING), (83, WARNING), (82, PROBLEM)])
def test_connections(limit, expected, settings, monkeypatch, db):
    settings.WORKERS = 8  # of 10 connections each
    known = {"max_connections": str(limit), "superuser_reserved_connections": "3"}
    monkeypatch.setattr(database, "_setting", known.__getitem__)
    assert grades(database.connections) == [expected]


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("name", "value"),
    [("statement_timeout", "0"), ("statement_timeout", "10s"), ("idle_in_transaction_session_timeout", "0")],
)
def test_limit_that_is_lifted(name, value, db):
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {name} = '{value}'")
    assert sorted(grades(database.timeouts)) == [FINE, PROBLEM]


# The cache


class FakeRedis:
    """As redis-py's client, of a server in this state."""

    def __init__(self, clock: float = 0, **state: Any) -> None:
        self.state = {"maxmemory": 0, "maxmemory_policy": "noeviction", "evicted_keys": 0, "role": "master"} | state
        self.off = timedelta(seconds=clock)

    def info(self, section: str) -> dict[str, Any]:
        return self.state

    def time(self) -> tuple[int, int]:
        theirs = timezone.now() + self.off
        return int(theirs.timestamp()), theirs.microsecond


@pytest.mark.parametrize(
    ("check", "state", "expected"),
    [
        ("eviction", {}, [FINE]),
        ("eviction", {"maxmemory": 1 << 30}, [FINE]),
        ("eviction", {"maxmemory_policy": "allkeys-lru"}, [WARNING]),
        ("eviction", {"maxmemory_policy": "allkeys-lru", "maxmemory": 1 << 30}, [PROBLEM]),
        ("eviction", {"maxmemory_policy": "volatile-ttl", "maxmemory": 1 << 30}, [PROBLEM]),
        ("eviction", {"maxmemory_policy": None}, [WARNING]),
        ("eviction", {"evicted_keys": 7}, [FINE, WARNING]),
        ("role", {}, [FINE]),
        ("role", {"role": "slave"}, [PROBLEM]),
        ("clock", {}, [FINE]),
        ("clock", {"clock": 2}, [WARNING]),
        ("clock", {"clock": -7}, [PROBLEM]),
    ],
)
def test_cache(check, state, expected, monkeypatch):
    redis = FakeRedis(**state)
    monkeypatch.setattr(lookups, "_client", lambda: redis)
    assert grades(getattr(lookups, check)) == expected


@needs_redis
@pytest.mark.parametrize("check", ["reachable", "role", "clock", "agreement"])
def test_cache_of_the_tests_is_sound(check, db):
    assert grades(getattr(lookups, check)) == [FINE]


@pytest.mark.parametrize(("vendor", "expected"), [("postgresql", WARNING), ("sqlite", FINE)])
def test_absent_cache(vendor, expected, monkeypatch):
    monkeypatch.setattr(lookups, "connection", type("Connection", (), {"vendor": vendor}))
    assert grades(lookups.absent) == [expected]


@pytest.fixture
def cached(db):
    """A session that is in the cache, with its account."""
    session = SessionFactory()
    for row in (session, session.account):
        key = row.cache_key(row.pk)
        cache.glance(key).fill(key, row)
    return session


@needs_redis
def test_cached_rows_agree(cached):
    Session.objects.update(last_seen_at=timezone.now())  # which is not marked
    (finding,) = lookups.agreement()
    assert (finding.grade, finding.said) == (FINE, "None of 2 entries differs from the database.")


@needs_redis
@pytest.mark.parametrize("change", [lambda rows: rows.update(ended_at=timezone.now()), lambda rows: rows.delete()])
def test_cached_row_that_was_changed_without_a_mark(change, cached):
    change(Session.objects.all())
    (finding,) = lookups.agreement()
    assert finding.grade is PROBLEM
    assert finding.said == (f"1 of 2 entries differ from the database, such as {Session.cache_key(cached.pk)}.")


@needs_redis
def test_row_that_was_changed_with_a_mark_agrees(cached):
    Session.objects.update(ended_at=timezone.now())
    cache.mark_dirty(Session.cache_key(cached.pk))
    assert grades(lookups.agreement) == [FINE]


@needs_redis
def test_row_that_is_changed_while_it_is_looked_at_agrees(cached, monkeypatch):
    looks = iter([False, True])

    def look(*keys):
        glance = look.really(*keys)
        if not next(looks):  # somebody ends it between its entry's being read and its row's
            Session.objects.update(ended_at=timezone.now())
            cache.mark_dirty(Session.cache_key(cached.pk))
        return glance

    look.really = cache.glance
    monkeypatch.setattr(cache, "glance", look)
    assert grades(lookups.agreement) == [FINE]
    assert next(looks, None) is None


@needs_redis
@pytest.mark.parametrize("appid", ["another", "d*", "[d]ashboard"])
def test_rows_of_another_appid_are_not_looked_at(appid, cached, settings):
    settings.APPID = appid
    (finding,) = lookups.agreement()
    assert finding.said == "None of 0 entries differs from the database."


# Backlog


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (None, WARNING),
        ({}, PROBLEM),
        ({"owner": True}, FINE),
        ({"owner": True, "scheduled": True}, PROBLEM),
        ({"owner": True, "appid": "another"}, WARNING),
    ],
)
def test_owner(columns, expected, db):
    if columns is not None:
        AccountFactory(**columns)
    assert grades(backlog.owner) == [expected]


@pytest.mark.parametrize(
    ("since", "columns", "expected"),
    [
        (timedelta(hours=25), {}, PROBLEM),
        (timedelta(hours=23), {}, FINE),
        (timedelta(hours=-1), {}, FINE),
        (timedelta(hours=25), {"owner": True}, FINE),
    ],
)
def test_due_deletions(since, columns, expected, db):
    AccountFactory(deleted_at=timezone.now() - since, **columns)
    assert grades(backlog.deletions) == [expected]


@pytest.mark.parametrize(("days", "expected"), [(366, WARNING), (364, FINE)])
def test_sessions_that_ended_long_ago(days, expected, db):
    ended = timezone.now() - timedelta(days=days)
    SessionFactory(created_at=ended - timedelta(days=2), ended_at=ended)
    assert grades(backlog.sessions) == [expected]


@pytest.mark.parametrize(("days", "summed", "expected"), [(3, False, WARNING), (3, True, FINE), (1, False, FINE)])
def test_events_that_are_not_summed(days, summed, expected, db):
    Event.objects.create(action=Action.CREATE_ACCOUNT, created_at=timezone.now() - timedelta(days=days))
    if summed:
        run("rollup_metrics")
    assert grades(backlog.figures) == [expected]


# The command


@pytest.fixture
def questions(monkeypatch):
    """Make these findings the only ones."""

    def ask(*findings):
        monkeypatch.setattr(examination, "CONFIGURATION", {"Keys": lambda: iter(findings)})
        for name in ("DATABASE", "TABLES", "CACHE", "NO_CACHE", "AGREEMENT", "BACKLOG"):
            monkeypatch.setattr(examination, name, {"Cache": lambda: iter(())})

    return ask


@pytest.mark.parametrize(
    ("findings", "status", "summary"),
    [
        ([fine("Fine.")], 0, "All is well."),
        ([warning("So so.", "Do better."), fine("Fine.")], 0, "no problems, 1 warning"),
        ([problem("Bad.", "Do it."), warning("So so.", "Do better.")], 1, "1 problem, 1 warning"),
        ([problem("Bad.", "Do it.")] * 2, 1, "2 problems, no warnings"),
    ],
)
def test_only_a_problem_fails(findings, status, summary, questions):
    questions(*findings)
    ended = run("doctor")
    assert (ended.status, ended.complained, ended.said.splitlines()[-1]) == (status, "", summary)
    assert all(finding.said in ended.said and (finding.remedy or "") in ended.said for finding in findings)


def test_json_is_one_document_also_where_there_is_a_problem(questions):
    questions(problem("Bad.", "Do it."), fine("Fine."))
    ended = run("doctor", "--json")
    assert ended.status == 1
    assert ended.complained == ""
    assert ended.said == (
        '{"object":"diagnosis","problems":1,"warnings":0,"findings":['
        '{"check":"Keys","grade":"problem","said":"Bad.","remedy":"Do it."},'
        '{"check":"Keys","grade":"fine","said":"Fine."}]}\n'
    )


def test_of_a_database_that_does_not_answer_nothing_more_is_asked(monkeypatch, sound):
    def refused():
        raise OperationalError("connection refused\nIs the server running?")

    monkeypatch.setitem(examination.DATABASE, "Database", refused)
    findings = dict(examination.examine())
    assert findings["Database"] == problem(
        "This could not be found out: connection refused", "Start it, or correct DATABASE_URL."
    )
    assert not {"Indexes", "Cache agreement", "Owner"} & set(findings)


def test_of_a_cache_that_does_not_answer_nothing_more_is_asked(monkeypatch, sound, db):
    def refused():
        raise RedisConnectionError

    sound.REDIS_URL = "redis://localhost"
    monkeypatch.setitem(examination.CACHE, "Cache", refused)
    findings = dict(examination.examine())
    assert findings["Cache"].said == "This could not be found out: ConnectionError"
    assert "Owner" in findings
    assert not {"Cache role", "Cache agreement"} & set(findings)


def test_of_a_database_that_is_not_migrated_no_rows_are_asked_for(monkeypatch, sound, db):
    monkeypatch.setitem(examination.TABLES, "Migrations", lambda: iter([problem("Not applied.", "Apply.")]))
    findings = dict(examination.examine())
    assert {"Connections", "Cache"} <= set(findings)
    assert not {"Indexes", "Cache agreement", "Owner"} & set(findings)


def test_check_that_fails_does_not_keep_others_from_being_made(monkeypatch, sound, db):
    def failed():
        raise DatabaseError("permission denied")

    monkeypatch.setitem(examination.TABLES, "Indexes", failed)
    findings = dict(examination.examine())
    assert findings["Indexes"].grade is PROBLEM
    assert {"Connections", "Owner"} <= set(findings)


def test_no_secret_is_told(sound, db):
    sound.SECRET_KEY, sound.DASHBOARD_SESSION_KEY = "a-short-secret", ["another-secret", "a-short-secret"]
    sound.APPLICATION_SERVER, sound.APPLICATION_SERVER_TOKEN = HTTPS, "secret-token"
    sound.PROMETHEUS_TOKEN = "monitor-secret"
    said = run("doctor", "--json").said
    assert "which can be guessed" in said
    assert not any(secret in said for secret in ("short-secret", "another-secret", "secret-token", "monitor-secret"))


def test_examination_changes_nothing(sound, db):
    AccountFactory(owner=True)
    with connection.execute_wrapper(_only_reading):
        run("doctor")


def _only_reading(execute, sql, *arguments):
    assert sql.split()[0].upper() in ("SELECT", "SET", "SAVEPOINT", "RELEASE", "PRAGMA"), sql
    return execute(sql, *arguments)
