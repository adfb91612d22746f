"""Which database a read goes to: the primary, or inside `reading_from` another one. Writes go to the primary.

Without this router, Django would read and write a row in the database that it was read from.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models

REPLICA = "replica"  # the alias of READ_DATABASE_URL

_reading = ContextVar("reading", default=DEFAULT_DB_ALIAS)


@contextmanager
def reading_from(alias: str) -> Iterator[None]:
    """Read from this database in the block, in the current thread."""
    token = _reading.set(alias)
    try:
        yield
    finally:
        _reading.reset(token)


def read_alias() -> str:
    """Return the alias of the database to read from: the primary's inside a transaction, which may have written."""
    alias = _reading.get()
    if alias != DEFAULT_DB_ALIAS and connections[DEFAULT_DB_ALIAS].in_atomic_block:
        return DEFAULT_DB_ALIAS
    return alias


def is_reading_elsewhere() -> bool:
    """Return whether what is read now may be older than what the primary has."""
    return read_alias() != DEFAULT_DB_ALIAS


class ReadRouter:
    """Django's database router where READ_DATABASE_URL is set."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str:
        return read_alias()

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: models.Model, other: models.Model, **hints: Any) -> bool:
        return True  # both databases have the same rows

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == DEFAULT_DB_ALIAS
