"""Checks of the cache and of the rows in it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from dashboard.cache.rows import row_cache
from operations.doctor import cache as checks
from sessions_app.models import Session
from tests.factories import SessionFactory
from tests.operations.doctor.cases import FINE, PROBLEM, WARNING, needs_redis, severities


class FakeRedis:
    """Client of a Redis server in the given state."""

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
    monkeypatch.setattr(checks, "_client", lambda: redis)
    assert severities(getattr(checks, check)) == expected


@needs_redis
@pytest.mark.parametrize("check", ["reachable", "role", "clock", "agreement", "authenticity"])
def test_cache_of_the_tests_has_no_findings(check, db):
    assert severities(getattr(checks, check)) == [FINE]


@pytest.mark.parametrize(("vendor", "expected"), [("postgresql", WARNING), ("sqlite", FINE)])
def test_absent_cache(vendor, expected, monkeypatch):
    monkeypatch.setattr(checks, "connection", type("Connection", (), {"vendor": vendor}))
    assert severities(checks.absent) == [expected]


@pytest.fixture
def cached(db):
    """A session that is cached with its account."""
    session = SessionFactory()
    for row in (session, session.account):
        key = row.cache_key(row.pk)
        row_cache.fetch(key).populate({key: row})
    return session


@needs_redis
def test_cached_rows_agree(cached):
    Session.objects.unmarked().update(last_seen_at=timezone.now())
    (finding,) = checks.agreement()
    assert (finding.severity, finding.message) == (FINE, "None of 2 entries differs from the database.")


@needs_redis
@pytest.mark.parametrize("change", [lambda rows: rows.update(ended_at=timezone.now()), lambda rows: rows.delete()])
def test_cached_row_that_was_changed_without_a_mark(change, cached):
    change(Session.objects.unmarked())
    (finding,) = checks.agreement()
    assert finding.severity is PROBLEM
    assert finding.message == (f"1 of 2 entries differ from the database, such as {Session.cache_key(cached.pk)}.")


@needs_redis
def test_row_that_was_changed_with_a_mark_agrees(cached):
    Session.objects.update(ended_at=timezone.now())
    row_cache.mark_dirty(Session.cache_key(cached.pk))
    assert severities(checks.agreement) == [FINE]


@needs_redis
def test_row_that_changes_during_the_comparison_agrees(cached, monkeypatch):
    looks = iter([False, True])

    def look(*keys):
        snapshot = look.really(*keys)
        if not next(looks):  # the session ends after its entry was read and before its row is
            Session.objects.unmarked().update(ended_at=timezone.now())
            row_cache.mark_dirty(Session.cache_key(cached.pk))
        return snapshot

    look.really = row_cache.fetch
    monkeypatch.setattr(row_cache, "fetch", look)
    assert severities(checks.agreement) == [FINE]
    assert next(looks, None) is None


@needs_redis
@pytest.mark.parametrize("appid", ["another", "d*", "[d]ashboard"])
def test_rows_of_another_appid_are_not_compared(appid, cached, settings):
    settings.APPID = appid
    (finding,) = checks.agreement()
    assert finding.message == "None of 0 entries differs from the database."


@needs_redis
def test_entries_of_this_deployment_are_authentic(cached):
    row_cache.mark(("session:dashboard:sess_0123456789abcdef",))
    (finding,) = checks.authenticity()
    assert (finding.severity, finding.message) == (FINE, "All of 3 entries were made with this SECRET_KEY.")


@needs_redis
def test_entry_that_somebody_else_has_written_is_reported(cached):
    row_cache.store.set_many({Session.cache_key(cached.pk): ["forged"]}, timeout=60)
    (finding,) = checks.authenticity()
    assert finding.severity is PROBLEM
    assert finding.message == "1 of 2 entries were not made with this SECRET_KEY, and are ignored."
