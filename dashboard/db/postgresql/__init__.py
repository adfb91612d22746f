"""What is particular about PostgreSQL: how connections are kept (base.py), and that statements have a limit of time."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections, transaction


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
