"""Faults of PostgreSQL's disks: full of rows, or of the log of changes (WAL)."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep

import psycopg

from faults.catalogue.databases import plain
from faults.fleet import Fleet
from faults.running import Fault, Group
from throwaway.disks import kept_full, small_disk
from throwaway.postgresql import PostgreSQL
from throwaway.programs import wait_until

ROWS = "8m"  # of rows that are added
LOG = "64m"
SEGMENT = "--wal-segsize=1"  # MB. What is written to the log goes into an existing segment, or into a new one
# So that there is no room in segments that are kept for later
LOG_OPTIONS = {"wal_recycle": "off", "min_wal_size": "2MB", "max_wal_size": "16MB", "lc_messages": "C"}
EVENTS = "events_event"


def disk_of(fleet: Fleet) -> Path:
    """Return the disk. Raises LookupError in a fleet without one."""
    if fleet.disk is None:
        raise LookupError("The fleet has no disk.")
    return fleet.disk


@contextmanager
def on_a_small_disk(persons: int) -> Iterator[Fleet]:
    """Two servers whose events and sessions are on a file system of their own. Needs the right to mount one."""
    with plain(persons) as fleet, small_disk(ROWS) as disk:
        try:
            fleet.postgresql.execute(
                f"CREATE TABLESPACE small LOCATION '{disk}'",
                f"ALTER TABLE {EVENTS} SET TABLESPACE small",
                "ALTER TABLE sessions_app_session SET TABLESPACE small",
            )
            fleet.disk = disk
            yield fleet
        finally:
            fleet.postgresql.execute(
                f"ALTER TABLE {EVENTS} SET TABLESPACE pg_default",
                "ALTER TABLE sessions_app_session SET TABLESPACE pg_default",
                "DROP TABLESPACE small",
            )


def rows_full(fleet: Fleet, seconds: float) -> None:
    with kept_full(disk_of(fleet)):
        sleep(seconds)


SMALL_DISK = Group(
    "PostgreSQL on a small disk",
    on_a_small_disk,
    (Fault("postgresql-disk-full", "the disk of sessions and events is full", rows_full),),
)


# The log of changes


@contextmanager
def with_a_small_log(persons: int) -> Iterator[Fleet]:
    """Two servers whose PostgreSQL has its log on a file system of its own. Needs the right to mount one."""
    with small_disk(LOG) as disk, plain(persons, f"--waldir={disk / 'wal'}", SEGMENT, **LOG_OPTIONS) as fleet:
        fleet.disk = disk
        yield fleet


def log_full(fleet: Fleet, seconds: float) -> None:
    """Keep the disk of the log full until PostgreSQL has panicked, and so many seconds longer."""
    server = fleet.postgresql
    before = panics(server)

    def has_panicked() -> bool:
        with suppress(psycopg.Error):
            server.execute("SELECT pg_switch_wal()")  # the next change wants a new segment
        return panics(server) > before

    with kept_full(disk_of(fleet)):
        wait_until(has_panicked, "PostgreSQL goes on although its log cannot be written")
        sleep(seconds)
    wait_until(lambda: is_started(server), "PostgreSQL does not start again")


def panics(server: PostgreSQL) -> int:
    return server.daemon.log.read_text(errors="replace").count("PANIC")


def is_started(server: PostgreSQL) -> bool:
    """Return whether the server answers. Start it if it has ended, as a service manager does: it may give up."""
    if server.daemon.process.poll() is not None:
        server.daemon.start()
    try:
        server.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


SMALL_LOG = Group(
    "PostgreSQL with a small log",
    with_a_small_log,
    (Fault("postgresql-wal-full", "the disk of the log of changes (WAL) is full, PostgreSQL panics", log_full),),
)
GROUPS = (SMALL_DISK, SMALL_LOG)
