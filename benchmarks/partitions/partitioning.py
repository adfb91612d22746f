# ruff: noqa: S608  the statements contain only our own names
"""Partition a table of the migrations by the month of `created_at`, and drop months from it."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction

from benchmarks.partitions.months import month
from dashboard.db.counts.row_counts import CountedRows, hour_of
from events.models import Event
from events.services.feed import note_purged

SECONDS_OF_HOUR = 3600

INDEXES = "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass AND NOT indisprimary"
FOREIGN_KEYS = (
    "SELECT format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s', %s::text, conname, pg_get_constraintdef(oid))"
    " FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'"
)
TRIGGERS = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal"


def partition(model: type[models.Model], months: Sequence[datetime]) -> None:
    """Replace an empty table with a partitioned one that has the same columns, indexes, foreign keys and triggers.

    The primary key also includes `created_at`, as PostgreSQL requires.
    """
    table, pk = model._meta.db_table, model._meta.pk.column
    definitions = [*_column(INDEXES, table), *_column(FOREIGN_KEYS, table, table), *_column(TRIGGERS, table)]
    _execute(
        f"CREATE TABLE {table}_new (LIKE {table} INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING CONSTRAINTS)"
        " PARTITION BY RANGE (created_at)",
        f"DROP TABLE {table}",
        f"ALTER TABLE {table}_new RENAME TO {table}",
        f"ALTER TABLE {table} ADD PRIMARY KEY ({pk}, created_at)",
        *definitions,
        *(_partition(table, it) for it in months),
    )


def _partition(table: str, start: datetime) -> str:
    bounds = f"FROM ('{start.isoformat()}') TO ('{month(start, 1).isoformat()}')"
    return f"CREATE TABLE {name_of(table, start)} PARTITION OF {table} FOR VALUES {bounds}"


def name_of(table: str, start: datetime) -> str:
    """Return the name of the partition of a month."""
    return f"{table}_{start:%Y_%m}"


def months_of(model: type[models.Model]) -> list[datetime]:
    """Return the months for which a table has partitions, oldest first."""
    sql = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass ORDER BY 1"
    return [datetime.strptime(f"{it[-7:]}+0000", "%Y_%m%z") for it in _column(sql, model._meta.db_table)]


def drop(
    model: type[models.Model], start: datetime, counted: CountedRows | None, *, concurrently: bool = False
) -> float:
    """Drop a partition. In the same transaction, update what depends on its rows: the row counts, and the feed.

    Return for how many seconds the table was locked against readers and writers. With `concurrently`, detach and drop
    the partition after that transaction, without the lock.
    """
    table, name = model._meta.db_table, name_of(model._meta.db_table, start)
    end = month(start, 1)
    with transaction.atomic():
        if model is Event:
            note_purged(Event.objects.filter(created_at__gte=start, created_at__lt=end))
        if counted:
            _forget_numbers(counted, start, end)
        if not concurrently:
            begun = time.perf_counter()
            _execute(f"DROP TABLE {name}")
    if not concurrently:
        return time.perf_counter() - begun
    _execute(f"ALTER TABLE {table} DETACH PARTITION {name} CONCURRENTLY", f"DROP TABLE {name}")
    return 0.0


def _forget_numbers(counted: CountedRows, start: datetime, end: datetime) -> None:
    """Subtract the rows of a month from the row counts, because dropping a partition fires no trigger."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO dashboard_rowcountchange (appid, kind, hour, change)"
            f" SELECT appid, %s, {hour_of('created_at')}, -count(*) FROM {counted.table}"
            " WHERE created_at >= %s AND created_at < %s GROUP BY appid, 3",
            [counted.kind, start, end],
        )
        cursor.execute("SELECT dashboard_fold_row_counts()")


def relations(model: type[models.Model]) -> Iterator[str]:
    """Yield the name of the table, or of each of its partitions if it has any."""
    table = model._meta.db_table
    partitions = _column("SELECT relid::regclass::text FROM pg_partition_tree(%s) WHERE isleaf", table)
    yield from partitions or [table]


def _column(sql: str, *values: Any) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [found for (found,) in cursor.fetchall()]


def _execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
