"""Filling a database with made-up accounts and their history."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Account
from accounts.services.registration import create_account
from accounts.services.roles import set_account_administrator
from dashboard.core.actor import Actor
from dashboard.db import bulk
from events.services.metric_keys import count_active_sessions
from operations.demo import people
from operations.demo.history import COLUMNS, History
from operations.demo.moments import SECOND

ACCOUNTS_PER_BATCH = 2_000
NUMBERS_PER_SEED = 10_000_000


class NotEmptyError(Exception):
    """The APPID has accounts already."""


@dataclass(frozen=True)
class Plan:
    """How many accounts and sessions to make up, and from which seed: the same seed makes up the same people."""

    accounts: int
    sessions: int
    seed: int

    def number(self, index: int) -> int:
        """What tells this account's person apart from everybody else, of other seeds too."""
        return self.seed * NUMBERS_PER_SEED + index


class SeedTakenError(Exception):
    """The people of this seed are there already."""


def create_administrator(plan: Plan, username: str, password: str, *, add: bool) -> Account:
    """The administrator to sign in with: the owner, where the APPID has no account yet.

    Raises NotEmptyError where it has, unless to `add` is meant; SeedTakenError; and as `create_account`.
    """
    if Account.objects.exists() and not add:
        raise NotEmptyError
    if Account.objects.with_username(people.person(plan.number(0), Random(plan.number(0))).username).exists():  # noqa: S311
        raise SeedTakenError
    with transaction.atomic():
        account = create_account(username, password, {}, Actor.command_line())
        return account if account.is_staff else set_account_administrator(account.accountid, Actor.command_line())


def seed(plan: Plan, administratorid: str, password: str) -> Iterator[int]:
    """Write the accounts that are planned, besides the administrator; yields how many, after each batch.

    Each batch is one transaction, of accounts with all that is theirs. All of them have this password.
    """
    now = int(timezone.now().timestamp() * SECOND)
    history = History(now, plan.accounts, make_password(password), administratorid)
    rng = Random(plan.seed)  # noqa: S311
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # a batch may take longer than a request may
            cursor.execute("SET statement_timeout = 0")
    for start in range(0, plan.accounts, ACCOUNTS_PER_BATCH):
        indexes = range(start, min(start + ACCOUNTS_PER_BATCH, plan.accounts))
        for index, sessions in zip(indexes, _shares(plan, indexes, rng), strict=True):
            history.add(index, plan.number(index), sessions)
        _write(history)
        yield len(indexes)
    count_active_sessions(history.seen_later)
    _tell_the_planner()


def _shares(plan: Plan, indexes: range, rng: Random) -> list[int]:
    """How many sessions each of these accounts has had: some people sign in much more often than others."""
    before, after = (plan.sessions * end // plan.accounts for end in (indexes.start, indexes.stop))
    shares = [0] * len(indexes)
    heavy = rng.sample(range(len(indexes)), len(indexes))
    for _ in range(after - before):
        shares[heavy[int(len(indexes) * rng.random() ** 1.7)]] += 1
    return shares


@transaction.atomic
def _write(history: History) -> None:
    for model, rows in history.rows.items():
        bulk.insert(model, COLUMNS[model], rows)
        rows.clear()


def _tell_the_planner() -> None:
    """PostgreSQL plans by statistics, and answers counts from pages that a vacuum has seen."""
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            for model in COLUMNS:
                cursor.execute(f"VACUUM (ANALYZE) {connection.ops.quote_name(model._meta.db_table)}")
