"""Requests that wait for events do so on the event loop, and are answered when there are some."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import Any
from unittest import mock

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from dashboard.gateway import waiting
from dashboard.observability.metrics import get_metrics
from events.models import Action
from events.services import feed, feed_signal
from events.services.recording import record
from sessions_app.models import Session
from tests.concurrency.concurrent import SOMEBODY
from tests.factories import AccountFactory, SessionFactory
from tests.gateway.asgi import Caller, Reply, calling, scope

pytestmark = pytest.mark.django_db(transaction=True)

ACCOUNTID = "acct_0123456789abcdef"
Scenario = Callable[[Caller], Awaitable[Any]]


def write(action: Action = Action.CREATE_PROFILE) -> None:
    record(action, ACCOUNTID, SOMEBODY)


def headers() -> dict[str, str]:
    session = SessionFactory(account=AccountFactory(administrator=True))
    return {"authorization": f"Bearer {session.sessionid}.{session.token}"}


def during_a_poll(then: Scenario, query: str = "wait=20") -> Reply:
    """Return the answer to a poll; while it waits, `then` happens."""
    signed_in, cursor = headers(), feed.from_now().encode()

    async def scenario(caller: Caller) -> Reply:
        asking = asyncio.create_task(caller.ask_async("GET", f"/api/feed?after={cursor}&{query}", **signed_in))
        while not caller.gateway.signal.waiting:
            assert not asking.done()
            await asyncio.sleep(0.01)
        await then(caller)
        return await asking

    with calling() as caller:
        return caller.run(scenario(caller))


def actions(reply: Reply) -> list[str]:
    assert reply.status == 200
    return [event["action"] for event in reply.json()["events"]]


def test_event_ends_the_wait():
    async def then(caller: Caller) -> None:
        await caller.gateway.threads.call(write)

    reply = during_a_poll(then)
    assert actions(reply) == ["create-profile"]
    assert actions_after(reply) == []


def actions_after(reply: Reply) -> list[str]:
    return [event.action for event in feed.read(feed.Cursor.decode(reply.json()["cursor"])).events]


def test_event_that_redis_does_not_announce_ends_the_wait(monkeypatch):
    monkeypatch.setattr(feed_signal.row_cache, "announce", lambda channel: None)

    async def then(caller: Caller) -> None:
        await caller.gateway.threads.call(write)

    assert actions(during_a_poll(then)) == ["create-profile"]


def test_other_actions_do_not_end_the_wait():
    async def then(caller: Caller) -> None:
        for action in (Action.CREATE_PROFILE, Action.UPDATE_PROFILE, Action.DELETE_PROFILE):
            version = caller.gateway.signal.version
            await caller.gateway.threads.call(write, action)
            while caller.gateway.signal.version == version:
                await asyncio.sleep(0.01)

    assert actions(during_a_poll(then, "wait=20&action=delete-profile")) == ["delete-profile"]


def test_end_of_the_time():
    async def then(caller: Caller) -> None:
        """Nothing happens."""

    reply = during_a_poll(then, "wait=1")
    assert actions(reply) == []
    write()
    assert actions_after(reply) == ["create-profile"]


def test_server_that_stops_answers_at_once():
    async def then(caller: Caller) -> None:
        caller.gateway.signal.stop()

    assert actions(during_a_poll(then)) == []


def test_request_without_a_wait_is_answered_at_once():
    signed_in = headers()
    with calling() as caller:
        assert actions(caller.ask("GET", "/api/feed", **signed_in)) == []
        write()
        assert actions(caller.ask("GET", "/api/feed?wait=30&after=beginning", **signed_in)) == ["create-profile"]
        assert caller.gateway.signal.tasks == []


def test_session_that_ends_during_the_wait_is_refused():
    signed_in = headers()

    async def then(caller: Caller) -> None:
        def end() -> None:
            Session.objects.update(ended_at=timezone.now())
            write()

        await caller.gateway.threads.call(end)

    with mock.patch(f"{__name__}.headers", return_value=signed_in):
        assert during_a_poll(then).status == 401


def test_poll_is_counted_once():
    async def then(caller: Caller) -> None:
        await caller.gateway.threads.call(write)

    def counted() -> float:
        samples = get_metrics().requests.labels("/api/feed", "200").collect()[0].samples
        return next(it.value for it in samples if it.name.endswith("_count"))

    before = counted()
    during_a_poll(then)
    assert counted() == before + 1


def test_client_that_is_gone_is_not_waited_for():
    signed_in = headers()
    cursor = feed.from_now().encode()
    with calling() as caller:
        reply = caller.run(caller.send(_scope(cursor, signed_in), []))
    assert reply.status == 200


def _scope(cursor: str, signed_in: dict[str, str]) -> dict[str, Any]:
    raw = [(b"host", b"localhost"), *((name.encode(), value.encode()) for name, value in signed_in.items())]
    return scope("GET", f"/api/feed?after={cursor}&wait=30", raw)


def test_failing_look_is_made_again(monkeypatch):
    looks = mock.Mock(side_effect=[OSError("gone"), (1, False), (2, True), (3, False), (4, False), (5, False)])
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.01)
    watch = mock.Mock(look=looks)

    async def in_thread(function: Callable[..., Any], *args: Any) -> Any:
        return function(*args)

    async def wait() -> int:
        signal = waiting.Signal(watch, in_thread)
        never = asyncio.get_running_loop().create_future()
        await signal.wait(0, 10, unless=never)
        await signal.wait(1, 10, unless=never)
        signal.stop()
        return signal.version

    monkeypatch.setattr("django.conf.settings.REDIS_URL", None)
    assert asyncio.run(wait()) == 3
    assert looks.call_count == 3


@pytest.mark.postgresql
def test_connection_that_the_server_has_closed_is_replaced_by_the_next_look():
    watch = feed_signal.FeedWatch()
    seen, _ = watch.look(None)
    write()
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [connection.connection.info.backend_pid])
    _, has_happened = watch.look(seen)
    assert has_happened


class Counter:
    """Something to wait for, without a database."""

    def __init__(self) -> None:
        self.happened = self.looks = 0

    def channel(self) -> str:
        return "a channel"

    def look(self, seen: int | None) -> tuple[int, bool]:
        self.looks += 1
        return self.happened, seen is not None and seen != self.happened


async def at_once(function: Callable[..., Any], *args: Any) -> Any:
    return function(*args)


def test_poll_that_arrives_just_before_looking_ends_is_told(monkeypatch):
    monkeypatch.setattr("django.conf.settings.REDIS_URL", None)
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.2)
    monkeypatch.setattr(waiting, "IDLE_SECONDS", 0.1)
    watch = Counter()

    async def wait() -> bool:
        signal, never = waiting.Signal(watch, at_once), asyncio.get_running_loop().create_future()
        await signal.wait(0, 10, unless=never)  # the first look ends it; nobody waits any more
        while watch.looks < 2:  # after which the last sleep begins
            await asyncio.sleep(0.01)
        asking = asyncio.create_task(signal.wait(1, 10, unless=never))
        await asyncio.sleep(0)
        watch.happened = 1
        await asking
        signal.stop()
        return signal.version == 3  # once more by `stop`

    assert asyncio.run(wait())


class Announcing:
    """A client of Redis, and its subscription, which has something to say once."""

    def __init__(self) -> None:
        self.messages = iter([{"type": "subscribe"}])

    def pubsub(self) -> Any:
        return nullcontext(self)

    async def subscribe(self, channel: str) -> None:
        assert channel == "a channel"

    async def get_message(self, timeout: float) -> Any:
        await asyncio.sleep(0.01)
        return next(self.messages, None)

    async def aclose(self) -> None:
        pass


def test_listening_begins_again_after_any_fault(monkeypatch, caplog):
    clients = mock.Mock(side_effect=[ValueError("one"), OSError("two"), Announcing()])
    monkeypatch.setattr("django.conf.settings.REDIS_URL", "redis://somewhere")
    monkeypatch.setattr(waiting, "loop_client", clients)
    monkeypatch.setattr(waiting, "RECONNECT_SECONDS", 0.01)

    async def listen() -> None:
        signal, never = waiting.Signal(Counter(), at_once), asyncio.get_running_loop().create_future()
        async with asyncio.timeout(10):
            while not signal._is_announced:
                await signal.wait(signal.version, 0.1, unless=never)
        signal.stop()
        await asyncio.wait(signal.tasks)

    asyncio.run(listen())
    said = "Redis announces nothing; the database is asked instead. "
    assert [it.getMessage() for it in caplog.records if it.name == waiting.logger.name] == [f"{said}one", f"{said}two"]


def test_looking_ends_when_nobody_has_waited_for_a_while(monkeypatch):
    monkeypatch.setattr("django.conf.settings.REDIS_URL", None)
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(waiting, "IDLE_SECONDS", 0.05)

    async def wait() -> None:
        signal, never = waiting.Signal(Counter(), at_once), asyncio.get_running_loop().create_future()
        await signal.wait(0, 10, unless=never)
        async with asyncio.timeout(10):
            await asyncio.gather(*signal.tasks)

    asyncio.run(wait())
