"""What only one process at a time may do to a database of PostgreSQL."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import Error, connections

from dashboard.db.postgresql import is_pooled

MIGRATING = 20_261_129  # of pg_advisory_lock
LOOK_SECONDS = 0.5
# The lock of a process whose machine disappears is free after about a minute. On a socket of Unix, these do nothing.
KEEPALIVE = "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3"


@contextmanager
def one_at_a_time(using: str, tell: Callable[[], object]) -> Iterator[None]:
    """Run the block while no other process runs one on this database. Call `tell` once if there is one to wait for.

    The lock ends with the connection. Through a pooler, nothing is locked: `migrate` changes nothing there.
    """
    database = connections[using]
    if database.vendor != "postgresql" or is_pooled(using):
        yield
        return
    _wait(database, tell)
    try:
        yield
    finally:
        with suppress(Error):  # it ends with the connection, anyway
            _ask(database, "SELECT pg_advisory_unlock(%s)")


def _wait(database: Any, tell: Callable[[], object]) -> None:
    """Wait for the lock, by asking again and again: CREATE INDEX CONCURRENTLY waits for statements that go on."""
    with database.cursor() as cursor:
        cursor.execute(KEEPALIVE)
    if _ask(database, "SELECT pg_try_advisory_lock(%s)"):
        return
    tell()
    while not _ask(database, "SELECT pg_try_advisory_lock(%s)"):
        time.sleep(LOOK_SECONDS)


def _ask(database: Any, statement: str) -> bool:
    with database.cursor() as cursor:
        cursor.execute(statement, [MIGRATING])
        return bool(cursor.fetchone()[0])
