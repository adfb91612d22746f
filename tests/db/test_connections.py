"""What a thread keeps ends with it, and only in the process that has begun it."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from dashboard.db.connections import CloseOnThreadExit


def test_it_is_closed_when_its_thread_ends() -> None:
    kept, closed = threading.local(), threading.Event()

    def keep() -> None:
        kept.closing = CloseOnThreadExit(closed.set)

    thread = threading.Thread(target=keep)
    thread.start()
    thread.join()
    assert closed.is_set()


def test_it_is_closed_when_another_takes_its_place() -> None:
    closed: list[int] = []
    kept = CloseOnThreadExit(lambda: closed.append(1))
    assert not closed
    kept = CloseOnThreadExit(lambda: closed.append(2))
    assert closed == [1]
    del kept


def test_a_process_that_was_forked_closes_nothing_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[Any] = []
    kept = CloseOnThreadExit(lambda: closed.append(1))
    monkeypatch.setattr(os, "getpid", lambda: -1)
    del kept
    assert not closed


@pytest.mark.django_db(transaction=True)
def test_connection_to_the_database_ends_with_its_thread() -> None:
    def connected() -> Any:
        connection.ensure_connection()
        return connection.connection

    with ThreadPoolExecutor(1) as another:
        theirs = another.submit(connected).result()
        theirs.cursor().execute("SELECT 1")
    with pytest.raises(connection.Database.Error, match="closed"):
        theirs.cursor().execute("SELECT 1")
    connected().cursor().execute("SELECT 1")
