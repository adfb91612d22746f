"""What load balancers are told, and how soon, when the database or the cache is gone or silent."""

import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.db import ConnectionHandler, OperationalError
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils.connection import ConnectionProxy
from django_redis.cache import RedisCache

from dashboard.cache.rows import row_cache
from dashboard.monitoring import health, probes, stopping
from dashboard.monitoring.probes import Probe
from dashboard_project import databases, environment
from throwaway.redis import redis

pytestmark = pytest.mark.django_db

READY, DEGRADED, UNAVAILABLE = (200, "ready"), (200, "degraded"), (503, "unavailable")
STOPPING = (503, "stopping")


@pytest.fixture(autouse=True)
def _asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "database_probe", Probe(health.check_database))
    monkeypatch.setattr(health, "cache_probe", Probe(health.check_cache))
    monkeypatch.setattr(health, "TIMEOUT_SECONDS", 30.0)


@pytest.fixture(params=["closed", "silent"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """One that nobody listens on, or one that takes a connection and never says anything."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        if request.param == "silent":
            place.listen()
        yield place.getsockname()[1]


def told(path: str = "ready", **options: Any) -> tuple[int, str]:
    response = Client().get(f"/health/{path}", **options)
    assert response["Cache-Control"] == "no-store"
    assert response.json().keys() == {"status"}
    return response.status_code, response.json()["status"]


def without_cache(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    config = environment.cache(f"redis://127.0.0.1:{port}/0")
    monkeypatch.setattr(row_cache, "store", RedisCache(config["LOCATION"], {"OPTIONS": config["OPTIONS"]}))


def without_database(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    config = databases.database(f"postgresql://somebody:password@127.0.0.1:{port}/dashboard")
    monkeypatch.setattr(health, "connection", ConnectionProxy(ConnectionHandler({"default": config}), "default"))


def test_ready() -> None:
    assert told() == READY


def test_ready_without_a_cache_that_is_not_asked_for(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CACHES = {"default": environment.cache(None)}
    assert told() == READY


def test_degraded_without_the_cache(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    without_cache(monkeypatch, port)
    assert told() == DEGRADED


@pytest.mark.process
def test_degraded_by_a_cache_that_takes_no_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A replica, and one whose memory is full: both answer what is read."""
    with redis() as primary, redis("--replicaof", f"127.0.0.1 {primary}") as replica:
        without_cache(monkeypatch, primary)
        assert told() == READY
        without_cache(monkeypatch, replica)
        row_cache.ping()
        assert told() == DEGRADED
    with redis("--maxmemory", "1", "--maxmemory-policy", "noeviction") as full:
        without_cache(monkeypatch, full)
        row_cache.ping()
        assert told() == DEGRADED


def test_the_cache_is_asked_also_while_it_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    row_cache.breaker.trip()
    assert told() == READY


def test_unavailable_without_the_database(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    without_database(monkeypatch, port)
    monkeypatch.setattr(health, "TIMEOUT_SECONDS", 0.2)  # a silent one is waited for no longer
    assert told() == UNAVAILABLE


def test_unavailable_without_either(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    without_cache(monkeypatch, port)
    without_database(monkeypatch, port)
    monkeypatch.setattr(health, "TIMEOUT_SECONDS", 0.2)
    assert told() == UNAVAILABLE


def test_the_reason_is_logged_and_not_told(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def ask() -> None:
        raise OperationalError("no route to db.internal")

    monkeypatch.setattr(health, "database_probe", Probe(ask))
    response = Client().get("/health/ready")
    assert b"db.internal" not in response.content
    assert "The database does not answer. OperationalError: no route to db.internal" in caplog.messages


def test_a_database_that_hangs_is_asked_by_one_thread_and_found_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    back, asked = Event(), []

    def ask() -> None:
        asked.append(1)
        assert back.wait(60)

    monkeypatch.setattr(health, "database_probe", Probe(ask))
    monkeypatch.setattr(health, "TIMEOUT_SECONDS", 0.05)
    assert [told() for _ in range(5)] == [UNAVAILABLE] * 5
    assert len(asked) == 1
    back.set()
    health.database_probe.start().result(60)
    monkeypatch.setattr(health, "TIMEOUT_SECONDS", 30.0)
    assert told() == READY
    assert len(asked) > 1


def test_unavailable_while_no_thread_can_start_and_ready_again_afterwards(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(thread: Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as exhausted:
        exhausted.setattr(Thread, "start", fail)
        assert told() == UNAVAILABLE
    assert "The database does not answer. RuntimeError: can't start new thread" in caplog.messages
    assert told() == READY


@pytest.mark.parametrize("is_there", [True, False])
def test_a_connection_that_cannot_be_closed_delays_no_answer(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, is_there: bool
) -> None:
    class Connection:
        def close(self) -> None:
            raise OperationalError("it cannot be closed")

    def ask() -> None:
        if not is_there:
            raise OperationalError("it is gone")

    monkeypatch.setattr(probes, "connection", Connection())
    monkeypatch.setattr(health, "TIMEOUT_SECONDS", 5.0)
    monkeypatch.setattr(health, "database_probe", Probe(ask))
    monkeypatch.setattr(health, "cache_probe", Probe(lambda: None))
    assert told() == (READY if is_there else UNAVAILABLE)
    assert "The connection of a probe could not be closed." in caplog.messages


def test_unavailable_until_migrations_are_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_is_migrated", False)
    MigrationRecorder.Migration.objects.filter(app="accounts").delete()
    with pytest.raises(health.NotMigratedError):
        health.check_database()
    assert not health._is_migrated


def test_migrations_are_read_once(monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any) -> None:
    monkeypatch.setattr(health, "_is_migrated", False)
    health.check_database()
    with django_assert_num_queries(1):
        health.check_database()


def test_live_whatever_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "database_probe", None)
    monkeypatch.setattr(health, "cache_probe", None)
    assert told("live") == (200, "live")


@pytest.mark.parametrize("path", ["live", "ready"])
def test_a_probe_asks_by_address(path: str) -> None:
    assert told(path, headers={"Host": "10.1.2.3:8000"}) == (200, path)
    assert Client().get("/api/errors", headers={"Host": "10.1.2.3:8000"}).status_code == 400


@pytest.mark.parametrize("path", ["live", "ready"])
def test_only_reading_methods(path: str) -> None:
    assert Client().head(f"/health/{path}").status_code == 200
    refused = Client().post(f"/health/{path}")
    assert (refused.status_code, refused.json()["message"]) == (405, "invalid-method")


def test_server_that_is_about_to_stop_is_not_ready(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(stopping.FOLDER, str(tmp_path))
    assert told() == READY
    stopping.announce_stop()
    assert told() == STOPPING
    assert told("live") == (200, "live")
