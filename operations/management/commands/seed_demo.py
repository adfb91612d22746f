"""`manage.py seed_demo`: a database to try Dashboard with, and to measure it on."""

import getpass
import secrets
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from dashboard.cli.commands import Failed, OperatorCommand, Result
from dashboard.core.json import without_none
from dashboard.core.text import is_storable
from events.models import Event
from operations.demo import seeding
from operations.demo.seeding import NotEmptyError, Plan, SeedTakenError


class Command(OperatorCommand):
    help = (
        "Fill the database with made-up people: accounts, profiles, sessions, reset codes and events of past months."
        " Prints with what to sign in."
    )

    subject = "username"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--accounts", type=int, default=1_000, help="how many (1000)")
        parser.add_argument("--sessions", type=int, help="how many in all (five an account)")
        parser.add_argument("--seed", type=int, default=0, help="a number; the same one makes up the same people (0)")
        parser.add_argument("--username", default="administrator", help="the administrator's (administrator)")
        parser.add_argument(
            "--password",
            action="store_true",
            help="ask for the password of all, or read it from standard input, instead of making one up",
        )
        parser.add_argument("--add", action="store_true", help="also where there are accounts already")

    def perform(
        self, *args: Any, accounts: int, sessions: int | None, seed: int, username: str, add: bool, **options: Any
    ) -> Result:
        plan = Plan(accounts, 5 * accounts if sessions is None else sessions, seed)
        if not (1 <= plan.accounts < seeding.NUMBERS_PER_SEED and plan.sessions >= 0 and plan.seed >= 0):
            raise Failed("Accounts are 1 to 9,999,999; sessions and seed are not negative.")
        password = _given() if options["password"] else secrets.token_urlsafe(12)
        try:
            administrator = seeding.create_administrator(plan, username, password, add=add)
        except NotEmptyError:
            raise Failed(
                f"{settings.APPID} has accounts already, nothing was made. Give --add to make up more beside them."
            ) from None
        except SeedTakenError:
            raise Failed(
                f"The people of seed {seed} are here already, nothing was made: give another --seed."
            ) from None
        self._seed(plan, administrator.accountid, password)
        return _outcome(plan, username, None if options["password"] else password)

    def _seed(self, plan: Plan, administratorid: str, password: str) -> None:
        with self.progress() as progress:
            task = progress.add_task("Accounts", total=plan.accounts)
            for done in seeding.seed(plan, administratorid, password):
                progress.advance(task, done)


def _outcome(plan: Plan, username: str, password: str | None) -> Result:
    """What was made; the password only where nobody but this command knows it."""
    events = Event.objects.count()
    wire = {"object": "demo", "accounts": plan.accounts, "sessions": plan.sessions, "events": events}
    said = (
        f"{plan.accounts:,} accounts and {plan.sessions:,} sessions, {events:,} events.\n"
        f"Sign in as {username}; the password, everybody's, is {password or 'the one that was given'}"
    )
    return Result(said, without_none({**wire, "username": username, "password": password}))


def _given() -> str:
    try:
        password = getpass.getpass("Password of all: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    except EOFError:
        raise Failed("Nothing was made.") from None
    if not is_storable(password):
        raise Failed("The password is text in UTF-8.")
    return password
