"""Measure how long a writer waits for a purge, with and without an open transaction that has read the table."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import psycopg

READER_SECONDS = 1.0  # for which the reading transaction stays open; that of a report or backup may take hours
PAUSE = 0.002  # between two writes
WRITES = {
    "sessions": "UPDATE sessions_app_session SET last_seen_at = now() WHERE sessionid = %(sessionid)s",
    "events": (
        "INSERT INTO events_event (appid, action, accountid, targetid, actor_kind, actor_accountid, user_agent,"
        " created_at) VALUES ('dashboard', 'set-session-verified', '', %(sessionid)s, 'account', '', '', now())"
    ),
}
READS = {
    "sessions": "SELECT count(*) FROM (SELECT FROM sessions_app_session LIMIT 1) AS it",
    "events": "SELECT count(*) FROM (SELECT FROM events_event LIMIT 1) AS it",
}


def longest_wait(url: str, table: str, sessionid: str, purge: Callable[[], object], *, is_read: bool) -> float:
    """Return how many seconds the slowest write takes while the table is being purged.

    With `is_read`, a transaction reads the table before the purge, and stays open for READER_SECONDS.
    """
    with (
        psycopg.connect(url, autocommit=True) as writer,
        ThreadPoolExecutor(2) as pool,
        _reader(url, table, pool, is_read=is_read),
    ):
        done = pool.submit(purge)
        longest = 0.0
        while not done.done():
            begun = time.perf_counter()
            writer.execute(WRITES[table], {"sessionid": sessionid})
            longest = max(longest, time.perf_counter() - begun)
            time.sleep(PAUSE)
        done.result()
    return longest


@contextmanager
def _reader(url: str, table: str, pool: ThreadPoolExecutor, *, is_read: bool) -> Iterator[None]:
    """Hold a transaction open that has read the table, if `is_read`."""
    if not is_read:
        yield
        return
    has_read = Event()

    def read() -> None:
        with psycopg.connect(url) as connection:
            connection.execute(READS[table])
            has_read.set()
            time.sleep(READER_SECONDS)

    reading = pool.submit(read)
    has_read.wait(READER_SECONDS)
    yield
    reading.result()
