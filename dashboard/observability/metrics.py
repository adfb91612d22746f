"""Prometheus metrics of the server's processes.

Each process counts in files of its own, and any of them can read and sum all files, so that it does not matter which
one is scraped. A process claims the first slot that no living process has, and continues that slot's files: counters
survive the death of a worker, and there are never more files than there were workers at once.
"""

import fcntl
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import IO

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, values
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

logger = logging.getLogger(__name__)

# Seconds. A session check takes about one thousandth, a password check about a quarter.
BUCKETS = (0.0025, 0.01, 0.05, 0.25, 1.0, 5.0)

disable_created_metrics()  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class DatabaseGauge:
    """A gauge that an app reads from the database at each scrape, by few queries that are cheap at any size.

    An app's module `gauges` lists its own as DATABASE_GAUGES.
    """

    name: str
    description: str
    read: Callable[[], int]


class Metrics:
    """All counters and histograms. Labels have few values: declared routes, error codes and names of operations."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "dashboard_request_duration_seconds",
            "Requests, by route and status, until their answer begins.",
            ["route", "status"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.refusals = self._counter("dashboard_refusals", "Refused requests, by error code.", "code")
        self.refused_access = self._counter(
            "dashboard_refused_access", "Requests for what their caller may not do, by the reason.", "reason"
        )
        self.operations = self._counter(
            "dashboard_operations", "Operations done, by name, as events have it.", "operation"
        )
        self.revoked = self._counter("dashboard_revoked_sessions", "Sessions ended, by the operation.", "operation")
        self.cache_hits = self._counter("dashboard_cache_hits", "Rows looked up in the cache that were there.")
        self.cache_misses = self._counter("dashboard_cache_misses", "Rows looked up in the cache that were not there.")
        self.cache_failed_marks = self._counter(
            "dashboard_cache_failed_marks", "Changed rows that could not be marked in the cache."
        )
        self.cache_forged_entries = self._counter(
            "dashboard_cache_forged_entries", "Entries of the cache that were ignored because they are not authentic."
        )
        self.list_reads = self._counter(
            "dashboard_list_reads",
            "Pages and numbers of lists read with READ_DATABASE_URL, by database, and why not from the replica.",
            "database",
            "reason",
        )
        self._children: dict[tuple[str, int], Histogram] = {}

    def _counter(self, name: str, help_text: str, *labels: str) -> Counter:
        return Counter(name, help_text, labels, registry=self.registry)

    def observe(self, path: str, status: int, seconds: float, label_of: Callable[[str], str]) -> None:
        """Record a request. Children are kept only for paths that are labels themselves."""
        child = self._children.get((path, status))
        if child is None:
            label = label_of(path)
            child = self.requests.labels(label, str(status))
            if label == path:
                self._children[path, status] = child
        child.observe(seconds)

    def count_lookups(self, found: int, missing: int) -> None:
        """Count the results of one look-up of several rows."""
        if found:
            self.cache_hits.inc(found)
        if missing:
            self.cache_misses.inc(missing)


_files: Path | None = None
_locks: list[IO[bytes]] = []  # held until this process ends, however it ends


@lru_cache(maxsize=1)
def get_metrics() -> Metrics:
    """Return the metrics of this process. A process that forks workers never counts, and so never creates them."""
    return Metrics()


def use_multiprocess_dir(directory: Path) -> None:
    """Count in the files of this directory, PROMETHEUS_MULTIPROC_DIR, together with other processes.

    If somebody has deleted it, count in this process alone.
    """
    global _files  # noqa: PLW0603
    if not directory.is_dir():
        logger.error("%s was deleted: until serve is restarted, each worker has metrics of its own.", directory)
        return
    slot = claim_worker_slot(directory)
    values.ValueClass = values.MultiProcessValue(lambda: slot)  # type: ignore[no-untyped-call]
    get_metrics.cache_clear()
    get_metrics().requests.labels("other", "404")  # opens every file now: later, somebody may have deleted the folder
    _files = directory


def claim_worker_slot(directory: Path) -> int:
    """Return a number that no other living process has in this directory, and hold it while this process lives."""
    return next(slot for slot in count() if _lock(directory / f"{slot}.lock"))


def _lock(path: Path) -> bool:
    lock = path.open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return False
    _locks.append(lock)
    return True


def collect() -> Iterable[Metric]:
    """Return the metrics of all processes that share a directory, or else those of this process."""
    if _files and _files.is_dir():
        return MultiProcessCollector(None, str(_files)).collect()  # type: ignore[no-untyped-call, no-any-return]
    return get_metrics().registry.collect()
