"""Rows in the cache: read through, and marked dirty, so that a changed row is never read from it again.

README.md beside this file has the protocol, docs/revocation.md the proof and its conditions.
"""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache import BaseCache, caches
from django.db import models, transaction
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

from dashboard.cache.breaker import CircuitBreaker, PendingMarks
from dashboard.cache.seals import MARK, ForgedEntryError, seal, unseal
from dashboard.db.instances import Row, cacheable_columns, instance_from_columns
from dashboard.observability.metrics import get_metrics

logger = logging.getLogger(__name__)

CACHE_SECONDS = 60
DIRTY_SECONDS = 10
DIRTY = MARK
SECONDS_BETWEEN_WARNINGS = 60
FAILURES = (RedisError, ConnectionInterrupted, OSError)

FORGED_HINT = (
    "Somebody else writes to this Redis, or a process has another SECRET_KEY; after an update or a change of SECRET_KEY"
    " this is normal for a minute."
)

Result = TypeVar("Result")


class RowCache:
    """The rows that a cache of Django's holds. Whatever fails is a miss, and soon."""

    def __init__(self, alias: str = "default") -> None:
        self.alias = alias
        self.breaker = CircuitBreaker()
        self.pending = PendingMarks(CACHE_SECONDS)
        self._silent_until = 0.0

    @cached_property
    def store(self) -> BaseCache:
        """The cache, one for all threads: `caches[alias]` would make a new one for each request of the server."""
        return caches.create_connection(self.alias)

    @property
    def is_reliable(self) -> bool:
        """Whether the store has not just failed, and has every mark that this process was to make."""
        return not (self.breaker.is_open or self.pending)

    def fetch(self, *keys: str) -> "Snapshot":
        """Look up these keys in one round trip."""
        keys = tuple(dict.fromkeys(keys))
        noted, noted_at = time.monotonic(), time.time()
        entries: dict[str, Any] = self._ask(lambda: self.store.get_many(keys), {})
        get_metrics().count_lookups(len(entries), len(keys) - len(entries))
        return Snapshot(self, keys, noted, noted_at, entries)

    def add(self, key: str, entry: list[Any]) -> None:
        """Add an entry where the key is absent."""
        lifetime = CACHE_SECONDS * random.uniform(0.9, 1.0)  # noqa: S311  so that not all expire at once
        sealed = seal(key, entry)
        self._ask(lambda: self.store.add(key, sealed, lifetime), False)

    def mark_dirty(self, *keys: str) -> None:
        """Mark rows that this transaction changes: now, and again once it is committed.

        The change happens even where a mark fails. An older entry may then be believed until this process reaches the
        store again and makes the mark, or until CACHE_SECONDS have passed.
        """
        self.mark(keys)
        transaction.on_commit(lambda: self.mark(keys))

    def mark(self, keys: tuple[str, ...]) -> None:
        """Mark these keys now. Marks are tried while the circuit is open, too: they matter more than their time."""
        try:
            self.store.set_many(dict.fromkeys(keys, DIRTY), DIRTY_SECONDS)
        except Exception as error:  # raised after a commit, it would keep other rows from being marked
            self.breaker.trip()
            self.pending.add(keys)
            get_metrics().cache_failed_marks.inc(len(keys))
            unexpected = None if isinstance(error, FAILURES) else error
            logger.error("Not marked in the cache: %d changed rows. %s", len(keys), error, exc_info=unexpected)  # noqa: TRY400

    def announce(self, channel: str) -> None:
        """Tell who listens to a channel of Redis that something has happened. Nobody is told where it fails."""
        if settings.REDIS_URL:
            client: Any = self.store.client  # type: ignore[attr-defined]  # of django-redis
            self._ask(lambda: client.announce(channel), None)

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
        self.pending.clear()

    def _ask(self, question: Callable[[], Result], fallback: Result) -> Result:
        """Return the store's answer, or the fallback where it fails or has just failed."""
        if not self.breaker.allows():
            return fallback
        try:
            if self.pending:
                self._flush_pending()
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

    def _flush_pending(self) -> None:
        """Make the marks that failed, of rows whose older entries may still be believed."""
        now, pending = time.monotonic(), self.pending.current()
        self.store.set_many({key: DIRTY for key, until in pending.items() if until > now}, DIRTY_SECONDS)
        self.pending.remove(pending)


@dataclass(frozen=True)
class Snapshot:
    """The entries of the cache at one moment: `noted` on the monotonic clock, `noted_at` on the wall clock.

    Entries carry the latter to other processes.
    """

    cache: RowCache
    keys: tuple[str, ...]
    noted: float
    noted_at: float
    entries: dict[str, Any]

    def row(self, model: type[Row], key: str) -> Row | None:
        """Return the row of this entry without the columns that are never cached, or None for a miss.

        An entry that is not authentic is a miss, logged and counted. An entry of another release's columns, or read
        more than CACHE_SECONDS ago, is a miss, whatever the store made of its lifetime: that bounds what a store which
        has lost marks can do.
        """
        found = self._read(model, key)
        return found[1] if found and self._is_fresh(found[0]) else None

    def _read(self, model: type[Row], key: str) -> tuple[float, Row] | None:
        """Return when the row of an authentic entry was read from the database, and the row."""
        entry = self._unsealed(key)
        expected, names = cacheable_columns(model)
        if entry is None or len(entry) != len(names) + 2:
            return None
        fingerprint, read_at, *values = entry
        return (read_at, instance_from_columns(model, names, values)) if fingerprint == expected else None

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

    def populate(self, key: str, row: models.Model) -> None:
        """Add a row that was read from the database after this snapshot, where the snapshot had no entry for it.

        A process can stall at any point, even between reading the clock and adding. If the add came too late, mark the
        key dirty - even if the add appeared to fail, because its reply may have been lost.
        """
        if key in self.entries or self._is_late():
            return
        fingerprint, names = cacheable_columns(type(row))
        self.cache.add(key, [fingerprint, self.noted_at, *(getattr(row, name) for name in names)])
        if self._is_late():
            self.cache.mark((key,))

    def _is_fresh(self, read_at: float) -> bool:
        return abs(self.noted_at - read_at) <= CACHE_SECONDS

    def _is_late(self) -> bool:
        return time.monotonic() - self.noted > DIRTY_SECONDS / 2


row_cache = RowCache()
