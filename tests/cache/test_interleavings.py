"""Every order of the steps of readers and writers, on the real cache module, with a clock and a store of its own.

A reader glances at the cache, reads the row and fills; a writer marks, updates, commits and marks again; the clock may
jump at any moment, too far for a fill to be in time, and too far for a mark to stand. States that were reached before
by another order are not explored again. No order may leave an entry that can be read and is older than a commit whose
writer has returned.
"""

from collections.abc import Callable, Iterator
from functools import cache as cached
from operator import attrgetter
from typing import Any

import pytest

from accounts.models import Account
from dashboard.cache import rows as cache
from dashboard.cache.rows import Snapshot, row_cache
from dashboard.cache.seals import unseal
from dashboard.db.instances import cacheable_columns

KEY = "account:dashboard:acct_0123456789abcdef"
FORGED = 1_000  # the version of an entry that nobody has written
LATE = 6  # seconds: more than half the life of a mark, so that two such jumps outlive one


@cached
def account(version: int | None) -> Account:
    return Account(accountid=KEY[-21:], session_key_number=version)


class World:
    """The clock, the store, and the row: the version that is committed, and who holds its lock."""

    def begin(self) -> None:
        self.now = 1000.0
        self.entries: dict[str, tuple[Any, float]] = {}
        self.committed = 0
        self.locked_by: Writer | None = None
        self.after_commit: list[Callable[[], None]] = []

    # What the cache module asks of time, of Django and of chance

    def on_commit(self, callback: Callable[[], None]) -> None:
        self.after_commit.append(callback)

    savepoint_ids = ()

    def get_connection(self) -> "World":
        return self

    @property
    def run_on_commit(self) -> list[Any]:
        return [(set(), callback, False) for callback in self.after_commit]

    def monotonic(self) -> float:
        return self.now

    time = monotonic

    def uniform(self, least: float, most: float) -> float:
        """Chance would tell states apart that are alike."""
        return most

    def get_many(self, keys: tuple[str, ...]) -> dict[str, Any]:
        return {key: self.entries[key][0] for key in keys if self.is_there(key)}

    def add(self, key: str, value: Any, timeout: float) -> bool:
        if self.is_there(key):
            return False
        self.entries[key] = value, self.now + timeout
        return True

    def set_many(self, values: dict[str, Any], timeout: float) -> None:
        for key, value in values.items():
            self.entries[key] = value, self.now + timeout

    def delete(self, key: str) -> None:
        self.entries.pop(key, None)

    def is_there(self, key: str) -> bool:
        return key in self.entries and self.entries[key][1] > self.now

    # What a test asks

    def readable_version(self) -> int | None:
        row = row_cache.fetch(KEY).row(Account, KEY)
        return row.session_key_number if row else None

    def state(self) -> Any:
        left = [
            (key, repr(value), until - self.now) for key, (value, until) in self.entries.items() if until > self.now
        ]
        return self.committed, tuple(left)


class Reader:
    """Snapshot, read the row, fill."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.steps: list[Callable[[], None]] = [self.snapshot, self.read, self.fill]
        self.place = 0
        self.version: int | None = None
        self.noted = 0.0

    def snapshot(self) -> None:
        self.seen = row_cache.fetch(KEY)
        self.noted = self.world.now
        if self.seen.row(Account, KEY):
            self.place = len(self.steps)

    def read(self) -> None:
        self.version = self.world.committed

    def fill(self) -> None:
        self.seen.populate({KEY: account(self.version)})

    def may_step(self) -> bool:
        return True

    def state(self) -> Any:
        if self.place in (0, len(self.steps)):  # what it had found matters no more
            return self.place
        return self.place, self.version, repr(self.seen.entries), self.world.now - self.noted


class Writer:
    """Mark, update the locked row, commit, mark again. A transaction is over before its mark is."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.steps: list[Callable[[], None]] = [self.mark, self.update, self.commit, self.mark_again]
        self.place = 0
        self.wrote: int | None = None
        self.marked_at = 0.0
        self.after_commit: list[Callable[[], None]] = []

    def mark(self) -> None:
        self.marked_at = self.world.now
        self.world.after_commit = self.after_commit
        row_cache.mark_dirty(KEY)

    def update(self) -> None:
        self.world.locked_by = self
        self.wrote = self.world.committed + 1

    def commit(self) -> None:
        self.world.committed = self.wrote or 0
        self.world.locked_by = None

    def mark_again(self) -> None:
        for callback in self.after_commit:
            callback()

    def may_step(self) -> bool:
        return self.steps[self.place] != self.update or self.world.locked_by is None

    def is_too_slow(self) -> bool:
        return 0 < self.place < 3 and self.world.now - self.marked_at > cache.DIRTY_SECONDS

    def state(self) -> Any:
        return self.place, self.wrote, self.world.now - self.marked_at if 0 < self.place < 3 else 0


class Forger:
    """Somebody who can write to the store puts an entry of their own there, twice, whatever is there."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.steps = [self.forge, self.forge]
        self.place = 0

    def forge(self) -> None:
        fingerprint, names = cacheable_columns(Account)
        entry = [fingerprint, 0, self.world.now, *attrgetter(*names)(account(FORGED))]
        self.world.entries[KEY] = entry, self.world.now + 1_000

    def may_step(self) -> bool:
        return True

    def state(self) -> int:
        return self.place


class DeletingWriter(Writer):
    """The usual way: update, commit, and then delete the entry."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.steps = [self.update, self.commit, self.delete]

    def delete(self) -> None:
        self.world.delete(KEY)

    def is_too_slow(self) -> bool:
        return False


class Clock:
    """Jumps twice."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.steps = [self.jump, self.jump]
        self.place = 0

    def jump(self) -> None:
        self.world.now += LATE

    def may_step(self) -> bool:
        return True

    def state(self) -> int:
        return self.place


Replay = Callable[[tuple[Any, ...], tuple[int, ...]], tuple[World, list[Any]]]


@pytest.fixture
def replay(monkeypatch: pytest.MonkeyPatch) -> Replay:
    """Makes a world in which actors of these kinds have taken these steps."""
    world = World()
    monkeypatch.setattr(row_cache, "store", world)
    monkeypatch.setattr(cache, "time", world)
    monkeypatch.setattr(cache, "transaction", world)
    monkeypatch.setattr(cache, "random", world)
    row_cache.breaker.reset()

    def run(kinds: tuple[Any, ...], path: tuple[int, ...]) -> tuple[World, list[Any]]:
        world.begin()
        actors = [kind(world) for kind in kinds]
        for index in path:
            actor = actors[index]
            step = actor.steps[actor.place]
            actor.place += 1
            step()
        return world, actors

    return run


def every_state(replay: Any, kinds: tuple[Any, ...]) -> Iterator[tuple[World, list[Any], tuple[int, ...]]]:
    """Every state that some order of steps leads to, once, with an order that leads there."""
    seen, paths = set(), [()]
    while paths:
        path = paths.pop()
        world, actors = replay(kinds, path)
        if any(isinstance(actor, Writer) and actor.is_too_slow() for actor in actors):
            continue
        states = [(type(actor).__name__, repr(actor.state())) for actor in actors]
        state = world.state(), tuple(sorted(states))
        if state in seen:
            continue
        seen.add(state)
        yield world, actors, path
        paths += [
            (*path, index)
            for index, actor in enumerate(actors)
            if actor.place < len(actor.steps) and actor.may_step() and states[index] not in states[:index]
        ]


def assert_nothing_stale(replay: Replay, *kinds: Any) -> int:
    """Assert it for every order, and that nothing is read that was not written. Return how many states there are."""
    count = 0
    for world, actors, path in every_state(replay, kinds):
        count += 1
        returned = [actor.wrote for actor in actors if isinstance(actor, Writer) and actor.place == len(actor.steps)]
        version = world.readable_version()
        assert version is None or world.committed >= version >= max(returned, default=0), path
    return count


@pytest.mark.parametrize(
    "kinds",
    [
        (Reader, Writer, Clock),
        (Reader, Reader, Writer, Clock),
        (Reader, Writer, Writer, Clock),
        (Reader, Writer, Forger, Clock),
        pytest.param((Reader, Reader, Writer, Writer, Clock), marks=pytest.mark.exhaustive),
    ],
    ids=lambda kinds: " ".join(kind.__name__ for kind in kinds),
)
def test_no_order_leaves_a_stale_entry(replay: Replay, kinds: tuple[Any, ...]) -> None:
    assert assert_nothing_stale(replay, *kinds) > 200


@pytest.mark.xfail(raises=AssertionError, strict=True, reason="deleting after the commit lets a late fill through")
def test_deleting_after_the_commit_leaves_a_stale_entry(replay: Replay) -> None:
    assert_nothing_stale(replay, Reader, DeletingWriter)


def add_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Snapshot, "_is_late", lambda snapshot: False)


def do_not_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_cache, "mark", lambda keys, channels=(): None)


def believe_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Snapshot, "_unsealed", lambda snapshot, key: readable(key, snapshot.entries.get(key)))


def readable(key: str, value: Any) -> Any:
    return value if isinstance(value, list) else unseal(key, value or cache.DIRTY)


def overwrite_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(World, "add", lambda world, key, value, timeout: world.set_many({key: value}, timeout))


@pytest.mark.parametrize("break_rule", [add_too_late, do_not_mark, overwrite_marks, believe_everybody])
def test_every_rule_is_needed(replay: Replay, monkeypatch: pytest.MonkeyPatch, break_rule: Any) -> None:
    break_rule(monkeypatch)
    with pytest.raises(AssertionError):
        assert_nothing_stale(replay, Reader, Writer, Forger, Clock)
