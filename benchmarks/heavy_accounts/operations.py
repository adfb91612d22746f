"""Print the table of `benchmarks.heavy_accounts`, in Dashboard's environment and with empty tables.

Each service is called for each number of sessions in turn. Times are medians of several rounds, and include the commit
and the marks.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard_project.settings")
django.setup()

from django.db import DEFAULT_DB_ALIAS, connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Account  # noqa: E402
from accounts.services import credentials, deletion  # noqa: E402
from dashboard.core.actor import Actor  # noqa: E402
from dashboard.db.postgresql import disable_session_timeout, restore_statement_timeout  # noqa: E402
from events.models import Action  # noqa: E402
from sessions_app import models  # noqa: E402
from sessions_app.models import Session  # noqa: E402
from sessions_app.revocations import Revocation  # noqa: E402
from sessions_app.services import purging, revocation, sessions  # noqa: E402

SIZES = (100, 10_000, 100_000)
ROUNDS = 7
ROWS_PER_STATEMENT = 10_000
SLOW_ROUNDS = 3  # of operations that need all rows to be created again each time
ACTOR = Actor.command_line()

MANY_SESSIONS = """
insert into sessions_app_session (sessionid, appid, account_id, token_hash, csrf_token, session_key_number, duration,
                                  created_at, updated_at, expires_at, last_verified_at, last_seen_at, user_agent,
                                  ended_by_action, ended_by_kind, ended_by_accountid)
select 'sess_' || left(md5(%(account)s || number || random()), 16), appid, accountid, repeat(md5(number::text), 4),
       repeat(md5(number::text), 4), session_key_number, 2592000, at, at, at + interval '30 days', at, at, '',
       '', '', ''
from accounts_account, generate_series(1, %(count)s::int) as number,
     lateral (select now() - number * interval '10 seconds' as at) as moment
where accountid = %(account)s
"""


class HeavyAccount:
    """An account with this many active sessions. `kept` is the newest of them."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.pk = self.kept = ""
        self.make()

    def make(self) -> None:
        """Create a new account and its rows."""
        self.pk = Account.objects.create(username_hash=os.urandom(64).hex(), password="").pk
        with no_time_limit() as cursor:
            cursor.execute(MANY_SESSIONS, {"account": self.pk, "count": self.size})
            cursor.execute("vacuum analyze sessions_app_session")
        self.kept = str(Session.objects.filter(account=self.pk).newest_first().values_list("pk", flat=True)[0])

    def restore(self) -> None:
        """Make all sessions active again, whether they were ended through the account or, if few, row by row."""
        Revocation.objects.filter(account=self.pk).delete()
        account = Account.objects.filter(pk=self.pk).unmarked()
        account.update(session_key_number=1, session_key_revocations=0, deleted_at=None)
        Session.objects.filter(pk=self.kept).unmarked().update(session_key_number=1)
        if self.size <= models.ROWS_AT_ONCE:
            Session.objects.filter(account=self.pk).unmarked().update(ended_at=None)


@contextmanager
def no_time_limit() -> Iterator[Any]:
    disable_session_timeout()
    with connection.cursor() as cursor:
        yield cursor
    restore_statement_timeout(DEFAULT_DB_ALIAS)


Operation = Callable[[HeavyAccount], object]
ENDS: dict[str, Operation] = {
    "reset-session-key": lambda it: credentials.reset_session_key(it.pk, ACTOR),
    "end-other-sessions": lambda it: sessions.end_other_sessions(it.pk, it.kept, ACTOR),
    "set-account-deleted": lambda it: deletion.set_account_deleted(it.pk, ACTOR),
}


@transaction.atomic
def end_each(account: HeavyAccount) -> None:
    """End all sessions as for ordinary accounts: write and mark each row while the account is locked."""
    Account.objects.get_for_update(account.pk)
    active = Session.objects.filter(account=account.pk).active(timezone.now()).values_list("pk", flat=True)
    for sessionids in batched(list(active), ROWS_PER_STATEMENT):
        Session.objects.end(sessionids, Action.RESET_SESSION_KEY, ACTOR, timezone.now())


def batched(items: list[str], size: int) -> Iterator[list[str]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def delete(account: HeavyAccount) -> None:
    deletion.delete_account(account.pk, ACTOR)


def show_page(account: HeavyAccount) -> None:
    rows = Session.objects.with_revocations().filter(account=account.pk).newest_first()[:10]
    assert all(row.as_json()["ended"] for row in rows)  # noqa: S101


def count(account: HeavyAccount) -> None:
    assert revocation.count_sessions(revocation.Selection(timezone.now(), account.pk)) == 0  # noqa: S101


def write_rows(account: HeavyAccount) -> None:
    assert sum(purging.write_revocations()) in (0, account.size)  # noqa: S101


def timed(operation: Operation, rounds: int, *prepare: Operation) -> list[list[float]]:
    """Return the times of an operation in seconds, for each size. Before each call, `prepare` is called."""
    accounts = [HeavyAccount(it) for it in SIZES]
    for function in (*prepare, operation):
        function(accounts[0])  # compiles statements
    times: list[list[float]] = [[] for _ in accounts]
    for _ in range(rounds):
        for account, found in zip(accounts, times, strict=True):
            for function in prepare:
                function(account)
            begun = time.perf_counter()
            operation(account)
            found.append(time.perf_counter() - begun)
    for account in accounts:
        clean_up(account)
    return times


def clean_up(account: HeavyAccount) -> None:
    with no_time_limit():
        Session.objects.filter(account=account.pk).unmarked().delete()
        Account.objects.filter(pk=account.pk).unmarked().delete()


def make_anew(account: HeavyAccount) -> None:
    clean_up(account)
    account.make()


def rows() -> Iterator[tuple[str, list[list[float]]]]:
    """Yield the name of each operation, and its times."""
    reset = ENDS["reset-session-key"]
    for name, operation in ENDS.items():
        yield name, timed(operation, ROUNDS, HeavyAccount.restore)
    with no_time_limit():
        yield "for comparison: each row in the same transaction", timed(end_each, SLOW_ROUNDS, make_anew)
    yield "a page of ten sessions, afterwards", timed(show_page, ROUNDS, HeavyAccount.restore, reset)
    yield "the count of active sessions, afterwards", timed(count, ROUNDS, HeavyAccount.restore, reset)
    yield "purge_sessions writes the rows", timed(write_rows, SLOW_ROUNDS, make_anew, reset)
    yield "delete-account", timed(delete, SLOW_ROUNDS, make_anew)


def main() -> None:
    sys.stdout.write(f"| operation | {' | '.join(f'{size:,} sessions' for size in SIZES)} |\n")
    sys.stdout.write(f"| --- |{' --- |' * len(SIZES)}\n")
    for name, times in rows():
        sys.stdout.write(f"| {name} | {' | '.join(f'{median(it) * 1000:,.1f} ms' for it in times)} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
