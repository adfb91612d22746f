"""PostgreSQL: Django's backend (base.py), connections through a pooler (sessions.py), and the statement timeout."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from dashboard.db.routers import read_alias

DIRECT = "Migrations need more time than a pooler allows for: run migrate with a DATABASE_URL of PostgreSQL itself."


def is_pooled(using: str = DEFAULT_DB_ALIAS) -> bool:
    """Return whether connections go through a pooler, and so keep no state between two transactions."""
    database: Any = connections[using]
    return bool(database.vendor == "postgresql" and database.is_pooled)


def disable_statement_timeout(using: str, plan: Sequence[Any] = (), **signal: Any) -> None:
    """Let migrations take longer than a request may. A receiver of `pre_migrate`.

    Raises CommandError if there is something to do that a pooler would limit.
    """
    if plan and is_pooled(using):
        raise CommandError(DIRECT)
    disable_session_timeout(using)


def restore_statement_timeout(using: str, **signal: Any) -> None:
    """Restore the timeout for later users of the connection. A receiver of `post_migrate`."""
    _set_session(using, "reset statement_timeout")


def disable_session_timeout(using: str = DEFAULT_DB_ALIAS) -> None:
    """Let the statements of a command take any time from now on. Through a pooler, each transaction has its limit."""
    _set_session(using, "set statement_timeout = 0")


def _set_session(using: str, statement: str) -> None:
    if connections[using].vendor == "postgresql" and not is_pooled(using):
        with connections[using].cursor() as cursor:
            cursor.execute(statement)
        connections[using].connection.learn_limit()


@contextmanager
def without_statement_timeout() -> Iterator[None]:
    """Disable the statement timeout for an operator's reads, which may go over all rows and take minutes."""
    database: Any = connections[using := read_alias()]
    if database.vendor != "postgresql":
        yield
        return
    with transaction.atomic(using=using), database.cursor() as cursor:
        cursor.execute("set local statement_timeout = 0")
        database.connection.patience = None  # until the transaction ends
        yield
