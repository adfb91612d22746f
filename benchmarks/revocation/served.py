"""The application as `manage.py serve` serves it, with changes that environment variables ask for."""

import os
import random
import time
from collections.abc import Callable

from django.db import transaction

from dashboard.cache import rows as cache
from dashboard.cache.rows import row_cache
from dashboard_project import asgi
from sessions_app import models

LONGEST_WAIT = 0.03


def keep_protocol() -> None:
    """Change nothing."""


def delete_after_commit() -> None:
    """Delete entries after the commit: the usual protocol, which lets a late fill through."""

    def delete(*keys: str) -> None:
        transaction.on_commit(lambda: row_cache.store.delete_many(keys))

    row_cache.mark_dirty = delete  # type: ignore[method-assign]


def mark_nothing() -> None:
    """Let entries live until they expire."""
    row_cache.mark_dirty = lambda *keys: None  # type: ignore[method-assign]


def hold_up_fills() -> None:
    """Delay each row between being read and being cached, as in a process that gets no CPU time."""
    add = row_cache._add

    def add_later(question: Callable[[], bool]) -> None:
        time.sleep(random.choice((0, random.uniform(0, LONGEST_WAIT))))
        add(question)

    row_cache._add = add_later  # type: ignore[method-assign]


PROTOCOLS = {rule.__name__: rule for rule in (keep_protocol, delete_after_commit, mark_nothing)}

models.ROWS_AT_ONCE = int(os.environ.get("TEST_ROWS_AT_ONCE", models.ROWS_AT_ONCE))
cache.CACHE_SECONDS = int(os.environ.get("TEST_CACHE_SECONDS", cache.CACHE_SECONDS))
PROTOCOLS[os.environ.get("TEST_PROTOCOL", keep_protocol.__name__)]()
if "TEST_HOLD_UP" in os.environ:
    hold_up_fills()
application = asgi.application
