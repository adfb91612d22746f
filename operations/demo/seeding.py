"""Fill a database with generated accounts and their history."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from datetime import date
from random import Random

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from accounts.models import Account, SearchEntry
from accounts.services.registration import create_account
from accounts.services.roles import set_account_administrator
from dashboard.core.actor import Actor
from dashboard.core.crypto.hashers import hash_password
from dashboard.db import bulk
from dashboard.db.counts import row_counts
from dashboard.db.postgresql import disable_session_timeout, without_statement_timeout
from dashboard.models import RowCount, RowCountChange
from events.services.metric_keys import count_active_sessions
from events.services.rollup import forget_sums, oldest_day
from operations.demo import indexes, people
from operations.demo.history import COLUMNS, History
from operations.demo.processes import in_processes
from operations.demo.services import seed_credentials
from operations.demo.timestamps import SECOND, Timestamp

ACCOUNTS_PER_BATCH = 2_000
BATCHES_FOR_PROCESSES = 3
NUMBERS_PER_SEED = 10_000_000
ADMINISTRATOR = "administrator"
OF_TRIGGERS: tuple[type[Model], ...] = (SearchEntry, RowCount, RowCountChange)  # triggers write their rows


class NotEmptyError(Exception):
    """The APPID has accounts already."""


@dataclass(frozen=True)
class Plan:
    """How many accounts and sessions to generate, and from which seed. The same seed generates the same people."""

    accounts: int
    sessions: int
    seed: int

    def is_valid(self) -> bool:
        return 1 <= self.accounts < NUMBERS_PER_SEED and self.sessions >= 0 and self.seed >= 0

    def number(self, index: int) -> int:
        """Return the number of the person with this index, which is unique across seeds."""
        return self.seed * NUMBERS_PER_SEED + index


class SeedTakenError(Exception):
    """The people of this seed exist already."""


def free_username(plan: Plan) -> str:
    """Return the username of the administrator if none is given: another one for each run that adds people."""
    is_taken = Account.objects.with_username(ADMINISTRATOR).exists()
    return f"{ADMINISTRATOR}-{plan.seed}" if is_taken else ADMINISTRATOR


def create_administrator(plan: Plan, username: str, password: str, *, add: bool) -> Account:
    """Create the administrator to sign in with, who becomes the owner if the APPID has no account yet.

    Raise NotEmptyError if it has accounts, unless `add`; SeedTakenError; and the errors of `create_account`.
    """
    if Account.objects.exists() and not add:
        raise NotEmptyError
    if Account.objects.with_username(people.person(plan.number(0), Random(plan.number(0))).username).exists():  # noqa: S311
        raise SeedTakenError
    account = create_account(username, password, {}, Actor.command_line())
    return account if account.is_staff else set_account_administrator(account.accountid, Actor.command_line())


@dataclass(frozen=True)
class Batch:
    """Accounts that are generated and written together, wherever that happens."""

    plan: Plan
    now: Timestamp
    password: str  # the hash of the password of all accounts
    administratorid: str
    indexes: range

    def write(self) -> Counter[date]:
        """Write them with all their rows, in one transaction. Return the days on which sessions were seen later."""
        history = History(self.now, self.plan.accounts, self.password, self.administratorid)
        shares = _shares(self.plan, self.indexes, Random(f"{self.plan.seed} {self.indexes.start}"))  # noqa: S311
        for index, sessions in zip(self.indexes, shares, strict=True):
            history.add(index, self.plan.number(index), sessions)
        _write(history)
        return history.seen_later


def seed(plan: Plan, administratorid: str, password: str) -> Iterator[int]:
    """Write the planned accounts, all with this password, and yield the size of each batch.

    PostgreSQL writes many batches in as many processes as there are cores, and empty tables get their indexes at the
    end. Indexes, statistics and sums of the yielded batches are made even if the caller stops earlier. Daily sums of
    earlier events have to be made again.
    """
    oldest = oldest_day()
    now = int(timezone.now().timestamp() * SECOND)
    hashed = hash_password(password)
    starts = range(0, plan.accounts, ACCOUNTS_PER_BATCH)
    ranges = (range(start, min(start + ACCOUNTS_PER_BATCH, plan.accounts)) for start in starts)
    batches = [Batch(plan, now, hashed, administratorid, accounts) for accounts in ranges]
    seen_later: Counter[date] = Counter()
    disable_session_timeout()  # a batch may take longer than a request
    shares = _is_worth_processes(batches)
    done = in_processes(_written, batches) if shares else (_written(batch) for batch in batches)
    try:
        with indexes.built_at_the_end() if shares and indexes.are_empty() else nullcontext(), closing(done):
            for accounts, seen in done:
                seen_later.update(seen)
                yield accounts
    finally:
        if shares:
            indexes.build_missing()  # also those left by a run that was killed
        if oldest:
            forget_sums(after=oldest)
        count_active_sessions(seen_later)
        seed_credentials(timezone.now(), administratorid)
        _update_statistics()


def _is_worth_processes(batches: Sequence[Batch]) -> bool:
    """Whether other processes can write, too, and there is enough work to start them."""
    can_share = connection.vendor == "postgresql" and not connection.in_atomic_block
    return can_share and len(batches) >= BATCHES_FOR_PROCESSES


def _written(batch: Batch) -> tuple[int, Counter[date]]:
    return len(batch.indexes), batch.write()


def _shares(plan: Plan, indexes: range, rng: Random) -> list[int]:
    """Distribute sessions over accounts: some people sign in much more often than others."""
    before, after = (plan.sessions * end // plan.accounts for end in (indexes.start, indexes.stop))
    shares = [0] * len(indexes)
    heavy = rng.sample(range(len(indexes)), len(indexes))
    for _ in range(after - before):
        shares[heavy[int(len(indexes) * rng.random() ** 1.7)]] += 1
    return shares


@without_statement_timeout()  # also through a pooler
@transaction.atomic
def _write(history: History) -> None:
    for model, rows in history.rows.items():
        bulk.insert(model, COLUMNS[model], rows)
        rows.clear()


def _update_statistics() -> None:
    """Let PostgreSQL plan with statistics of the new rows, and count them by index-only scans.

    The changes of numbers of rows, of which there were many, are summed up, and leave no empty pages to be read.
    """
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        row_counts.tidy()
        with connection.cursor() as cursor:
            models: tuple[type[Model], ...] = (*COLUMNS, *OF_TRIGGERS)
            for model in models:
                cursor.execute(f"VACUUM (ANALYZE) {connection.ops.quote_name(model._meta.db_table)}")
