"""`manage.py create_account`: an account, by an operator."""

import getpass
import sys
from typing import Any

from django.core.management.base import CommandParser

from accounts.models import Account
from accounts.services import registration
from dashboard.cli.commands import Failed, OperatorCommand, Result
from dashboard.core.actor import Actor
from dashboard.core.text import is_storable

UNREADABLE = "Username and password are text in UTF-8."


class Command(OperatorCommand):
    help = "Create an account: asks for username and password, or takes --username and the password on standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--username", help="do not ask: this is the username, the password comes on standard input")
        parser.add_argument(
            "--owner", action="store_true", help="make it the owner's; who was owner stays administrator"
        )

    def perform(self, *args: Any, username: str | None, owner: bool, **options: Any) -> Result:
        try:
            username, password = (username, _line()) if username is not None else self._asked()
        except UnicodeDecodeError:
            raise Failed(UNREADABLE) from None
        if not (is_storable(username) and is_storable(password)):
            raise Failed(UNREADABLE)
        account = _create(username, password, owner=owner)
        return Result(f"{account.accountid}: created{', owner' if account.owner_since else ''}", account.as_json())

    def _asked(self) -> tuple[str, str]:
        try:
            username = self.ask("Username: ")
            password = getpass.getpass("Password: ")
            repeated = getpass.getpass("Password again: ")
        except (EOFError, KeyboardInterrupt):
            raise Failed("Nothing was created.") from None
        if password != repeated:
            raise Failed("The two passwords differ; nothing was created.")
        return username, password


def _create(username: str, password: str, *, owner: bool) -> Account:
    if owner:
        return registration.create_owner_account(username, password, Actor.command_line())
    return registration.create_account(username, password, {}, Actor.command_line())


def _line() -> str:
    return sys.stdin.readline().rstrip("\r\n")
