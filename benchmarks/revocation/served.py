"""The WSGI application as it is served, with what its environment changes in the cache."""

import os
import random
import time
from typing import Any

from django.db import transaction

from dashboard.cache import rows as cache
from dashboard_project import wsgi

LONGEST_WAIT = 0.03


def keep_protocol() -> None:
    """Nothing is changed."""


def delete_after_commit() -> None:
    """The usual way to keep a cache fresh, which lets a late fill through."""

    def delete(*keys: str) -> None:
        transaction.on_commit(lambda: cache.store.delete_many(keys))

    cache.mark_dirty = delete


def mark_nothing() -> None:
    """Entries live until their time runs out."""
    cache.mark_dirty = lambda *keys: None


def hold_up_fills() -> None:
    """A row waits between being read and being put into the cache, as in a process that others keep from running."""
    add = cache.store.add

    def add_later(*arguments: Any) -> Any:
        time.sleep(random.choice((0, random.uniform(0, LONGEST_WAIT))))
        return add(*arguments)

    cache.store.add = add_later


PROTOCOLS = {rule.__name__: rule for rule in (keep_protocol, delete_after_commit, mark_nothing)}

cache.CACHE_SECONDS = int(os.environ.get("TEST_CACHE_SECONDS", cache.CACHE_SECONDS))
PROTOCOLS[os.environ.get("TEST_PROTOCOL", keep_protocol.__name__)]()
if "TEST_HOLD_UP" in os.environ:
    hold_up_fills()
application = wsgi.application
