"""Run commands on the database of one form of the tables: `python -m benchmarks.partitions.database`.

The process reads a command as JSON from each line of its standard input, and prints the result as a line of JSON.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard_project.settings")
django.setup()

from django.db import connection, models, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.partitions import partitioning, rows  # noqa: E402
from benchmarks.partitions.lookups import LOOKUPS, Samples, time_lookup  # noqa: E402
from benchmarks.partitions.months import month  # noqa: E402
from dashboard.db.batches import Position, oldest_first, process_in_batches  # noqa: E402
from dashboard.db.counts.row_counts import CountedRows  # noqa: E402
from dashboard.db.postgresql import disable_session_timeout  # noqa: E402
from events.models import Event  # noqa: E402
from events.services.purging import purge_events  # noqa: E402
from events.services.rollup import rollup_metrics  # noqa: E402
from resetcodes.counted_rows import RESET_CODES  # noqa: E402
from resetcodes.models import ResetCode, reset_code_lifetime  # noqa: E402
from sessions_app.counted_rows import SESSIONS  # noqa: E402
from sessions_app.models import Session  # noqa: E402
from sessions_app.services.new_sessions import SECONDS_BY_REMEMBER  # noqa: E402
from sessions_app.services.purging import SESSIONS_PER_TRANSACTION, purge_sessions  # noqa: E402

LONGEST_SESSION = timedelta(seconds=max(SECONDS_BY_REMEMBER.values()))
MONTHS_OF_SESSIONS, MONTHS_OF_EVENTS = 1, 6  # how long rows are kept; sessions from their end


@dataclass(frozen=True)
class Table:
    """A table, and how it is purged at a given time.

    Partitions that end by `dropped_until` of that time may be dropped.
    """

    model: type[models.Model]
    counted: CountedRows | None
    purge: Callable[[datetime], Iterator[int]]
    dropped_until: Callable[[datetime], datetime]


def purge_codes(now: datetime) -> Iterator[int]:
    """Delete the expired reset codes as `purge_sessions` deletes sessions. Dashboard has no such command."""
    expired = ResetCode.objects.expired(now).filter(created_at__lte=now)
    return process_in_batches(oldest_first(expired, SESSIONS_PER_TRANSACTION), _purge_codes)


@transaction.atomic
def _purge_codes(found: Sequence[Position]) -> int:
    codes = ResetCode.objects.select_for_update(of=("self",), skip_locked=True)
    pks = list(codes.filter(pk__in=[pk for _, pk in found]).values_list("pk", flat=True))
    ResetCode.objects.delete_by_pk(pks)
    return len(pks)


TABLES = {
    "sessions": Table(
        Session,
        SESSIONS,
        lambda now: purge_sessions(now - month(now, -MONTHS_OF_SESSIONS)),
        lambda now: month(now, -MONTHS_OF_SESSIONS) - LONGEST_SESSION,
    ),
    "events": Table(
        Event,
        None,
        lambda now: purge_events(now - month(now, -MONTHS_OF_EVENTS)),
        lambda now: month(now, -MONTHS_OF_EVENTS),
    ),
    "reset codes": Table(ResetCode, RESET_CODES, purge_codes, lambda now: now - reset_code_lifetime()),
}


def set_clock(moment: str) -> None:
    """Set the time that Dashboard's functions see."""
    now = datetime.fromisoformat(moment)
    timezone.now = lambda: now


def partition(months: Sequence[str]) -> None:
    """Partition the empty tables by these months."""
    for table in TABLES.values():
        partitioning.partition(table.model, [datetime.fromisoformat(it) for it in months])


def add_month(start: str, numbers: dict[str, int], accounts: int, steps: int) -> None:
    """Add the rows of a month, then vacuum and sum its days, so that every purge finds both done."""
    rows.add_month(datetime.fromisoformat(start), numbers, accounts, steps)
    set_clock(month(datetime.fromisoformat(start), 1).isoformat())
    for table in TABLES.values():
        _vacuum(table.model)
    for _ in rollup_metrics(timezone.now()):
        pass


def purge(name: str) -> dict[str, float]:
    """Purge as Dashboard does, and vacuum. Return the number of rows, and the seconds and bytes of WAL of both."""
    table, deleted = TABLES[name], 0

    def delete() -> None:
        nonlocal deleted
        deleted = sum(table.purge(timezone.now()))

    spent = _spent(delete)
    return {"rows": deleted, "locked": 0.0, **spent, **_vacuumed(table)}


def drop(name: str) -> dict[str, float]:
    """Drop the partitions that are no longer needed, and vacuum. Return what `purge` returns, with the longest lock."""
    table, locked, dropped = TABLES[name], 0.0, 0
    ends = table.dropped_until(timezone.now())
    months = [it for it in partitioning.months_of(table.model) if month(it, 1) <= ends]
    for it in months:
        dropped += table.model._base_manager.filter(created_at__gte=it, created_at__lt=month(it, 1)).count()

    def drop_months() -> None:
        nonlocal locked
        locked = max((partitioning.drop(table.model, it, table.counted) for it in months), default=0.0)

    spent = _spent(drop_months)
    return {"rows": dropped, "locked": locked, **spent, **_vacuumed(table)}


def drop_oldest(name: str, concurrently: bool) -> None:  # noqa: FBT001  an argument of a command
    """Drop the oldest partition, whatever it contains."""
    table = TABLES[name]
    oldest = partitioning.months_of(table.model)[0]
    partitioning.drop(table.model, oldest, table.counted, concurrently=concurrently)


def _vacuumed(table: Table) -> dict[str, float]:
    spent = _spent(lambda: _vacuum(table.model))
    return {"vacuum_seconds": spent["seconds"], "vacuum_wal": spent["wal"]}


def _vacuum(model: type[models.Model]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM (ANALYZE) {model._meta.db_table}")


def _spent(work: Callable[[], object]) -> dict[str, float]:
    """Return the seconds that some work takes, and the bytes that it adds to the write-ahead log (WAL)."""
    begun, position = time.perf_counter(), _position()
    work()
    return {"seconds": time.perf_counter() - begun, "wal": _position() - position}


def _position() -> int:
    return int(_fetch("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint")[0])


def sizes() -> dict[str, tuple[int, int, int]]:
    """Return the number of rows of each table, and the bytes of the table and of its indexes."""
    return {name: _size(table.model) for name, table in TABLES.items()}


def _size(model: type[models.Model]) -> tuple[int, int, int]:
    sql = "SELECT sum(pg_table_size(it)), sum(pg_indexes_size(it)) FROM unnest(%s::regclass[]) AS it"
    table, indexes = _fetch(sql, list(partitioning.relations(model)))
    return model._base_manager.count(), int(table), int(indexes)


def compact() -> None:
    """Rewrite tables and indexes without free space."""
    with connection.cursor() as cursor:
        for table in TABLES.values():
            for relation in partitioning.relations(table.model):
                cursor.execute(f"VACUUM FULL {relation}")


@cache
def _samples() -> Samples:
    return Samples()


def lookups() -> list[str]:
    """Return the names of all look-ups."""
    return [*LOOKUPS]


def look_up(name: str, calls: int) -> tuple[float, float]:
    return time_lookup(name, _samples(), calls)


def sign_in() -> str:
    """Create a session, and return its id."""
    _samples().sign_in()
    return str(Session.objects.newest_first()[0].pk)


def _fetch(sql: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()


COMMANDS: dict[str, Callable[..., Any]] = {
    it.__name__: it
    for it in (set_clock, partition, add_month, purge, drop, drop_oldest, sizes, compact, lookups, look_up, sign_in)
} | {"add_accounts": rows.add_accounts}


def main() -> None:
    disable_session_timeout()
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        sys.stdout.write(f"{json.dumps(COMMANDS[name](*arguments))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
