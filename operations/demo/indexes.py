"""Indexes of empty tables that are filled: they are built at the end, in a fraction of the time of updating them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, models

from accounts.models import SearchEntry
from dashboard.db.postgresql import without_statement_timeout
from events.models import Event
from sessions_app.models import Session

LARGE: tuple[type[models.Model], ...] = (SearchEntry, Session, Event)


def are_empty() -> bool:
    """Return whether these tables have no rows, of any APPID, but for the events of making an administrator."""
    tables: tuple[Any, ...] = (SearchEntry, Session)
    return not any(it._base_manager.exists() for it in tables)


@contextmanager
def built_at_the_end() -> Iterator[None]:
    """Drop the indexes of the large tables, and build what is missing when the block ends, whatever ends it.

    A process that is killed leaves them missing: the doctor reports this, and the next run of seed_demo builds them.
    """
    with connection.schema_editor() as editor:
        for model, index in _declared():
            if index.name in _existing(model):
                editor.remove_index(model, index)
    try:
        yield
    finally:
        build_missing()


def build_missing() -> None:
    """Build the declared indexes that are missing. Others can read meanwhile, and wait to write."""
    for model, index in _declared():
        if index.name in _existing(model):
            continue
        with without_statement_timeout(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
            with connection.schema_editor() as editor:
                editor.add_index(model, index)


def _declared() -> Iterator[tuple[type[models.Model], models.Index]]:
    yield from ((model, index) for model in LARGE for index in model._meta.indexes)


def _existing(model: type[models.Model]) -> set[str]:
    with connection.cursor() as cursor:
        return {*connection.introspection.get_constraints(cursor, model._meta.db_table)}
