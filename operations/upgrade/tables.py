"""The existing tables, from PostgreSQL's catalogue, and how long it takes to scan one."""

from dataclasses import dataclass, field

from django.db import connection

from operations.upgrade.statements import ForeignKey, Relations, Work

# Megabytes of a table per second, of a server with an ordinary disk and a cold cache. Rough on purpose.
RATES = {Work.SCAN: 100, Work.INDEX: 25, Work.CONCURRENT_INDEX: 12, Work.REWRITE: 25}
MEGABYTE = 1_000_000

TABLES = (
    "SELECT c.relname, greatest(c.reltuples, 0)::bigint, pg_table_size(c.oid) FROM pg_class c"
    " WHERE c.relkind IN ('r', 'p') AND pg_table_is_visible(c.oid)"
)
INDEXES = (
    "SELECT i.relname, t.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid"
    " JOIN pg_class t ON t.oid = x.indrelid WHERE pg_table_is_visible(t.oid)"
)
FOREIGN_KEYS = (
    "SELECT k.conname, t.relname, a.attname, r.relname FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid"
    " JOIN pg_class r ON r.oid = k.confrelid JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.conkey[1]"
    " WHERE k.contype = 'f' AND pg_table_is_visible(t.oid)"
)
# Transactions that hold locks for longer than those of requests, which are aborted after five idle seconds.
OPEN = (
    "SELECT pid, usename, application_name, extract(epoch FROM clock_timestamp() - xact_start)::int"
    " FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND xact_start < clock_timestamp() - interval '5 seconds' ORDER BY xact_start"
)


@dataclass(frozen=True)
class Size:
    """How many rows a table has, as last estimated by PostgreSQL, and how many bytes without indexes."""

    rows: int
    bytes: int

    def seconds(self, work: Work) -> float:
        """Estimate how long it takes to do this with all rows."""
        return self.bytes / MEGABYTE / RATES[work] if work in RATES else 0.0


@dataclass(frozen=True)
class OpenTransaction:
    """A transaction that `migrate`, and everybody who comes after it, may have to wait for."""

    pid: int
    user: str
    application: str
    seconds: int


@dataclass(frozen=True)
class Catalogue:
    """The tables with their sizes and relations, and transactions that have been open for long."""

    sizes: dict[str, Size] = field(default_factory=dict)
    relations: Relations = field(default_factory=Relations)
    open_transactions: tuple[OpenTransaction, ...] = ()


def read_catalogue() -> Catalogue:
    """Read PostgreSQL's catalogue; return an empty one for SQLite."""
    if connection.vendor != "postgresql":
        return Catalogue()
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        sizes = {name: Size(rows, size) for name, rows, size in cursor.fetchall()}
        cursor.execute(INDEXES)
        index_tables = dict(cursor.fetchall())
        cursor.execute(FOREIGN_KEYS)
        relations = Relations(index_tables, tuple(ForeignKey(*row) for row in cursor.fetchall()))
        cursor.execute(OPEN)
        return Catalogue(sizes, relations, tuple(OpenTransaction(*row) for row in cursor.fetchall()))
