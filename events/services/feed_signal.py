"""The signal that there are new events: announced by Redis after their commit, and looked for in the database."""

import threading
from collections.abc import Collection
from time import monotonic, sleep
from typing import Any

from django.conf import settings
from django.db import close_old_connections

from dashboard.cache.rows import row_cache
from dashboard.core.errors import DashboardError
from events.services import feed
from events.services.feed_cursors import Cursor

WAITING_THREADS = 2  # of a process without the gateway, whose threads are few
LOOK_SECONDS = 0.25

_places = threading.BoundedSemaphore(WAITING_THREADS)


def channel() -> str:
    return f"dashboard:feed:{settings.APPID}"


def announce() -> None:
    """Tell those who wait for events that there are new ones, once this transaction is committed."""
    row_cache.announce(channel())


class FeedWatch:
    """What the gateway checks while somebody waits for the feed."""

    def channel(self) -> str:
        return channel()

    def look(self, seen: Cursor | None) -> tuple[Any, bool]:
        """Return the cursor from now on, and whether there are events after this one."""
        close_old_connections()  # as when a request begins: otherwise a lost connection would never be replaced
        return look(seen) if seen else (feed.from_now(), False)


def look(seen: Cursor) -> tuple[Cursor, bool]:
    """Return the cursor from now on, and whether there are events after this one."""
    try:
        return feed.peek(seen)
    except DashboardError:  # another database is there
        return feed.from_now(), True


def read_when_there(page: feed.Page, actions: Collection[str], limit: int, seconds: float) -> feed.Page:
    """Return the first page with events that comes after an empty one, or an empty one when the time is over.

    The thread of the request waits meanwhile. At most WAITING_THREADS requests of a process do so at a time; the others
    are answered at once.
    """
    if seconds <= 0 or not _places.acquire(blocking=False):
        return page
    try:
        end = monotonic() + seconds
        while not page.events and (rest := end - monotonic()) > 0:
            sleep(min(LOOK_SECONDS, rest))
            page = feed.read(page.cursor, actions, limit)
    finally:
        _places.release()
    return page
