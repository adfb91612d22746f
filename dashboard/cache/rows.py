"""Rows in the cache, read through and marked dirty: a row that was changed is never read from it again.

- Write: inside the transaction, and again after its commit, `set(key, DIRTY, DIRTY_SECONDS)`.
- Read: an entry is used. DIRTY: read the database, fill nothing. Nothing: note the time, read the database, and
  `add(key, row)`, which does nothing where the key exists, unless more than half of DIRTY_SECONDS has passed.

A mark removes what was filled before it and blocks what would be filled behind it: whoever read the old row did so
before the commit, and adds it, if at all, while the mark that was made after the commit still stands.
docs/revocation.md says on which conditions, and what holds without them.

An entry tells when its row was read. It is believed for CACHE_SECONDS from then, whatever the store makes of its
lifetime: that bounds what a store which lost its marks can do. Nothing here ever waits long for the store: what fails
is a miss, and after a failure it is left alone for some seconds.
"""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.cache import caches
from django.db import models, transaction
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

from dashboard.db.instances import Row, cacheable_columns, instance_from_columns
from dashboard.observability.metrics import get_metrics

logger = logging.getLogger(__name__)

CACHE_SECONDS = 60
DIRTY_SECONDS = 10
DIRTY = 0
SILENT_SECONDS = 2
MOST_OWED = 100_000  # keys; beyond that nothing but CACHE_SECONDS bounds their entries

Result = TypeVar("Result")

_silent_until = 0.0
_owed: dict[str, float] = {}  # keys whose marks failed, and the monotonic time until which they are worth making

# One client for all threads: its connections are pooled, and a new one for every request costs more than its question.
store = caches.create_connection("default")


@dataclass(frozen=True)
class Glance:
    """What the cache had at a moment: a `monotonic` clock's, and, to be told to other processes, the wall clock's."""

    keys: tuple[str, ...]
    noted: float
    noted_at: float
    entries: dict[str, Any]

    def row(self, model: type[Row], key: str) -> Row | None:
        """The row of this entry, without the columns that are never cached; None where there is none to be believed."""
        entry = self.entries.get(key)
        expected, names = cacheable_columns(model)
        if not isinstance(entry, list) or len(entry) != len(names) + 2:
            return None
        fingerprint, read_at, *values = entry
        if fingerprint != expected or abs(self.noted_at - read_at) > CACHE_SECONDS:
            return None
        return instance_from_columns(model, names, values)

    def fill(self, key: str, row: models.Model) -> None:
        """Put in a row that was read after this glance, where the glance found nothing.

        A process may be held up at any moment, also between looking at the clock and adding: then it takes back what it
        added too late, by marking it, whatever the store answered: a lost answer says nothing of what was done.
        """
        if key in self.entries or self._is_late():
            return
        fingerprint, names = cacheable_columns(type(row))
        entry = [fingerprint, self.noted_at, *(getattr(row, name) for name in names)]
        lifetime = CACHE_SECONDS * random.uniform(0.9, 1.0)  # noqa: S311  so that not all expire at once
        _ask(lambda: store.add(key, entry, lifetime), False)
        if self._is_late():
            _mark((key,))

    def _is_late(self) -> bool:
        return time.monotonic() - self.noted > DIRTY_SECONDS / 2


def glance(*keys: str) -> Glance:
    """Look at these entries, in one round trip."""
    noted, noted_at = time.monotonic(), time.time()
    entries: dict[str, Any] = _ask(lambda: store.get_many(keys), {})
    get_metrics().count_lookups(len(entries), len(keys) - len(entries))
    return Glance(keys, noted, noted_at, entries)


def ping() -> None:
    """Raises what redis-py raises where the store does not answer, also while it is left alone."""
    store.get_many(("health",))


def mark_dirty(*keys: str) -> None:
    """Mark rows that this transaction changes: now, and again once it is committed.

    Where a mark fails the change still happens. An older entry may then be believed until this process reaches the
    store again and makes up for it, or until CACHE_SECONDS have passed.
    """
    _mark(keys)
    transaction.on_commit(lambda: _mark(keys))


def _mark(keys: tuple[str, ...]) -> None:
    """Marks are tried also while the store is left alone: they matter more than the time they take."""
    try:
        store.set_many(dict.fromkeys(keys, DIRTY), DIRTY_SECONDS)
    except (RedisError, ConnectionInterrupted, OSError) as error:
        _leave_alone()
        _owe(keys)
        get_metrics().cache_failed_marks.inc(len(keys))
        logger.error("Not marked in the cache: %d changed rows. %s", len(keys), error)  # noqa: TRY400


def _owe(keys: tuple[str, ...]) -> None:
    if len(_owed) > MOST_OWED:
        _owed.clear()
    _owed.update(dict.fromkeys(keys, time.monotonic() + CACHE_SECONDS))


def _make_up() -> None:
    """Make the marks that failed, of rows of which an older entry may still be believed."""
    now, owed = time.monotonic(), _owed.copy()
    store.set_many({key: DIRTY for key, until in owed.items() if until > now}, DIRTY_SECONDS)
    for key, until in owed.items():
        if _owed.get(key) == until:  # it has not failed once more meanwhile
            _owed.pop(key, None)


def _ask(question: Callable[[], Result], otherwise: Result) -> Result:
    """The store's answer; `otherwise` where it fails, or failed a moment ago. One caller at a time tries it again."""
    global _silent_until  # noqa: PLW0603
    if _silent_until:
        if time.monotonic() < _silent_until:
            return otherwise
        _leave_alone()
    try:
        if _owed:
            _make_up()
        answer = question()
    except (RedisError, ConnectionInterrupted, OSError) as error:
        if not _silent_until:
            logger.warning("The cache does not answer; rows are read from the database. %s", error)
        _leave_alone()
        return otherwise
    _silent_until = 0.0
    return answer


def _leave_alone() -> None:
    global _silent_until  # noqa: PLW0603
    _silent_until = time.monotonic() + SILENT_SECONDS
