"""Whether the cache can be relied on: that it keeps what it is told, and agrees with the database."""

import re
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.utils import timezone

from dashboard.cache import rows as cache
from dashboard.cache.rows import Snapshot, row_cache
from dashboard.db.instances import cacheable_columns
from dashboard.models import Record
from operations.doctor.database import skew
from operations.doctor.findings import Finding, fine, problem, warning

SAMPLE = 200  # entries
ROUNDS, KEYS_PER_ROUND = 50, 1_000  # how far to look for them in a store that has other things, too
NOT_MARKED = frozenset({"last_seen_at"})  # a cached session does not know when it was last seen


def reachable() -> Iterator[Finding]:
    """Raises RedisError where it is not: then nothing else can be asked."""
    began = time.perf_counter()
    row_cache.ping()
    yield fine(f"Redis answers in {(time.perf_counter() - began) * 1000:.1f} ms.")


def absent() -> Iterator[Finding]:
    """In place of the others where there is no REDIS_URL."""
    if connection.vendor == "postgresql":
        yield warning(
            "REDIS_URL is not set: every session check reads the database.",
            "Set it where there are many checks; without it nothing is wrong, only slower.",
        )
    else:
        yield fine("REDIS_URL is not set; SQLite needs no cache.")


def eviction() -> Iterator[Finding]:
    """Whether a mark stays for its ten seconds, whatever else wants the memory."""
    memory, stats = _client().info("memory"), _client().info("stats")
    policy, most = memory.get("maxmemory_policy"), memory.get("maxmemory")
    if policy is None:
        yield warning("Redis does not tell its maxmemory-policy.", "See to it that it is noeviction.")
    elif policy == "noeviction":
        yield fine("Redis evicts nothing (maxmemory-policy noeviction).")
    elif most == 0:
        yield warning(
            f"maxmemory-policy is {policy}; nothing is evicted only because maxmemory is not set.",
            "Set maxmemory-policy to noeviction.",
        )
    else:
        yield problem(
            f"maxmemory-policy is {policy}: short of memory, Redis drops the marks that keep what was ended from being "
            f"accepted, {'first of all, ' if policy == 'volatile-ttl' else ''}for up to {cache.CACHE_SECONDS} seconds.",
            "Set maxmemory-policy to noeviction. Entries live a minute, so the memory they need is bounded.",
        )
    if stats.get("evicted_keys"):
        yield warning(
            f"Redis has evicted {stats['evicted_keys']:,} keys since it was started.",
            "Give it more memory, or Dashboard a Redis of its own.",
        )


def role() -> Iterator[Finding]:
    if _client().info("replication").get("role") == "slave":
        yield problem("REDIS_URL names a replica, which takes no marks.", "Name the primary.")
    else:
        yield fine("Redis is a primary.")


def clock() -> Iterator[Finding]:
    before = timezone.now()
    seconds, microseconds = _client().time()
    theirs = datetime.fromtimestamp(seconds, UTC).replace(microsecond=microseconds)
    yield skew("cache", before, theirs, timezone.now())


def agreement() -> Iterator[Finding]:
    """Whether what is cached is what the database has: on a sample, without rows that are being changed.

    A difference counts where it is there at a second look: a row that was changed between reading its entry and reading
    the row has a mark by then, and for ten seconds no entry.
    """
    keys = list(_sample())
    different = _differing(_differing(keys)) if keys else []
    if different:
        yield problem(
            f"{len(different)} of {len(keys)} entries differ from the database, such as {different[0]}.",
            "Something changes rows without marking them (SQL by hand, a restored backup), or marks were lost. Entries"
            f" are gone after {cache.CACHE_SECONDS} seconds; where the difference lasts, stop what makes it.",
        )
    else:
        yield fine(f"None of {len(keys)} entries differs from the database.")


def _django_redis() -> Any:
    return row_cache.store.client  # type: ignore[attr-defined]


def _client() -> Any:
    """redis-py's."""
    return _django_redis().get_client(write=True)


def _sample() -> Iterator[str]:
    """Keys of cached rows, of this APPID."""
    appid = re.sub(r"([*?\[\]\\])", r"\\\1", settings.APPID)
    cursor, left = 0, SAMPLE
    for _ in range(ROUNDS):
        cursor, found = _client().scan(cursor, match=row_cache.store.make_key(f"*:{appid}:*"), count=KEYS_PER_ROUND)
        keys = [_django_redis().reverse_key(key.decode()) for key in found[:left]]
        yield from keys
        left -= len(keys)
        if not (cursor and left):
            return


def _differing(keys: Iterable[str]) -> list[str]:
    """Those of these keys whose entry would be believed, and is not what the database has."""
    keys = tuple(keys)
    if not keys:
        return []
    snapshot = row_cache.fetch(*keys)
    return [key for model in _cached_models() for key in _differing_of(model, snapshot)]


def _cached_models() -> list[type[Record]]:
    return [model for model in apps.get_models() if issubclass(model, Record)]


def _differing_of(model: type[Record], snapshot: Snapshot) -> Iterator[str]:
    keys = [key for key in snapshot.keys if key.startswith(f"{model.kind}:")]
    cached = {key: row for key in keys if (row := snapshot.row(model, key))}
    stored = model._default_manager.in_bulk([row.pk for row in cached.values()])
    names = [name for name in cacheable_columns(model)[1] if name not in NOT_MARKED]
    for key, row in cached.items():
        now = stored.get(row.pk)
        if now is None or any(getattr(now, name) != getattr(row, name) for name in names):
            yield key
