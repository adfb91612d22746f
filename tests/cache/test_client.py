"""What goes wrong on a connection to Redis does not reach whoever uses it next."""

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django_redis.pool import ConnectionFactory
from redis.connection import AbstractConnection, ConnectionPool
from redis.exceptions import ResponseError

from dashboard.cache import rows
from dashboard.cache.redis import client
from dashboard.cache.redis.connections import loop_client
from dashboard.cache.rows import row_cache

pytestmark = pytest.mark.skipif(settings.REDIS_URL is None, reason="needs REDIS_URL")


def test_no_answer_is_left_to_be_read_by_the_next_question() -> None:
    with pytest.raises(ResponseError):
        row_cache.store.set_many({"one": 1, "other": 2}, timeout=0)  # Redis refuses each
    row_cache.store.set_many({"one": 1, "other": 2}, timeout=60)
    assert row_cache.store.get_many(("other", "one")) == {"other": 2, "one": 1}


def test_an_announcement_that_redis_refuses_spoils_no_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_announcement", lambda channel: ("PUBLISH", channel))  # without a message
    row_cache.store.set_many({"one": 1}, timeout=60, channels=("a channel",))
    row_cache.store.set_many({"other": 2}, timeout=60)
    assert row_cache.store.get_many(("other", "one")) == {"other": 2, "one": 1}
    with pytest.raises(ResponseError):
        row_cache.store.set_many({"one": 1}, timeout=0, channels=("a channel",))


def test_only_absent_keys_are_added() -> None:
    client = row_cache.store.client
    row_cache.store.set_many({"one": 1}, timeout=60)
    assert client.add_many({"one": 3, "other": 2}, 60)
    assert row_cache.store.get_many(("one", "other")) == {"one": 1, "other": 2}
    remaining = [client.get_client().pttl(client.make_key(key)) for key in ("one", "other")]
    assert all(50_000 < it <= 60_000 for it in remaining)


def test_an_entry_that_redis_refuses_is_reckoned_with(monkeypatch: pytest.MonkeyPatch) -> None:
    uncertain: list[bool] = []
    monkeypatch.setattr(row_cache.epochs, "note_uncertain_entry", lambda: uncertain.append(True))
    monkeypatch.setattr(rows, "_lifetime", lambda: 0.0)  # which Redis refuses
    row_cache.add({"one": [1], "other": [2]})
    assert uncertain == [True]


def _connection() -> Any:
    row_cache.store.get_many(("one",))
    return row_cache.store.client._thread_client().connection


def test_a_connection_that_others_have_opened_knows_its_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server asks Redis about clusters when it starts; whichever thread is first to ask it anything gets that one."""
    monkeypatch.setattr(ConnectionFactory, "_pools", {})
    client: Any = caches.create_connection("default").client
    client.get_client().info("cluster")
    assert client.get_many(("one",)) == {}
    assert client.store() == row_cache.store.client.ask_store()
    client.get_client().connection_pool.disconnect()


def test_a_thread_keeps_its_connection_and_no_other_has_it() -> None:
    with ThreadPoolExecutor(1) as another:
        theirs = another.submit(_connection).result()
        assert _connection() is _connection() is not theirs
        assert another.submit(_connection).result() is theirs


def test_a_connection_ends_with_its_thread() -> None:
    with ThreadPoolExecutor(1) as another:
        theirs = another.submit(_connection).result()
        assert theirs.is_connected
    assert not theirs.is_connected
    assert _connection().is_connected


def test_a_process_that_was_forked_leaves_its_parents_connection_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    parents = _connection()
    monkeypatch.setattr(client, "_forks", client._forks + 1)
    assert _connection() is not parents


SECONDS = 60
FORKED = """
import os
from dashboard.cache.redis import client
before = client._forks
if child := os.fork():
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
os._exit(40 + client._forks - before)
"""


def test_a_process_knows_that_it_was_forked() -> None:
    assert subprocess.run([sys.executable, "-c", FORKED], timeout=SECONDS, check=False).returncode == 41


def test_what_the_server_has_closed_is_opened_again_before_it_is_used() -> None:
    """Or else its first use would fail, and the cache would be left alone for a while."""
    row_cache.store.set_many({"one": 1}, timeout=60)
    connection = _connection()
    connection.send_command("CLIENT", "ID")
    with row_cache.store.client.get_client() as another:
        another.client_kill_filter(_id=connection.read_response())
    assert row_cache.store.get_many(("one",)) == {"one": 1}


def test_a_server_that_announces_its_maintenance_is_not_waited_for_any_longer() -> None:
    """As Redis Enterprise does: redis-py would wait for 10 seconds."""
    connection = _connection()
    patience = connection._sock.gettimeout()
    connection.send_command("PING")
    connection._parser._reader.feed(b">3\r\n$9\r\nMIGRATING\r\n:1\r\n:30\r\n")
    assert connection.read_response() == b"PONG"
    assert connection._sock.gettimeout() == patience


def test_nor_is_one_on_an_event_loop_where_all_hot_reads_would_wait_for_it() -> None:
    async def patience_before_and_after() -> tuple[Any, Any]:
        async with aclosing(loop_client(settings.CACHES["default"])) as client:
            await client.ping()
            connection = client.connection
            before = connection.socket_timeout
            await connection.send_command("PING")
            connection._parser._reader.feed(b">3\r\n$9\r\nMIGRATING\r\n:1\r\n:30\r\n")
            assert await connection.read_response() == b"PONG"
            return before, connection.socket_timeout

    assert asyncio.run(patience_before_and_after()) == (0.2, 0.2)


def test_a_connection_is_closed_before_another_thread_can_take_it(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    disconnect, release = AbstractConnection.disconnect, ConnectionPool.release

    def noted_disconnect(self: Any, *args: Any) -> None:
        steps.append("disconnect")
        disconnect(self, *args)

    def noted_release(self: Any, connection: Any) -> None:
        steps.append("release")
        release(self, connection)

    with ThreadPoolExecutor(1) as another:
        another.submit(_connection).result()
        monkeypatch.setattr(AbstractConnection, "disconnect", noted_disconnect)
        monkeypatch.setattr(ConnectionPool, "release", noted_release)
    assert steps[:2] == ["disconnect", "release"]
