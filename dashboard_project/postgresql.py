"""What is particular about PostgreSQL: times are read cheaply, and statements have a limit of time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.db import connection, connections, transaction
from psycopg.abc import Buffer
from psycopg.adapt import Loader


class TimeLoader(Loader):
    """A timestamptz as Python itself reads ISO 8601, at a tenth of the cost of psycopg's own parser for all styles.

    Django sets the connection's time zone to UTC, and the server writes ISO: `2026-11-21 03:23:03.424365+00`.
    """

    timezone = UTC  # Django compares it with the zone that it wants

    def load(self, data: Buffer) -> datetime:
        return datetime.fromisoformat(str(data, "ascii"))


def use_time_loader(connection: Any, **signal: Any) -> None:
    """Receiver of `connection_created`."""
    if connection.vendor == "postgresql":
        connection.connection.adapters.register_loader("timestamptz", TimeLoader)


def let_migrations_take_time(using: str, **signal: Any) -> None:
    """Receiver of `pre_migrate`: an index of millions of rows takes longer than a request may."""
    _execute(using, "set statement_timeout = 0")


def limit_time_again(using: str, **signal: Any) -> None:
    """Receiver of `post_migrate`, for whoever goes on with the same connection."""
    _execute(using, "reset statement_timeout")


def _execute(using: str, statement: str) -> None:
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            cursor.execute(statement)


@contextmanager
def unhurried() -> Iterator[None]:
    """Let statements that only read take as long as they need: an operator's, over all rows, may take minutes."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local statement_timeout = 0")
        yield
