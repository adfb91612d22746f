"""Run operations concurrently, at the point where a race would do harm.

The row or table that the operations concern stays locked until all of them wait for it. So each operation has read what
it reads without a lock before any of them has changed a row.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.db import connection

from accounts.models import Account
from dashboard.core.actor import Actor, ActorKind
from dashboard.core.errors import DashboardError
from sessions_app.models import Session
from tests.isolation import transaction_of_test

SOMEBODY = Actor(ActorKind.ANYBODY)
SUCCESS = "done"
TIMEOUT_SECONDS = 30


class ConcurrentOperations:
    """Operations that run in a thread each; `outcomes` counts SUCCESS, or the code and status of a refusal."""

    def __init__(self, *operations: Callable[[], Any]) -> None:
        self.outcomes: Counter[Any] = Counter()
        self.faults: list[BaseException] = []
        self.barrier = threading.Barrier(len(operations))
        self.threads = [threading.Thread(target=self._run, args=[operation]) for operation in operations]

    def _run(self, operation: Callable[[], Any]) -> None:
        try:
            self.barrier.wait(TIMEOUT_SECONDS)
            self.outcomes[_outcome_of(operation)] += 1
        except Exception as fault:
            self.faults.append(fault)
        finally:
            connection.close()

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def join(self) -> None:
        for thread in self.threads:
            thread.join()

    def result(self) -> dict[Any, int]:
        for fault in self.faults:
            raise fault
        return dict(self.outcomes)


def _outcome_of(operation: Callable[[], Any]) -> Any:
    try:
        result = operation()
    except DashboardError as error:
        return error.error_code.code, int(error.error_code.status)
    return result if isinstance(result, tuple) else SUCCESS


def waiting_connections() -> int:
    """Return the number of connections to this database that wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_stat_clear_snapshot()")  # a transaction caches the first answer
        cursor.execute(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


@contextmanager
def locked_row(account: Account) -> Iterator[None]:
    with transaction_of_test():
        Account.objects.select_for_update().get(pk=account.pk)
        yield


@contextmanager
def shared_rows(*accounts: Account) -> Iterator[None]:
    """Let these accounts be locked by others as `find_for_share` does, but not for an update, until the block ends."""
    with transaction_of_test():
        for account in accounts:
            Account.objects.find_for_share(account.pk)
        yield


@contextmanager
def locked_session(session: Session) -> Iterator[None]:
    with transaction_of_test():
        Session.objects.select_for_update().get(pk=session.pk)
        yield


@contextmanager
def no_inserts() -> Iterator[None]:
    """Let accounts be read but not written until the block ends."""
    with transaction_of_test():
        with connection.cursor() as cursor:
            cursor.execute("lock table accounts_account in share mode")
        yield


def run_concurrently(lock: AbstractContextManager[None], *operations: Callable[[], Any]) -> dict[Any, int]:
    """Release all operations from the lock at the same moment; return how many had which outcome."""
    race = ConcurrentOperations(*operations)
    try:
        with lock:
            race.start()
            wait_until_blocked(len(operations))
    finally:
        race.join()
    return race.result()


def wait_until_blocked(count: int) -> None:
    """Return when so many connections to this database wait for a lock."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while waiting_connections() < count:
        assert time.monotonic() < deadline, "not every operation came to the lock"
        time.sleep(0.002)


def wait_until_blocked_or_done(race: ConcurrentOperations) -> None:
    """Return when each operation waits for a lock or has ended."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while waiting_connections() < sum(thread.is_alive() for thread in race.threads):
        assert time.monotonic() < deadline, "not every operation came to a lock or to its end"
        time.sleep(0.002)
