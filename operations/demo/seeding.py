"""Fill a database with generated accounts and their history."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Account
from accounts.services.registration import create_account
from accounts.services.roles import set_account_administrator
from dashboard.core.actor import Actor
from dashboard.core.hashers import hash_password
from dashboard.db import bulk
from dashboard.db.postgresql import disable_session_timeout, without_statement_timeout
from events.services.metric_keys import count_active_sessions
from operations.demo import people
from operations.demo.history import COLUMNS, History
from operations.demo.services import seed_credentials
from operations.demo.timestamps import SECOND

ACCOUNTS_PER_BATCH = 2_000
NUMBERS_PER_SEED = 10_000_000


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


def create_administrator(plan: Plan, username: str, password: str, *, add: bool) -> Account:
    """Create the administrator to sign in with, who becomes the owner if the APPID has no account yet.

    Raise NotEmptyError if it has accounts, unless `add`; SeedTakenError; and the errors of `create_account`.
    """
    if Account.objects.exists() and not add:
        raise NotEmptyError
    if Account.objects.with_username(people.person(plan.number(0), Random(plan.number(0))).username).exists():  # noqa: S311
        raise SeedTakenError
    with transaction.atomic():
        account = create_account(username, password, {}, Actor.command_line())
        return account if account.is_staff else set_account_administrator(account.accountid, Actor.command_line())


def seed(plan: Plan, administratorid: str, password: str) -> Iterator[int]:
    """Write the planned accounts, all with this password, and yield the size of each batch.

    A batch is one transaction with all rows of its accounts.
    """
    now = int(timezone.now().timestamp() * SECOND)
    history = History(now, plan.accounts, hash_password(password), administratorid)
    rng = Random(plan.seed)  # noqa: S311
    disable_session_timeout()  # a batch may take longer than a request
    for start in range(0, plan.accounts, ACCOUNTS_PER_BATCH):
        indexes = range(start, min(start + ACCOUNTS_PER_BATCH, plan.accounts))
        for index, sessions in zip(indexes, _shares(plan, indexes, rng), strict=True):
            history.add(index, plan.number(index), sessions)
        _write(history)
        yield len(indexes)
    count_active_sessions(history.seen_later)
    seed_credentials(timezone.now(), administratorid)
    _update_statistics()


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
    """Let PostgreSQL plan with statistics of the new rows, and count them by index-only scans."""
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            for model in COLUMNS:
                cursor.execute(f"VACUUM (ANALYZE) {connection.ops.quote_name(model._meta.db_table)}")
