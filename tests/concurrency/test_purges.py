"""Purging in processes of its own: two at once, and one that is killed and run again."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import Account
from accounts.services.deletion import ROWS_PER_TRANSACTION
from events.models import Action, Event
from sessions_app.models import Session
from sessions_app.services.purging import SESSIONS_PER_TRANSACTION
from tests.concurrency.concurrent import waiting_connections
from tests.factories import AccountFactory, ResetCodeFactory, SessionFactory
from tests.isolation import transaction_of_test

pytestmark = [pytest.mark.process, pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

TIMEOUT_SECONDS = 60
LONG_AGO = timezone.now() - timedelta(days=400)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def started(*arguments: str) -> subprocess.Popen[str]:
    """manage.py with these arguments, on the database of the tests."""
    config = connection.settings_dict
    url = f"postgresql://{config['USER']}:{config['PASSWORD']}@{config['HOST']}:{config['PORT']}/{config['NAME']}"
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        env=environment,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def ended(process: subprocess.Popen[str]) -> list[str]:
    """What a process said, that ended well."""
    out, err = process.communicate(timeout=TIMEOUT_SECONDS)
    assert (process.returncode, err) == (0, "")
    return out.splitlines()


def sessions_that_are_said_to_be_deleted(process: subprocess.Popen[str]) -> int:
    [line] = ended(process)
    return int(line.removesuffix(" sessions deleted").replace(",", ""))


def kill(process: subprocess.Popen[str]) -> str:
    """What it had said."""
    process.kill()
    return process.communicate(timeout=TIMEOUT_SECONDS)[0]


@contextmanager
def no_events() -> Iterator[None]:
    """Until the end, no event can be written."""
    with transaction_of_test():
        with connection.cursor() as cursor:
            cursor.execute("lock table events_event in share mode")
        yield


@contextmanager
def no_deletions() -> Iterator[None]:
    """Until the end, sessions can be locked but not deleted."""
    with transaction_of_test():
        with connection.cursor() as cursor:
            cursor.execute("lock table sessions_app_session in share row exclusive mode")
        yield


def nobody_else_is_at_work() -> bool:
    """Whether the server has noticed that whoever was killed is gone, and has rolled back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null"
        )
        return cursor.fetchone() == (0,)


def due(days: int) -> Account:
    account = AccountFactory(deleted_at=timezone.now() - timedelta(days=days))
    SessionFactory.create_batch(2, account=account)
    ResetCodeFactory(account=account)
    return account


def with_sessions(account: Account, count: int) -> list[str]:
    """Give it many sessions, which ended long ago; their ids, as they are sorted."""
    columns = SessionFactory.build(account=account, created_at=LONG_AGO, expires_at=LONG_AGO).__dict__
    columns = {name: value for name, value in columns.items() if name not in ("_state", "sessionid", "token")}
    Session.objects.bulk_create(Session(**columns) for _ in range(count))
    return list(account.sessions.order_by("pk").values_list("pk", flat=True))


def deleted() -> list[str]:
    return sorted(Event.objects.filter(action=Action.DELETE_ACCOUNT).values_list("accountid", flat=True))


def receipts(lines: list[str]) -> list[str]:
    return [line.partition(":")[0] for line in lines if ": deleted, due since " in line]


def test_two_processes_share_the_work() -> None:
    accountids = sorted(due(days).accountid for days in range(1, 13))
    with no_events():
        processes = [started("purge_deleted_accounts") for _ in range(2)]
        wait_until(lambda: waiting_connections() == 2)  # each has an account of its own in its hands
    said = [receipts(ended(process)) for process in processes]
    assert all(said)
    assert sorted(said[0] + said[1]) == deleted() == accountids
    assert not Account.objects.exists()
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("place", "left"),
    [(0, ROWS_PER_TRANSACTION + 200), (ROWS_PER_TRANSACTION, 200)],
    ids=["in its first transaction", "between two transactions"],
)
def test_what_was_killed_is_finished_by_the_next(place: int, left: int) -> None:
    first, second, third = due(3), AccountFactory(deleted_at=timezone.now() - timedelta(days=2)), due(1)
    later = AccountFactory(deleted_at=timezone.now() + timedelta(hours=1))
    sessionids = with_sessions(second, ROWS_PER_TRANSACTION + 200)
    with transaction_of_test():
        Session.objects.select_for_update().get(pk=sessionids[place])
        process = started("purge_deleted_accounts")
        wait_until(lambda: waiting_connections() == 1)
        said = kill(process)
    wait_until(nobody_else_is_at_work)
    assert receipts(said.splitlines()) == deleted() == [first.accountid]
    assert second.sessions.count() == left
    assert set(Account.objects.all()) == {second, third, later}
    assert receipts(ended(started("purge_deleted_accounts"))) == [second.accountid, third.accountid]
    assert deleted() == sorted(it.accountid for it in (first, second, third))
    assert Account.objects.get() == later
    assert not Session.objects.exists()


def test_of_two_that_purge_sessions_one_finishes_after_the_other_was_killed() -> None:
    account, valid = AccountFactory(), SessionFactory()
    count = len(with_sessions(account, 2 * SESSIONS_PER_TRANSACTION + 200))
    with no_deletions():
        killed, other = (started("purge_sessions", "--older-than", "90d") for _ in range(2))
        wait_until(lambda: waiting_connections() == 2)  # each has a thousand of its own in its hands
        assert kill(killed) == ""
    by_the_other = sessions_that_are_said_to_be_deleted(other)
    wait_until(nobody_else_is_at_work)
    by_the_next = sessions_that_are_said_to_be_deleted(started("purge_sessions", "--older-than", "90d"))
    assert by_the_other + by_the_next == count
    # Those that the killed one had in its hands may be free again before the other is done.
    assert by_the_next in (0, SESSIONS_PER_TRANSACTION)
    assert Session.objects.get() == valid
