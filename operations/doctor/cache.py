"""Checks of the cache: that it answers, keeps what is stored, and agrees with the database."""

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
from dashboard.cache.redis.connections import NO_CLUSTER, is_cluster
from dashboard.cache.rows import Snapshot, row_cache
from dashboard.db.instances import cacheable_columns
from dashboard.models import Record
from operations.doctor.database import skew
from operations.doctor.findings import Finding, fine, problem, warning

SAMPLE_SIZE = 200  # entries
MAX_SCANS, KEYS_PER_SCAN = 50, 1_000  # limits of the search among foreign keys
NOT_MARKED = frozenset({"last_seen_at"})  # its changes do not mark the cached session


def reachable() -> Iterator[Finding]:
    """Check that Redis answers. Raise RedisError if it does not."""
    started = time.perf_counter()
    row_cache.ping()
    yield fine(f"Redis answers in {(time.perf_counter() - started) * 1000:.1f} ms.")


def absent() -> Iterator[Finding]:
    """Report that there is no cache; replaces the other checks if REDIS_URL is not set."""
    if connection.vendor == "postgresql":
        yield warning(
            "REDIS_URL is not set: every session check reads the database.",
            "Set it if there are many session checks. Without it everything works, but more slowly.",
        )
    else:
        yield fine("REDIS_URL is not set; SQLite needs no cache.")


def eviction() -> Iterator[Finding]:
    """Check that Redis never evicts a mark before it expires."""
    memory, stats = _client().info("memory"), _client().info("stats")
    policy, limit = memory.get("maxmemory_policy"), memory.get("maxmemory")
    if policy is None:
        yield warning("Redis does not report its maxmemory-policy.", "Make sure that it is noeviction.")
    elif policy == "noeviction":
        yield fine("Redis evicts nothing (maxmemory-policy noeviction).")
    elif limit == 0:
        yield warning(
            f"maxmemory-policy is {policy}; nothing is evicted as long as maxmemory is not set.",
            "Set maxmemory-policy to noeviction.",
        )
    else:
        yield problem(
            f"maxmemory-policy is {policy}: short of memory, Redis evicts marks"
            f"{' first' if policy == 'volatile-ttl' else ''}, and an ended session may be accepted for up to "
            f"{cache.CACHE_SECONDS} seconds.",
            "Set maxmemory-policy to noeviction. Entries expire after a minute, so the memory they need is bounded.",
        )
    if stats.get("evicted_keys"):
        yield warning(
            f"Redis has evicted {stats['evicted_keys']:,} keys since it started.",
            "Give it more memory, or give Dashboard a Redis of its own.",
        )


def role() -> Iterator[Finding]:
    """Check that Redis accepts writes, of any key."""
    if is_cluster(_client()):
        yield problem("REDIS_URL names a node of a Redis Cluster, which has only a part of the keys.", NO_CLUSTER)
    elif _client().info("replication").get("role") == "slave":
        yield problem("REDIS_URL names a replica, which does not accept marks.", "Name the primary.")
    else:
        yield fine("Redis is a primary.")


def clock() -> Iterator[Finding]:
    """Check that the clock of Redis agrees with ours."""
    before = timezone.now()
    seconds, microseconds = _client().time()
    theirs = datetime.fromtimestamp(seconds, UTC).replace(microsecond=microseconds)
    yield skew("cache", before, theirs, timezone.now())


def agreement() -> Iterator[Finding]:
    """Compare a sample of cached rows with the database.

    A difference counts only if a second comparison finds it too. A row that changes between the reading of its entry
    and of the row has a mark by then, and no entry for ten seconds.
    """
    keys = list(_sample())
    different = _differing(_differing(keys)) if keys else []
    if different:
        yield problem(
            f"{len(different)} of {len(keys)} entries differ from the database, such as {different[0]}.",
            "Rows are changed without marking them (manual SQL, a restored backup), or marks were lost. Entries expire"
            f" after {cache.CACHE_SECONDS} seconds; if differences persist, find and stop their cause.",
        )
    else:
        yield fine(f"None of {len(keys)} entries differs from the database.")


def authenticity() -> Iterator[Finding]:
    """Check that a sample of entries was made by this deployment."""
    keys = tuple(_sample())
    snapshot = row_cache.fetch(*keys) if keys else None
    forged = [key for key in keys if snapshot and snapshot.is_forged(key)]
    if forged:
        yield problem(
            f"{len(forged)} of {len(keys)} entries were not made with this SECRET_KEY, and are ignored.",
            f"After an upgrade, run the check again when {cache.CACHE_SECONDS} seconds have passed: entries of the"
            " previous release have expired then. Give every process the same SECRET_KEY. If they have it, something"
            " else writes to this Redis: give it a password, and close its port.",
        )
    else:
        yield fine(f"All of {len(keys)} entries were made with this SECRET_KEY.")


def _django_redis() -> Any:
    return row_cache.store.client  # type: ignore[attr-defined]


def _client() -> Any:
    """Return the client of redis-py."""
    return _django_redis().get_client(write=True)


def _sample() -> Iterator[str]:
    """Yield up to SAMPLE_SIZE keys of cached rows of this APPID."""
    appid = re.sub(r"([*?\[\]\\])", r"\\\1", settings.APPID)
    cursor, left = 0, SAMPLE_SIZE
    for _ in range(MAX_SCANS):
        cursor, found = _client().scan(cursor, match=row_cache.store.make_key(f"*:{appid}:*"), count=KEYS_PER_SCAN)
        keys = [_django_redis().reverse_key(key.decode()) for key in found[:left]]
        yield from keys
        left -= len(keys)
        if not (cursor and left):
            return


def _differing(keys: Iterable[str]) -> list[str]:
    """Return the keys whose entry is valid but differs from the database."""
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
