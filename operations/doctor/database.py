"""Checks of the database: that it answers, and that it has the schema and limits that this release needs."""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from dashboard.cache.rows import DIRTY_SECONDS
from dashboard.core.workers import THREADS_PER_WORKER
from dashboard.db.postgresql import is_pooled
from dashboard.db.postgresql.sessions import LIMITS
from operations.doctor.findings import Finding, fine, problem, warning

MAX_SKEW, DANGEROUS_SKEW = 1.0, DIRTY_SECONDS / 2  # seconds
CONNECTIONS_PER_WORKER = THREADS_PER_WORKER + 3  # for last_seen_at, health probes and the epoch of the cache
SPARE_CONNECTIONS = 10  # for commands, backups and diagnosis
SYNCHRONIZE = "Synchronize the clock of every machine over the network (chrony, systemd-timesyncd)."


def reachable() -> Iterator[Finding]:
    """Check that the database answers. Raise OperationalError if it does not."""
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    version = ".".join(map(str, connection.get_database_version()))
    yield fine(f"{connection.display_name} {version} answers in {(time.perf_counter() - started) * 1000:.1f} ms.")


def migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    missing = [f"{it.app_label}.{it.name}" for it, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    if missing:
        yield problem(f"Not applied: {', '.join(missing)}.", "Run manage.py migrate.")
    else:
        yield fine("Every migration is applied.")


def indexes() -> Iterator[Finding]:
    """Check that each index and constraint of the models exists and is valid."""
    expected = {name: model._meta.db_table for model in apps.get_models() for name in _declared(model)}
    found = _found(set(expected.values()))
    missing = sorted(expected.keys() - found.keys())
    invalid = sorted(name for name, is_valid in found.items() if not is_valid)
    if missing:
        yield problem(
            f"Missing: {', '.join(missing)}. Lists and lookups read whole tables, or constraints are not enforced.",
            "Migrations create them: manage.py sqlmigrate shows the SQL. Find out why they were dropped.",
        )
    if invalid:
        yield problem(
            f"Not valid, so that no query uses them: {', '.join(invalid)}. They slow down every write.",
            "Run REINDEX INDEX CONCURRENTLY for each. Drop indexes that end in _ccnew: a failed one left them.",
        )
    if not (missing or invalid):
        yield fine(f"All {len(expected)} indexes and constraints exist.")


def _declared(model: type[models.Model]) -> Iterator[str]:
    if model._meta.managed and not model._meta.proxy:
        yield from (str(it.name) for it in (*model._meta.indexes, *model._meta.constraints))


def _found(tables: set[str]) -> dict[str, bool]:
    """Return the names of all indexes and constraints of these tables, and whether each is valid."""
    with connection.cursor() as cursor:
        found = {name: True for table in tables for name in connection.introspection.get_constraints(cursor, table)}
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid"
                " JOIN pg_class t ON t.oid = x.indrelid"
                " WHERE t.relname = ANY(%s) AND pg_table_is_visible(t.oid) AND NOT (indisvalid AND indisready)",
                [sorted(tables)],
            )
            found |= {name: False for (name,) in cursor.fetchall()}
    return found


def clock() -> Iterator[Finding]:
    """Check the clock of the database: server processes write times, and some commands compare them with it."""
    if connection.vendor != "postgresql":
        yield fine("The database uses this computer's clock.")
        return
    before = timezone.now()
    (theirs,) = _row("SELECT clock_timestamp()")
    yield skew("database", before, theirs, timezone.now())


def skew(name: str, before: datetime, theirs: datetime, after: datetime) -> Finding:
    """Judge a clock that was read between two readings of ours, which bound the time that the answer took."""
    seconds = max((before - theirs).total_seconds(), (theirs - after).total_seconds(), 0.0)
    if seconds < MAX_SKEW:
        return fine(f"The clock of the {name} agrees with ours.")
    report = problem if seconds >= DANGEROUS_SKEW else warning
    return report(
        f"The clock of the {name} is {seconds:.1f} seconds off ours: sessions and lockouts end too early or too late.",
        SYNCHRONIZE,
    )


def connections() -> Iterator[Finding]:
    """Check that the database allows as many connections as the server processes can open."""
    if connection.vendor != "postgresql":
        yield fine("The database is a file; there is no limit of connections.")
        return
    if is_pooled():
        yield fine("A pooler shares the connections: its settings limit them.")
        return
    limit, reserved = (int(_setting(name)) for name in ("max_connections", "superuser_reserved_connections"))
    each = CONNECTIONS_PER_WORKER + bool(settings.READ_DATABASE_URL)  # whose lag is measured
    wanted = settings.WORKERS * each
    allowed = limit - reserved
    message = f"{settings.WORKERS} workers open up to {wanted} of the {allowed} connections that the server allows"
    remedy = "Set fewer WORKERS, or a higher max_connections: docs/configuration.md."
    if wanted > allowed:
        yield problem(f"{message}: under load, requests fail.", remedy)
    elif wanted + SPARE_CONNECTIONS > allowed:
        yield warning(f"{message}, which leaves few for commands, backups and other servers.", remedy)
    else:
        yield fine(f"{message}.")


def timeouts() -> Iterator[Finding]:
    """Check the time limits of transactions, on which locks and the marks in the cache rely."""
    if connection.vendor != "postgresql":
        yield fine("Writers wait for each other for at most 20 seconds.")
        return
    with transaction.atomic():  # a pooled connection has its limits there
        yield from [_limit(name) for name in LIMITS]
    if is_pooled() and not _milliseconds("statement_timeout"):
        yield warning(
            "A read outside a transaction has no time limit in PostgreSQL.",
            "Set one for the role: ALTER ROLE name SET statement_timeout = '5s'.",
        )


def _limit(name: str) -> Finding:
    milliseconds = _milliseconds(name)
    if 0 < milliseconds < DIRTY_SECONDS * 1000:
        return fine(f"{name} is {milliseconds / 1000:g} seconds.")
    limit = f"{milliseconds / 1000:g} seconds" if milliseconds else "no limit"
    return problem(
        f"{name} is {limit}: a mark in the cache lasts {DIRTY_SECONDS} seconds, and a transaction that takes longer may"
        " commit after it has expired.",
        "Remove it from the options in DATABASE_URL; only migrations need it.",
    )


def _milliseconds(name: str) -> int:
    return int(_row("SELECT setting FROM pg_settings WHERE name = %s", name)[0])


def _setting(name: str) -> str:
    value: str = _row("SELECT current_setting(%s)", name)[0]
    return value


def _row(query: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone()
