"""Whether the database is there, and is as this release needs it."""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from dashboard.cache.rows import DIRTY_SECONDS
from dashboard_project.management.commands.serve import THREADS
from operations.doctor.findings import Finding, fine, problem, warning

SKEW, MUCH_SKEW = 1.0, DIRTY_SECONDS / 2  # seconds
CONNECTIONS = THREADS + 2  # a worker's: what is seen last is written by one more, and its health asked for by another
SPARE_CONNECTIONS = 10  # for commands, backups, and whoever has to look
KEEP_TIME = "Let every machine take its time from the network (chrony, systemd-timesyncd)."


def reachable() -> Iterator[Finding]:
    """Raises OperationalError where it is not: then nothing else can be asked."""
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    version = ".".join(map(str, connection.get_database_version()))
    yield fine(f"{connection.display_name} {version} answers in {(time.perf_counter() - began) * 1000:.1f} ms.")


def migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    missing = [f"{it.app_label}.{it.name}" for it, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    if missing:
        yield problem(f"Not applied: {', '.join(missing)}.", "Run manage.py migrate.")
    else:
        yield fine("Every migration is applied.")


def indexes() -> Iterator[Finding]:
    """Whether each index and constraint of the models is there, and used."""
    expected = {name: model._meta.db_table for model in apps.get_models() for name in _declared(model)}
    found = _found(set(expected.values()))
    missing = sorted(expected.keys() - found.keys())
    invalid = sorted(name for name, is_valid in found.items() if not is_valid)
    if missing:
        yield problem(
            f"Missing: {', '.join(missing)}. Lists and lookups read whole tables, or rules are not kept.",
            "Migrations make them: manage.py sqlmigrate shows how. Find out who dropped them.",
        )
    if invalid:
        yield problem(
            f"Not valid, so that nothing uses them: {', '.join(invalid)}. They cost every write.",
            "Run REINDEX INDEX CONCURRENTLY for each; what ends in _ccnew is left of a failed one, to be dropped.",
        )
    if not (missing or invalid):
        yield fine(f"All {len(expected)} indexes and constraints are there.")


def _declared(model: type[models.Model]) -> Iterator[str]:
    if model._meta.managed and not model._meta.proxy:
        yield from (str(it.name) for it in (*model._meta.indexes, *model._meta.constraints))


def _found(tables: set[str]) -> dict[str, bool]:
    """The names of all indexes and constraints of these tables; whether each is valid."""
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
    """Times are written by server processes, and by some commands compared with the database's."""
    if connection.vendor != "postgresql":
        yield fine("The database has this computer's clock.")
        return
    before = timezone.now()
    (theirs,) = _row("SELECT clock_timestamp()")
    yield skew("database", before, theirs, timezone.now())


def skew(name: str, before: datetime, theirs: datetime, after: datetime) -> Finding:
    """What to say of a clock that was read between two readings of ours: so much of the difference is not the way's."""
    seconds = max((before - theirs).total_seconds(), (theirs - after).total_seconds(), 0.0)
    if seconds < SKEW:
        return fine(f"The clock of the {name} agrees with ours.")
    grade = problem if seconds >= MUCH_SKEW else warning
    return grade(
        f"The clock of the {name} is {seconds:.1f} seconds off ours: what has a time ends too early or too late.",
        KEEP_TIME,
    )


def connections() -> Iterator[Finding]:
    """Whether as many connections may be opened as the server processes can open."""
    if connection.vendor != "postgresql":
        yield fine("The database is a file; no server counts connections.")
        return
    most, reserved = (int(_setting(name)) for name in ("max_connections", "superuser_reserved_connections"))
    wanted = settings.WORKERS * CONNECTIONS
    said = f"{settings.WORKERS} workers open up to {wanted} connections, of {most - reserved} that the server has"
    remedy = "Fewer WORKERS, or a higher max_connections: docs/configuration.md."
    if wanted > most - reserved:
        yield problem(f"{said}: under load, requests fail.", remedy)
    elif wanted + SPARE_CONNECTIONS > most - reserved:
        yield warning(f"{said}, which leaves few for commands, backups and other servers.", remedy)
    else:
        yield fine(f"{said}.")


def timeouts() -> Iterator[Finding]:
    """Locks, and marks in the cache, count on transactions that end in time."""
    if connection.vendor != "postgresql":
        yield fine("Writers wait for each other, for 20 seconds at most.")
        return
    for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
        milliseconds = int(_row("SELECT setting FROM pg_settings WHERE name = %s", name)[0])
        if not 0 < milliseconds < DIRTY_SECONDS * 1000:
            limit = f"{milliseconds / 1000:g} seconds" if milliseconds else "no limit"
            yield problem(
                f"{name} is {limit}: a mark in the cache lasts {DIRTY_SECONDS} seconds, and a change that takes longer "
                "may be overtaken by what was cached before it.",
                "Take it out of the options in DATABASE_URL, which are meant for migrations.",
            )
        else:
            yield fine(f"{name} is {milliseconds / 1000:g} seconds.")


def _setting(name: str) -> str:
    value: str = _row("SELECT current_setting(%s)", name)[0]
    return value


def _row(query: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone()
