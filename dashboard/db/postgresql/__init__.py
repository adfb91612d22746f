"""PostgreSQL: the connection class (base.py), and the statement timeout."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections, transaction


def disable_statement_timeout(using: str, **signal: Any) -> None:
    """Let migrations take longer than a request may. A receiver of `pre_migrate`."""
    _execute(using, "set statement_timeout = 0")


def restore_statement_timeout(using: str, **signal: Any) -> None:
    """Restore the timeout for later users of the connection. A receiver of `post_migrate`."""
    _execute(using, "reset statement_timeout")


def _execute(using: str, statement: str) -> None:
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            cursor.execute(statement)


@contextmanager
def without_statement_timeout() -> Iterator[None]:
    """Disable the statement timeout for an operator's reads, which may go over all rows and take minutes."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local statement_timeout = 0")
        yield
