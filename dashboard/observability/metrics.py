"""What the processes of the server count, for Prometheus.

Each counts in files of its own, which any of them can read and add up, so that it does not matter which is asked. A
process takes the first place that no living one has, and counts on in the files of that place: nothing is lost or
begins anew where a worker dies, and there are never more files than there were workers at once.
"""

import fcntl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import IO

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, values
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

# Seconds. A session check takes about one thousandth, a password check about a quarter.
BUCKETS = (0.0025, 0.01, 0.05, 0.25, 1.0, 5.0)

disable_created_metrics()  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class DatabaseGauge:
    """A gauge that an app reads from the database at each scrape: by one query, which is cheap at any size.

    An app's module `gauges` lists its own as DATABASE_GAUGES.
    """

    name: str
    description: str
    read: Callable[[], int]


class Metrics:
    """All that is counted. Labels have few values: routes that are declared, codes, and names of operations."""

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
        self.operations = self._counter(
            "dashboard_operations", "Operations done, by name, as events have it.", "operation"
        )
        self.revoked = self._counter("dashboard_revoked_sessions", "Sessions ended, by the operation.", "operation")
        self.cache_hits = self._counter("dashboard_cache_hits", "Rows looked up in the cache that were there.")
        self.cache_misses = self._counter("dashboard_cache_misses", "Rows looked up in the cache that were not there.")
        self.cache_failed_marks = self._counter(
            "dashboard_cache_failed_marks", "Changed rows that could not be marked in the cache."
        )
        self._children: dict[tuple[str, int], Histogram] = {}

    def _counter(self, name: str, help_text: str, *labels: str) -> Counter:
        return Counter(name, help_text, labels, registry=self.registry)

    def observe(self, path: str, status: int, seconds: float, label_of: Callable[[str], str]) -> None:
        """A request for this path was answered. Only paths that are labels themselves are remembered."""
        child = self._children.get((path, status))
        if child is None:
            label = label_of(path)
            child = self.requests.labels(label, str(status))
            if label == path:
                self._children[path, status] = child
        child.observe(seconds)

    def count_lookups(self, found: int, missing: int) -> None:
        """Rows were looked up together."""
        if found:
            self.cache_hits.inc(found)
        if missing:
            self.cache_misses.inc(missing)


_files: Path | None = None
_locks: list[IO[bytes]] = []  # on the place of this process; it ends with the process, however that ends


@lru_cache(maxsize=1)
def get_metrics() -> Metrics:
    """This process's; made when something is first counted, which a process that forks workers never does."""
    return Metrics()


def use_multiprocess_dir(directory: Path) -> None:
    """Count in the files of this directory, which PROMETHEUS_MULTIPROC_DIR names, together with other processes."""
    global _files  # noqa: PLW0603
    place = claim_worker_slot(directory)
    values.ValueClass = values.MultiProcessValue(lambda: place)  # type: ignore[no-untyped-call]
    get_metrics.cache_clear()
    _files = directory


def claim_worker_slot(directory: Path) -> int:
    """A number that no other living process has in this directory, for as long as this one lives."""
    return next(place for place in count() if _take(directory / f"{place}.lock"))


def _take(place: Path) -> bool:
    lock = place.open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return False
    _locks.append(lock)
    return True


def collect() -> Iterable[Metric]:
    """What was counted: by every process that shares, or else by this one."""
    if _files:
        return MultiProcessCollector(None, str(_files)).collect()  # type: ignore[no-untyped-call, no-any-return]
    return get_metrics().registry.collect()
