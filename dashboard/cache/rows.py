"""Rows in the cache: read through, and marked dirty, so that a changed row is never read from it again.

README.md beside this file has the protocol, docs/revocation.md the proof and its conditions.
"""

import logging
import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, TypeVar

from django.core.cache import BaseCache, caches
from django.db import models, transaction

from dashboard.cache.breaker import CircuitBreaker
from dashboard.cache.epochs import Epochs, FixedEpoch, Lease
from dashboard.cache.keeper import Keeper
from dashboard.cache.redis.failures import FAILURES
from dashboard.cache.redis.identity import REPLICA
from dashboard.cache.seals import MARK, ForgedEntryError, seal, unseal
from dashboard.db.instances import Row, cacheable_columns, instance_from_columns
from dashboard.db.routers import is_reading_elsewhere
from dashboard.observability.metrics import get_metrics

logger = logging.getLogger(__name__)

CACHE_SECONDS = 60
HEAD = 3  # what stands before the columns in an entry: fingerprint, epoch, and when the row was read
DIRTY_SECONDS = 10
DIRTY = MARK
SECONDS_BETWEEN_WARNINGS = 60
FORGED_HINT = (
    "Somebody else writes to this Redis, or a process has another SECRET_KEY; after an update or a change of SECRET_KEY"
    " this is normal for a minute."
)

Result = TypeVar("Result")


class RowCache:
    """The rows in one of Django's caches. Every failure is a miss, after a short wait at most."""

    def __init__(self, alias: str = "default") -> None:
        self.alias = alias
        self.breaker = CircuitBreaker()
        self._silent_until = 0.0

    @cached_property
    def store(self) -> BaseCache:
        """The cache, one for all threads: `caches[alias]` would make a new one for each request of the server."""
        return caches.create_connection(self.alias)

    @cached_property
    def epochs(self) -> FixedEpoch:
        """The epochs of the entries: those of Redis, or one for ever where nothing is cached."""
        client = getattr(self.store, "client", None)
        return FixedEpoch() if client is None else Epochs(client)

    @property
    def is_reliable(self) -> bool:
        """Whether the store has not just failed, and can be told of every change."""
        return not (self.breaker.is_open or self.epochs.is_suspended)

    def keep_epoch(self) -> None:
        """Have a thread of this process learn the epoch, so that no look-up waits for the database."""
        if isinstance(self.epochs, Epochs):
            Keeper(self.epochs).start()

    def fetch(self, *keys: str) -> "Snapshot":
        """Look up these keys in one round trip. Entries of another epoch than the present one are misses."""
        keys = tuple(dict.fromkeys(keys))
        epochs = self.epochs
        key, lease = epochs.key, epochs.lease()
        noted, noted_at = time.monotonic(), time.time()
        asked = (key, *keys) if key else keys
        answer = self._ask(lambda: self._look_up(asked), None) if lease else None
        entries: dict[str, Any] = {}
        epoch = None
        if lease and answer:
            entries, store = answer
            if self._has_entries_of(lease, entries.pop(key or "", None), store):
                epoch = lease.epoch
        get_metrics().count_lookups(len(entries), len(keys) - len(entries))
        return Snapshot(self, keys, noted, noted_at, entries, epoch)

    def _look_up(self, keys: tuple[str, ...]) -> tuple[dict[str, Any], str]:
        """Return what the store has under these keys, and which server has answered, as `_connected_store`."""
        found: dict[str, Any] = self.store.get_many(keys)
        return found, self._connected_store()

    def _connected_store(self) -> str:
        """Return the identity of the server that this thread is connected to, "" where there are no epochs."""
        if not self.epochs.key:
            return ""
        store: str = self.store.client.store()  # type: ignore[attr-defined]  # of django-redis
        return store

    def _has_entries_of(self, lease: Lease, stored: Any, store: str) -> bool:
        """Whether the server that has just answered, of this identity, has the entries of this lease."""
        if not self.epochs.key:
            return True
        if store != lease.store:
            client: Any = self.store.client  # type: ignore[attr-defined]  # of django-redis
            client.reconnect()
        return self.epochs.agrees(lease, stored, store)

    def add(self, entries: Mapping[str, list[Any]]) -> None:
        """Add those of these entries whose keys are absent, in one round trip."""
        client: Any = getattr(self.store, "client", None)  # django-redis has one
        sealed = {key: seal(key, entry) for key, entry in entries.items()}

        def add_each() -> bool:
            for key, value in sealed.items():
                self.store.add(key, value, _lifetime())
            return True

        self._add(partial(client.add_many, sealed, _lifetime()) if client else add_each)

    def replace(self, key: str, dead: Any, entry: list[Any]) -> None:
        """Replace a dead entry, which is of an epoch that is over, unless it has changed."""
        client: Any = self.store.client  # type: ignore[attr-defined]  # of django-redis
        self._add(partial(client.replace, key, dead, seal(key, entry), _lifetime()))

    def _add(self, question: Callable[[], bool]) -> None:
        if self._ask(question, None) is None:  # Redis may still do it after the current marks have expired
            self.epochs.note_uncertain_entry()

    def mark_dirty(self, *keys: str) -> None:
        """Mark rows that this transaction changes: now, and again once it is committed.

        The change happens even if a mark fails. Then it ends the epoch, and the commit returns only when no process
        uses an older entry any more, at most a second later.
        """
        is_marked = self.mark(keys)
        if not is_marked:
            self.epochs.note_unmarked()
        self._after_commit(keys=keys, is_bumped=not is_marked)

    def announce(self, channel: str) -> None:
        """Tell listeners on a channel of Redis that something has happened, once this transaction is committed.

        If that fails, nobody is told.
        """
        self._after_commit(channels=(channel,))

    def _after_commit(self, *, keys: Iterable[str] = (), channels: Iterable[str] = (), is_bumped: bool = False) -> None:
        """Add to what the store is told once this transaction is committed. Without a transaction, tell it now.

        What a savepoint has added is dropped with it, so it is kept apart from what came before.
        """
        current = transaction.get_connection()
        savepoints = set(current.savepoint_ids)
        for within, pending, _ in reversed(current.run_on_commit):
            if isinstance(pending, AfterCommit) and pending.cache is self and within == savepoints:
                pending.add(keys, channels, is_bumped=is_bumped)
                return
        pending = AfterCommit(self)
        pending.add(keys, channels, is_bumped=is_bumped)
        transaction.on_commit(pending)

    def mark_again(self, keys: tuple[str, ...], channels: tuple[str, ...], *, is_bumped: bool) -> None:
        """Mark keys of a committed transaction, and announce on these channels, in one round trip."""
        if not self.mark(keys, channels) or is_bumped:
            self.epochs.settle(is_bumped=is_bumped)

    def mark(self, keys: tuple[str, ...], channels: tuple[str, ...] = ()) -> bool:
        """Mark these keys now, and announce on these channels. Return whether no process can use an older entry."""
        if self.epochs.is_covered():
            return True
        try:
            is_marked = self._write_marks(keys, channels)
        except Exception as error:  # raised after a commit, it would keep other rows from being marked
            self._note_failed_marks(len(keys), error)
            is_marked = False
        if not is_marked:
            get_metrics().cache_failed_marks.inc(len(keys))
        return is_marked

    def _write_marks(self, keys: tuple[str, ...], channels: tuple[str, ...]) -> bool:
        """Write marks to the server of this thread. Return whether it is the one of the lease, where others read.

        Without a lease nothing is written. Raises whatever the store raises.
        """
        lease = self._lease_for_marks()
        if lease is None:
            return False
        announced: Any = {"channels": channels} if channels and hasattr(self.store, "client") else {}
        self.store.set_many(dict.fromkeys(keys, DIRTY), DIRTY_SECONDS, **announced)
        return self.epochs.note_mark(lease, self._connected_store())

    def _lease_for_marks(self) -> Lease | None:
        """Return the lease. Connect this thread anew before, if that may lead to the lease's server."""
        epochs = self.epochs
        lease = epochs.lease(wait=True)
        if lease and epochs.key and _is_elsewhere(self._connected_store(), lease):
            client: Any = self.store.client  # type: ignore[attr-defined]  # of django-redis
            client.reconnect()
            client.ask_store()
            lease = epochs.lease(wait=True)  # as recent as it can be when the mark is made
        return lease

    def _note_failed_marks(self, count: int, error: Exception) -> None:
        """Log that so many rows were not marked, and leave the store and this connection to it alone."""
        self.breaker.trip()
        if self.epochs.key:
            self.store.client.reconnect()  # type: ignore[attr-defined]  # it may be a replica that does not say so
        unexpected = None if isinstance(error, FAILURES) else error
        logger.error("Not marked in the cache: %d changed rows. %s", count, error, exc_info=unexpected)

    def look_up(self, *keys: str) -> dict[str, Any] | None:
        """Return what `leave` has left under these keys, None where the store does not answer."""
        return self._ask(lambda: self.store.get_many(keys), None)

    def leave(self, keys: Iterable[str], seconds: float) -> bool:
        """Leave a note under keys that are not those of rows. Return whether the store has accepted it."""

        def set_all() -> bool:
            self.store.set_many(dict.fromkeys(keys, 1), seconds)
            return True

        return self._ask(set_all, False)

    def announce_now(self, channels: tuple[str, ...]) -> None:
        """Tell listeners on these channels of Redis that something has happened."""
        client: Any = getattr(self.store, "client", None)  # django-redis has one
        if client is not None:
            self._ask(lambda: client.announce(channels), None)

    def note_forged(self, key: str) -> None:
        """Count an entry that is not authentic, and log it, at most once in SECONDS_BETWEEN_WARNINGS."""
        get_metrics().cache_forged_entries.inc()
        now = time.monotonic()
        if now < self._silent_until:
            return
        self._silent_until = now + SECONDS_BETWEEN_WARNINGS
        kind = key.partition(":")[0]
        logger.error("An entry of the cache (%s) is not authentic, and is ignored. %s", kind, FORGED_HINT)

    def ping(self) -> None:
        """Ask the store, whatever the circuit breaker says. Raises redis-py's errors where it does not answer."""
        self.store.get_many(("health",))

    def forget(self) -> None:
        """Forget what this process remembers of failures."""
        self._silent_until = 0.0
        self.breaker.reset()
        self.epochs.forget()

    def _ask(self, question: Callable[[], Result], fallback: Result) -> Result:
        """Return the store's answer, or the fallback where it fails or has just failed."""
        if not self.breaker.allows():
            return fallback
        try:
            answer = question()
        except FAILURES as error:
            self.note_failure(error)
            return fallback
        self.breaker.reset()
        return answer

    def note_failure(self, error: Exception) -> None:
        """Leave the store alone for a while, after it has failed to answer."""
        if not self.breaker.is_open:
            logger.warning("The cache does not answer; rows are read from the database. %s", error)
        self.breaker.trip()


def _is_elsewhere(store: str, lease: Lease) -> bool:
    """Whether a new connection may lead to the server of this lease, unlike that to this one."""
    return store == REPLICA or lease.store not in ("", store)


def _lifetime() -> float:
    """Return for how many seconds an entry is kept, by chance, so that not all expire at once."""
    return CACHE_SECONDS * random.uniform(0.9, 1.0)  # noqa: S311


@dataclass
class AfterCommit:
    """What the store is told when a transaction is committed: marks, and what has happened. A hook of `on_commit`."""

    cache: RowCache
    keys: dict[str, None] = field(default_factory=dict)  # a set that keeps the order
    channels: dict[str, None] = field(default_factory=dict)
    is_bumped: bool = False  # the transaction has ended the epoch, because a mark failed

    def add(self, keys: Iterable[str], channels: Iterable[str], *, is_bumped: bool) -> None:
        self.keys.update(dict.fromkeys(keys))
        self.channels.update(dict.fromkeys(channels))
        self.is_bumped |= is_bumped

    def __call__(self) -> None:
        channels = tuple(self.channels)
        if self.keys:
            self.cache.mark_again(tuple(self.keys), channels, is_bumped=self.is_bumped)
        else:
            self.cache.announce_now(channels)


@dataclass(frozen=True)
class Snapshot:
    """The entries of the cache at one moment: `noted` on the monotonic clock, `noted_at` on the wall clock.

    Entries carry the latter to other processes. `epoch` is that of the moment; where it is None, no entry is used, and
    none is added.
    """

    cache: RowCache
    keys: tuple[str, ...]
    noted: float
    noted_at: float
    entries: dict[str, Any]
    epoch: int | None = 0

    def row(self, model: type[Row], key: str) -> Row | None:
        """Return the row of this entry without the columns that are never cached, or None for a miss.

        An entry that is not authentic is a miss, logged and counted. An entry of another release's columns, or read
        more than CACHE_SECONDS ago, is a miss, whatever the store made of its lifetime: that bounds what a store which
        has lost marks can do.
        """
        found = self._read(model, key) if self.epoch is not None else None
        return found[2] if found and self.epoch == found[0] and self._is_fresh(found[1]) else None

    def _read(self, model: type[Row], key: str) -> tuple[int, float, Row] | None:
        """Return in which epoch and when the row of an authentic entry was read from the database, and the row."""
        entry = self._unsealed(key)
        expected, names = cacheable_columns(model)
        if entry is None or len(entry) != len(names) + HEAD:
            return None
        fingerprint, epoch, read_at, *values = entry
        return (epoch, read_at, instance_from_columns(model, names, values)) if fingerprint == expected else None

    def is_forged(self, key: str) -> bool:
        """Return whether there is a value under this key that is neither a mark nor an authentic entry."""
        try:
            self._unseal(key)
        except ForgedEntryError:
            return True
        return False

    def _unsealed(self, key: str) -> list[Any] | None:
        try:
            return self._unseal(key)
        except ForgedEntryError:
            self.cache.note_forged(key)
            return None

    def _unseal(self, key: str) -> list[Any] | None:
        return unseal(key, self.entries[key]) if key in self.entries else None

    def populate(self, rows: Mapping[str, models.Model]) -> None:
        """Add rows that were read from the database after this snapshot, where the snapshot had no entry for them.

        An entry of an epoch that is over does not count.

        A process can stall at any point, even between reading the clock and adding. If the add came too late, mark the
        keys dirty - even if the add appeared to fail, because its reply may have been lost.
        """
        if self._may_add():
            self._take_back_late(self._add(rows))

    def _may_add(self) -> bool:
        return not (self.epoch is None or self._is_late() or is_reading_elsewhere())  # a replica may have older rows

    def _add(self, rows: Mapping[str, models.Model]) -> tuple[str, ...]:
        """Add those of these rows for which the snapshot had no entry. Return their keys."""
        absent = {key: self._entry(row) for key, row in rows.items() if key not in self.entries}
        dead = {key: self._entry(row) for key, row in rows.items() if key in self.entries and self._is_dead(key)}
        if absent:
            self.cache.add(absent)
        for key, entry in dead.items():
            self.cache.replace(key, self.entries[key], entry)
        return (*absent, *dead)

    def _take_back_late(self, keys: tuple[str, ...]) -> None:
        if keys and self._is_late() and not self.cache.mark(keys):
            self.cache.epochs.note_uncertain_entry()

    def _entry(self, row: models.Model) -> list[Any]:
        fingerprint, names = cacheable_columns(type(row))
        return [fingerprint, self.epoch, self.noted_at, *(getattr(row, name) for name in names)]

    def _is_dead(self, key: str) -> bool:
        """Whether there is an authentic entry of another epoch under this key."""
        entry = self._unsealed(key)
        return entry is not None and entry[1] != self.epoch

    def _is_fresh(self, read_at: float) -> bool:
        return abs(self.noted_at - read_at) <= CACHE_SECONDS

    def _is_late(self) -> bool:
        return time.monotonic() - self.noted > DIRTY_SECONDS / 2


row_cache = RowCache()
