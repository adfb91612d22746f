"""`manage.py seed_demo`: fill the database with generated accounts, for trials and measurements."""

import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from accounts.models import Account
from dashboard.cli.commands import OperatorCommand, Result
from dashboard.cli.errors import Failed
from dashboard.cli.prompts import read_secret, require_text
from dashboard.core.json import without_none
from events.models import Event
from operations.demo import seeding
from operations.demo.seeding import NotEmptyError, Plan, SeedTakenError

SESSIONS_PER_ACCOUNT = 5


class Command(OperatorCommand):
    help = (
        "Fill the database with generated people. They have accounts, profiles, sessions, codes and events of past"
        " months. Print the credentials to sign in with."
    )
    examples = (
        "",
        "--accounts 1000 --sessions 5000 --username somebody",
        "--accounts 100 --add --seed 2",
    )
    subject = "username"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--accounts", type=int, default=1_000, help="number of accounts (1000)")
        parser.add_argument("--sessions", type=int, help="number of sessions in total (five per account)")
        parser.add_argument("--seed", type=int, default=0, help="a number; the same seed generates the same people (0)")
        parser.add_argument(
            "--username", help="username of the administrator (administrator, or if that is taken, administrator-SEED)"
        )
        parser.add_argument(
            "--password",
            action="store_true",
            help="ask for the password of all accounts, or read it from standard input, instead of generating it",
        )
        parser.add_argument("--add", action="store_true", help="run even if there are accounts already")

    def perform(
        self,
        *args: Any,
        accounts: int,
        sessions: int | None,
        seed: int,
        username: str | None,
        add: bool,
        **options: Any,
    ) -> Result:
        plan = Plan(accounts, SESSIONS_PER_ACCOUNT * accounts if sessions is None else sessions, seed)
        if not plan.is_valid():
            raise Failed("The number of accounts must be 1 to 9,999,999; sessions and seed must not be negative.")
        username = seeding.free_username(plan) if username is None else username
        password = _read_password() if options["password"] else secrets.token_urlsafe(12)
        administrator = _create_administrator(plan, username, password, add=add)
        for _ in self.track(seeding.seed(plan, administrator.accountid, password), plan.accounts, "Accounts"):
            pass
        return _result(plan, username, None if options["password"] else password)


def _read_password() -> str:
    password = read_secret("Password of all accounts: ")
    require_text(password)
    return password


def _create_administrator(plan: Plan, username: str, password: str, *, add: bool) -> Account:
    try:
        return seeding.create_administrator(plan, username, password, add=add)
    except NotEmptyError:
        raise Failed(f"{settings.APPID} already has accounts; nothing was created. Use --add to add more.") from None
    except SeedTakenError:
        raise Failed(f"Seed {plan.seed} has already been used; nothing was created. Use another --seed.") from None


def _result(plan: Plan, username: str, password: str | None) -> Result:
    """Return what was created. Include the password only if it was generated."""
    events = Event.objects.count()
    data = {"object": "demo", "accounts": plan.accounts, "sessions": plan.sessions, "events": events}
    text = (
        f"{plan.accounts:,} accounts and {plan.sessions:,} sessions, {events:,} events.\n"
        f"Sign in as {username}; the password of all accounts is {password or 'the one that you gave'}"
    )
    return Result(text, without_none({**data, "username": username, "password": password}))
