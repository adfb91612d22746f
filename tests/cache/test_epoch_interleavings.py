"""Every order of the steps of a reader, a writer and a fault of Redis, with two processes, on the real cache module.

The reader's process and the writer's have leases of their own. The fault flushes Redis, restores it from a snapshot,
replaces it, fills it up, makes it a replica, promotes a replica or cuts the writer's process off, at any moment; the
clock jumps within a lease, and past the life of a mark. Once the writer has answered, no look-up may find the row as it
was before. A connection knows of its server what that was when the connection was opened, or asked.
"""

from collections.abc import Callable, Iterator
from functools import cache as cached
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ReadOnlyError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from accounts.models import Account
from dashboard.cache import breaker, epochs
from dashboard.cache import rows as cache
from dashboard.cache.epoch_table import EpochState
from dashboard.cache.epochs import Epochs
from dashboard.cache.rows import RowCache

KEY = "account:dashboard:acct_0123456789abcdef"

Path = tuple[int, ...]


class Server:
    """A Redis server: what it has, and until when."""

    def __init__(self, name: str, entries: dict[str, tuple[Any, float]]) -> None:
        self.name, self.entries = name, entries
        self.is_full = self.is_replica = False

    def identity(self) -> str:
        return epochs.REPLICA if self.is_replica else self.name


@cached
def account(version: int | None) -> Account:
    return Account(accountid=KEY[-21:], session_key_number=version)


class World:
    """The clock, the servers, and the database: the row, the epoch, and the store of its entries."""

    def begin(self) -> None:
        self.now = 1000.0
        self.server = Server("one", {})
        self.saved: dict[str, tuple[Any, float]] = {}
        self.is_cut_off: set[str] = set()
        self.committed = 0
        self.transaction: Writer | None = None
        self.epoch = 1
        self.store = ""
        self.suspended: dict[str, float] = {}
        self.processes = {name: process(self, name) for name in ("reader", "writer")}
        self.slept_until = 0.0
        self.adds_late: list[Any] | None = None
        self.replaced_at = 0.0
        self.is_silent = False  # the database

    # What the cache module asks of time, of Django and of chance

    def on_commit(self, callback: Callable[[], None]) -> None:
        assert self.transaction
        self.transaction.after_commit.append(callback)

    savepoint_ids = ()

    def get_connection(self) -> "World":
        return self

    @property
    def run_on_commit(self) -> list[Any]:
        assert self.transaction
        return [(set(), callback, False) for callback in self.transaction.after_commit]

    def monotonic(self) -> float:
        return self.now

    time = monotonic

    def sleep(self, seconds: float) -> None:
        self.slept_until = max(self.slept_until, self.now + seconds)

    def uniform(self, least: float, most: float) -> float:
        return most

    def readable_version(self) -> int | None:
        if self.is_silent:
            self.processes["reader"].epochs.renew()  # type: ignore[attr-defined]  # as its thread does, again and again
        row = self.processes["reader"].fetch(KEY).row(Account, KEY)
        return row.session_key_number if row else None

    def state(self) -> Any:
        entries = [
            (key, repr(value), until and until - self.now)
            for key, (value, until) in sorted(self.server.entries.items())
            if until is None or until > self.now
        ]
        saved = sorted((key, repr(value)) for key, (value, _) in self.saved.items())
        known = [self._known(rows) for rows in self.processes.values()]
        suspended = [(name, until - self.now) for name, until in sorted(self.suspended.items()) if until > self.now]
        database = self.committed, self.epoch, self.store, suspended
        return database, self.server.name, entries, saved, sorted(self.is_cut_off), self.is_silent, known

    def _known(self, rows: RowCache) -> Any:
        of: Any = rows.epochs
        lease = of._known
        told = lease and (lease.epoch, lease.store, lease.suspended, min(self.now - lease.read_at, 1.1))
        suspended = of._suspended and [it - self.now for it in of._suspended]
        client: Any = rows.store
        noted = client.noted if client.connected is self.server else None
        return told, of._must_bump, of._database_fails, of._marked_elsewhere, suspended, rows.breaker.is_open, noted


class Client:
    """A process' way to Redis, and both django-redis' cache and its client."""

    def __init__(self, world: World, process: str) -> None:
        self.world, self.process = world, process
        self.client = self
        self.connected: Server | None = None
        self.noted = ""  # what the server was when this connection was opened, or asked

    @property
    def server(self) -> Server:
        if self.process in self.world.is_cut_off:
            self.connected = None
            raise RedisConnectionError
        if self.connected is not self.world.server:
            self.connected, self.noted = self.world.server, self.world.server.identity()
        return self.world.server

    def store(self) -> str:
        return self.server and self.noted

    def ask_store(self) -> str:
        self.noted = self.server.identity()
        return self.noted

    def reconnect(self) -> None:
        self.connected = None

    def get_many(self, keys: tuple[str, ...]) -> dict[str, Any]:
        return {key: self.server.entries[key][0] for key in keys if self.is_there(key)}

    def add(self, key: str, value: Any, timeout: float | None) -> bool:
        if self.world.adds_late is not None:
            self.world.adds_late.append((key, value, timeout))
            raise RedisTimeoutError
        if self.is_there(key):
            return False
        self.write(key, value, timeout)
        return True

    def add_many(self, values: dict[str, Any], timeout: float | None) -> bool:
        return [self.add(key, value, timeout) for key, value in values.items()] != []

    def set_many(self, values: dict[str, Any], timeout: float) -> None:
        for key, value in values.items():
            self.write(key, value, timeout)

    def replace(self, key: str, old: Any, new: Any, timeout: float) -> bool:
        if not self.is_there(key) or self.server.entries[key][0] != old:
            return False
        self.write(key, new, timeout or None)
        return True

    def write(self, key: str, value: Any, timeout: float | None) -> None:
        if self.server.is_full:
            raise ResponseError
        if self.server.is_replica:
            raise ReadOnlyError
        self.server.entries[key] = value, timeout and self.world.now + timeout  # type: ignore[assignment]

    def is_there(self, key: str) -> bool:
        _, until = self.server.entries.get(key, (None, 0.0))
        return until is None or until > self.world.now


class Table:
    """The epoch in the database, as a process sees it: with what its open transaction has not committed left out."""

    def __init__(self, world: World, process: str) -> None:
        self.world, self.process = world, process

    def read(self) -> EpochState:
        if self.world.is_silent:
            raise OperationalError
        is_suspended = any(until > self.world.now for until in self.world.suspended.values())
        return EpochState(self.world.epoch, self.world.store, is_suspended)

    def bump(self) -> None:
        if self.world.is_silent:
            raise OperationalError
        if self.process == "writer" and self.world.transaction:
            self.world.transaction.bumps += 1
        else:
            self.world.epoch += 1

    def claim(self, store: str) -> None:
        assert not self.world.is_silent
        self.world.store, self.world.epoch = store, self.world.epoch + 1

    def suspend(self, seconds: float) -> None:
        if self.world.is_silent:
            raise OperationalError
        self.world.suspended[self.process], self.world.epoch = self.world.now + seconds, self.world.epoch + 1

    def resume(self) -> None:
        assert not self.world.is_silent
        del self.world.suspended[self.process]
        self.world.epoch += 1


def process(world: World, name: str) -> RowCache:
    rows, client, table = RowCache(), Client(world, name), Table(world, name)
    rows.store = client  # type: ignore[assignment]
    rows.epochs = Epochs(client, table)  # type: ignore[arg-type]
    return rows


class Actor:
    """Takes its steps one after another."""

    def __init__(self, world: World) -> None:
        self.world, self.place = world, 0
        self.steps = [getattr(self, name) for name in self.names()]

    def names(self) -> list[str]:
        raise NotImplementedError

    def may_step(self) -> bool:
        return True

    def state(self) -> Any:
        return self.place


class Reader(Actor):
    """Look up, read the row, and add it."""

    version: int | None = None
    noted = 0.0

    def names(self) -> list[str]:
        return ["look_up", "read", "fill"]

    def look_up(self) -> None:
        self.seen, self.noted = self.world.processes["reader"].fetch(KEY), self.world.now
        if self.seen.row(Account, KEY):
            self.place = len(self.steps)

    def read(self) -> None:
        self.version = self.world.committed

    def may_step(self) -> bool:
        return not (self.world.is_silent and self.place == 1)

    def fill(self) -> None:
        self.seen.populate({KEY: account(self.version)})

    def state(self) -> Any:
        if self.place in (0, len(self.steps)):
            return self.place
        return self.place, self.version, self.seen.epoch, repr(self.seen.entries), self.world.now - self.noted


class UncertainReader(Reader):
    """Redis answers too late that it has added the row, or adds it later."""

    def names(self) -> list[str]:
        return ["look_up", "read", "fill", "late_fill"]

    def fill(self) -> None:
        self.late: list[Any] = []
        self.world.adds_late = self.late
        super().fill()
        self.world.adds_late = None

    def late_fill(self) -> None:
        for arguments in self.late:
            self.world.processes["writer"].store.add(*arguments)

    def state(self) -> Any:
        return super().state(), repr(getattr(self, "late", None))


class Writer(Actor):
    """Mark, commit, mark again, and answer when that has returned."""

    marked_at = 0.0
    returns_at = 0.0

    def names(self) -> list[str]:
        self.after_commit: list[Callable[[], None]] = []
        self.bumps = 0
        return ["mark", "commit", "mark_again", "answer"]

    def mark(self) -> None:
        self.marked_at = self.world.now
        self.world.transaction = self
        self.world.processes["writer"].mark_dirty(KEY)
        self.world.transaction = None

    def commit(self) -> None:
        self.world.committed = 1
        self.world.epoch += self.bumps

    def mark_again(self) -> None:
        self.world.slept_until = self.world.now
        for callback in self.after_commit:
            callback()
        self.returns_at = self.world.slept_until

    def answer(self) -> None:
        pass

    def may_step(self) -> bool:
        if self.place < 2 and self.world.is_silent:
            return False
        return self.place != 3 or self.world.now >= self.returns_at

    def is_too_slow(self) -> bool:
        return 0 < self.place < 3 and self.world.now - self.marked_at > epochs.TRANSACTION_SECONDS

    def state(self) -> Any:
        waits = max(0.0, self.returns_at - self.world.now) if self.place == 3 else 0
        return self.place, self.bumps, self.world.now - self.marked_at if 0 < self.place < 3 else waits


class Clock(Actor):
    """Jumps within a lease, and then past it; a mark outlives one jump and not two."""

    def names(self) -> list[str]:
        return ["jump", "leap", "leap"]

    def jump(self) -> None:
        self.world.now += 0.6

    def leap(self) -> None:
        self.world.now += 6


class ShortClock(Clock):
    """Jumps within a lease and past it, but never past the life of a mark."""

    def names(self) -> list[str]:
        return ["jump", "leap"]


class Flush(Actor):
    def names(self) -> list[str]:
        return ["flush"]

    def flush(self) -> None:
        self.world.server.entries.clear()


class Restore(Actor):
    """Redis is restarted with an older snapshot."""

    def names(self) -> list[str]:
        return ["save", "restart"]

    def save(self) -> None:
        self.world.saved = dict(self.world.server.entries)

    def restart(self) -> None:
        self.world.server = Server("two", dict(self.world.saved))


class CutOff(Actor):
    """The writer's process does not reach Redis for a while."""

    def names(self) -> list[str]:
        return ["cut_off", "let_in"]

    def cut_off(self) -> None:
        self.world.is_cut_off.add("writer")

    def let_in(self) -> None:
        self.world.is_cut_off.clear()


class Full(Actor):
    def names(self) -> list[str]:
        return ["fill_up", "free"]

    def fill_up(self) -> None:
        self.world.server.is_full = True

    def free(self) -> None:
        self.world.server.is_full = False

    def state(self) -> Any:
        return self.place


class Demoted(Actor):
    def names(self) -> list[str]:
        return ["demote"]

    def demote(self) -> None:
        self.world.server.is_replica = True


class Promoted(Actor):
    """The server is a replica at first."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        world.server.is_replica = True

    def names(self) -> list[str]:
        return ["promote"]

    def promote(self) -> None:
        self.world.server.is_replica, self.world.server.name = False, "two"


class Replaced(Actor):
    """The server becomes a replica of one that lacks the latest marks, and then the primary again. Connections stay."""

    def names(self) -> list[str]:
        return ["save", "demote", "promote"]

    def save(self) -> None:
        self.world.saved = dict(self.world.server.entries)

    def demote(self) -> None:
        self.world.server.is_replica = True
        self.world.server.entries = dict(self.world.saved)
        self.world.replaced_at = self.world.now

    def promote(self) -> None:
        self.world.server.is_replica, self.world.server.name = False, "two"
        self.world.replaced_at = self.world.now


class ReplacedInSilence(Replaced):
    """The same, while the database does not answer. The process' thread notices both when it asks."""

    def names(self) -> list[str]:
        return ["save", "fall_silent", "demote", "promote"]

    def fall_silent(self) -> None:
        self.world.is_silent = True
        self.world.processes["reader"].epochs.renew()  # type: ignore[attr-defined]


Replay = Callable[[tuple[Any, ...], Path], tuple[World, list[Any]]]


@pytest.fixture
def replay(monkeypatch: pytest.MonkeyPatch) -> Replay:
    """Makes a world in which actors of these kinds have taken these steps."""
    monkeypatch.setattr(epochs, "connection", SimpleNamespace(in_atomic_block=False))

    for module in (cache, epochs):
        monkeypatch.setattr(module.logger, "disabled", True)  # they would write more than half of the time
    world = World()
    for module in (cache, epochs, breaker):
        monkeypatch.setattr(module, "time", world)
    monkeypatch.setattr(cache, "transaction", world)
    monkeypatch.setattr(cache, "random", world)

    def run(kinds: tuple[Any, ...], path: Path) -> tuple[World, list[Any]]:
        world.begin()
        actors = [kind(world) for kind in kinds]
        for index in path:
            actor = actors[index]
            step = actor.steps[actor.place]
            actor.place += 1
            step()
        return world, actors

    return run


def every_state(replay: Replay, kinds: tuple[Any, ...]) -> Iterator[tuple[World, list[Any], Path]]:
    seen, paths = set(), [()]
    while paths:
        path: Path = paths.pop()
        world, actors = replay(kinds, path)
        if any(isinstance(actor, Writer) and actor.is_too_slow() for actor in actors):
            continue
        states = [(type(actor).__name__, repr(actor.state())) for actor in actors]
        state = repr(world.state()), tuple(sorted(states))
        if state in seen:
            continue
        seen.add(state)
        yield world, actors, path
        paths += [
            (*path, index)
            for index, actor in enumerate(actors)
            if actor.place < len(actor.steps) and actor.may_step() and states[index] not in states[:index]
        ]


def assert_nothing_stale(replay: Replay, *kinds: Any, after: float = 0.0) -> int:
    """Assert that no row is found as it was before; or only for so many seconds after a server was replaced."""
    count = 0
    for world, actors, path in every_state(replay, kinds):
        count += 1
        has_answered = any(isinstance(actor, Writer) and actor.place == len(actor.steps) for actor in actors)
        if world.now - world.replaced_at < after:
            continue
        version = world.readable_version()
        assert version is None or not has_answered or version == world.committed, path
    return count


@pytest.mark.parametrize("fault", [Flush, Restore, CutOff, Full, Demoted, Promoted], ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("clock", [ShortClock, pytest.param(Clock, marks=pytest.mark.exhaustive)])
def test_no_fault_lets_an_old_row_be_found_after_the_answer(replay: Replay, fault: Any, clock: Any) -> None:
    assert assert_nothing_stale(replay, Reader, Writer, fault, clock) > 50


@pytest.mark.parametrize("clock", [ShortClock, pytest.param(Clock, marks=pytest.mark.exhaustive)])
def test_an_entry_that_redis_adds_later_is_not_found(replay: Replay, clock: Any) -> None:
    assert assert_nothing_stale(replay, UncertainReader, Writer, clock) > 100


@pytest.mark.parametrize("fault", [Replaced, ReplacedInSilence], ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("clock", [ShortClock, pytest.param(Clock, marks=pytest.mark.exhaustive)])
def test_server_that_was_a_replica_meanwhile_is_noticed_in_two_seconds(replay: Replay, fault: Any, clock: Any) -> None:
    assert assert_nothing_stale(replay, Reader, Writer, fault, clock, after=2.0) > 50


def do_not_end_the_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was done before there were epochs: go on without the mark."""
    monkeypatch.setattr(Epochs, "note_unmarked", lambda self: None)
    monkeypatch.setattr(Epochs, "settle", lambda self, *, is_bumped: None)


def answer_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(World, "sleep", lambda self, seconds: None)


def trust_any_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, "store", lambda self: self.server and "same")
    monkeypatch.setattr(Client, "ask_store", lambda self: self.server and "same")


def miss_that_redis_was_flushed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Epochs, "agrees", lambda self, lease, stored, store: store == lease.store)


def believe_what_connections_have_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, "ask_store", Client.store)


def ask_the_database_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Epochs, "_checked", lambda self, lease: lease)


@pytest.mark.parametrize(
    ("break_rule", "fault"),
    [(believe_what_connections_have_noted, Replaced), (ask_the_database_alone, ReplacedInSilence)],
)
def test_server_must_be_asked_again(
    replay: Replay, monkeypatch: pytest.MonkeyPatch, break_rule: Callable[[pytest.MonkeyPatch], None], fault: Any
) -> None:
    break_rule(monkeypatch)
    with pytest.raises(AssertionError):
        assert_nothing_stale(replay, Reader, Writer, fault, Clock, after=2.0)


def believe_that_it_was_not_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Epochs, "note_uncertain_entry", lambda self: None)


def test_an_entry_that_redis_adds_later_must_be_reckoned_with(replay: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    believe_that_it_was_not_added(monkeypatch)
    with pytest.raises(AssertionError):
        assert_nothing_stale(replay, UncertainReader, Writer, Clock)


@pytest.mark.parametrize(
    ("break_rule", "fault"),
    [
        (do_not_end_the_epoch, CutOff),
        (do_not_end_the_epoch, Full),
        (answer_at_once, CutOff),
        (trust_any_server, Restore),
        (miss_that_redis_was_flushed, Flush),
    ],
)
def test_every_rule_is_needed(
    replay: Replay, monkeypatch: pytest.MonkeyPatch, break_rule: Callable[[pytest.MonkeyPatch], None], fault: Any
) -> None:
    break_rule(monkeypatch)
    with pytest.raises(AssertionError):
        assert_nothing_stale(replay, Reader, Writer, fault, Clock)
