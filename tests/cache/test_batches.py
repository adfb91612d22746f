"""Look-ups that share a round trip: every order of their steps and of writers', and a cache that fails."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from accounts.models import Account
from dashboard.cache import batches
from dashboard.cache.batches import BatchedLookups
from dashboard.cache.epochs import FixedEpoch
from dashboard.cache.rows import row_cache
from tests.cache.test_interleavings import KEY, Clock, Reader, Replay, World, Writer, every_state, replay

__all__ = ["replay"]


class Connection:
    """A connection to the store of a world: it executes a command and hands over the reply when it is told to."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.command: tuple[list[str], asyncio.Future[list[Any]]] | None = None
        self.reply: list[Any] | None = None

    def make_key(self, key: str) -> str:
        return key

    def decode(self, value: Any) -> Any:
        return value

    def add_many(self, entries: dict[str, Any], timeout: float) -> bool:
        """Do what the client of a thread does."""
        return [self.world.add(key, value, timeout) for key, value in entries.items()] != []

    async def mget(self, keys: list[str]) -> list[Any]:
        self.reply = None
        self.command = keys, asyncio.get_running_loop().create_future()
        return await self.command[1]

    def execute(self) -> None:
        assert self.command
        entries = self.world.get_many(tuple(self.command[0]))
        self.reply = [entries.get(key) for key in self.command[0]]

    def hand_over(self) -> None:
        assert self.command
        answer, self.command = self.command[1], None
        answer.set_result(self.reply)

    def state(self) -> Any:
        return repr(self.command and (self.command[0], self.reply))


class Front(World):
    """A world with requests that look rows up in batches. The version that a request finds may not be outdated."""

    kind = BatchedLookups
    loop: asyncio.AbstractEventLoop

    def begin(self) -> None:
        self.cancel_requests()
        super().begin()
        self.returned = 0  # the latest version whose writer has returned
        self.client = Connection(self)
        self.lookups = self.kind(row_cache)
        self.lookups._connected = lambda: self.client  # type: ignore[method-assign]
        batches.time = self  # type: ignore[attr-defined]

    def cancel_requests(self) -> None:
        """Forget the requests of an earlier order of steps."""
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.go_on()

    def go_on(self) -> None:
        """Let the event loop do what it can."""
        for _ in range(6):
            self.loop.run_until_complete(asyncio.sleep(0))

    def state(self) -> Any:
        return super().state(), self.client.state(), self.returned


class HotReader:
    """A request: it asks, and is answered sometime later."""

    def __init__(self, world: Front) -> None:
        self.world = world
        self.steps: list[Callable[[], None]] = [self.ask]
        self.place = 0
        self.returned = 0
        self.task: asyncio.Task[Any] | None = None

    def ask(self) -> None:
        self.returned = self.world.returned
        self.task = self.world.loop.create_task(self.world.lookups.fetch(KEY))
        self.world.go_on()

    def version(self) -> int | None:
        """Return the version that the request has found, if it has been answered."""
        if self.task is None or not self.task.done():
            return None
        snapshot = self.task.result()
        row = snapshot.row(Account, KEY) if snapshot else None
        return row.session_key_number if row else None

    def may_step(self) -> bool:
        return True

    def state(self) -> Any:
        return self.place, self.task is not None and self.task.done(), self.version(), self.returned


class Store:
    """Executes what was sent, and replies, once for each of two requests."""

    def __init__(self, world: Front) -> None:
        self.world = world
        self.steps: list[Callable[[], None]] = [self.execute, self.reply] * 2
        self.place = 0

    def execute(self) -> None:
        self.world.client.execute()

    def reply(self) -> None:
        self.world.client.hand_over()
        self.world.go_on()

    def may_step(self) -> bool:
        return self.world.client.command is not None

    def state(self) -> int:
        return self.place


class ReturningWriter(Writer):
    """A writer that tells when it has returned."""

    def mark_again(self) -> None:
        super().mark_again()
        front: Any = self.world
        front.returned = max(front.returned, self.wrote or 0)


class JoiningLookups(BatchedLookups):
    """What must not be: requests join a batch that has been sent."""

    async def _ask_all(self) -> None:
        while self._questions:
            entries = await self._entries([key for question in self._questions for key in question.keys])
            batch, self._questions = self._questions, []
            for question in batch:
                question.answer.set_result(entries)
        self._asking = None


@pytest.fixture
def front(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Front]]:
    loop = asyncio.new_event_loop()
    monkeypatch.setattr(Front, "loop", loop, raising=False)
    monkeypatch.setattr("tests.cache.test_interleavings.World", Front)
    monkeypatch.setattr(batches, "time", batches.time)  # put back afterwards
    yield Front
    for task in asyncio.all_tasks(loop):
        task.cancel()
    for _ in range(6):
        loop.run_until_complete(asyncio.sleep(0))
    loop.close()


@pytest.fixture
def front_replay(front: type[Front], monkeypatch: pytest.MonkeyPatch) -> Replay:
    made: Replay = replay.__wrapped__(monkeypatch)  # type: ignore[attr-defined]  # after World was replaced
    return made


def assert_nothing_outdated(replay_: Replay, *kinds: Any) -> int:
    """Return how many times a request found a row."""
    found = 0
    for _, actors, path in every_state(replay_, kinds):
        for reader in actors:
            if isinstance(reader, HotReader) and (version := reader.version()) is not None:
                found += 1
                assert version >= reader.returned, path
    return found


@pytest.mark.parametrize(
    "kinds",
    [
        (HotReader, HotReader, Store, Reader, ReturningWriter),
        pytest.param((HotReader, HotReader, Store, Reader, ReturningWriter, Clock), marks=pytest.mark.exhaustive),
    ],
    ids=lambda kinds: " ".join(kind.__name__ for kind in kinds),
)
def test_no_order_answers_a_request_from_before_it_was_made(front_replay: Replay, kinds: tuple[Any, ...]) -> None:
    assert assert_nothing_outdated(front_replay, *kinds) > 30


def test_joining_a_batch_that_was_sent_answers_from_before(
    front_replay: Replay, front: type[Front], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front, "kind", JoiningLookups)
    with pytest.raises(AssertionError):
        assert_nothing_outdated(front_replay, HotReader, HotReader, Store, Reader, ReturningWriter)


# A cache that fails


class Failing:
    """A client whose server does not answer."""

    async def mget(self, keys: list[str]) -> list[Any]:
        raise RedisConnectionError("gone")


class Answering(Connection):
    async def mget(self, keys: list[str]) -> list[Any]:
        return [None] * len(keys)


def looked_up(client: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    world = World()
    world.begin()
    world.client = Answering(world)  # type: ignore[attr-defined]
    monkeypatch.setattr(row_cache, "store", world)
    lookups = BatchedLookups(row_cache)
    monkeypatch.setattr(lookups, "_connected", lambda: client)
    return asyncio.run(lookups.fetch(KEY))


def test_a_cache_that_answers_is_relied_on(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = looked_up(Answering(World()), monkeypatch)
    assert snapshot.entries == {}
    assert snapshot.row(Account, KEY) is None


def test_a_cache_that_fails_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert looked_up(Failing(), monkeypatch) is None
    assert row_cache.breaker.is_open
    assert looked_up(Answering(World()), monkeypatch) is None
    row_cache.forget()
    assert looked_up(Answering(World()), monkeypatch)


class Suspended(FixedEpoch):
    is_suspended = True


class WithoutLease(FixedEpoch):
    def lease(self, *, wait: bool = False) -> None:
        return None


@pytest.mark.parametrize("epochs", [Suspended(), WithoutLease()])
def test_a_cache_that_is_not_to_be_believed_is_not_asked(monkeypatch: pytest.MonkeyPatch, epochs: FixedEpoch) -> None:
    monkeypatch.setattr(row_cache, "epochs", epochs)
    assert looked_up(Answering(World()), monkeypatch) is None


class Faulty:
    """A client with a fault that nobody has thought of."""

    async def mget(self, keys: list[str]) -> list[Any]:
        raise RuntimeError("unexpected")


def test_an_unexpected_fault_stops_nothing(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    world.begin()
    world.client = Answering(world)  # type: ignore[attr-defined]
    monkeypatch.setattr(row_cache, "store", world)
    lookups = BatchedLookups(row_cache)
    clients = iter([Faulty(), Answering(World())])
    monkeypatch.setattr(lookups, "_connected", lambda: next(clients))

    async def look_up() -> tuple[Any, Any]:
        async with asyncio.timeout(10):
            return await lookups.fetch(KEY), await lookups.fetch(KEY)

    first, second = asyncio.run(look_up())
    assert first is None
    assert second.entries == {}
    assert "Looking up rows in the cache failed." in caplog.text
