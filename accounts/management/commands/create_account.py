"""`manage.py create_account`: create an account."""

from typing import Any

from django.core.management.base import CommandParser

from accounts.models import Account
from accounts.services import registration
from dashboard.cli.commands import OperatorCommand, Result
from dashboard.cli.prompts import read_new_secret, read_secret, reading_input, require_text
from dashboard.core.actor import Actor


class Command(OperatorCommand):
    help = "Create an account. Ask for username and password, or take --username and the password on standard input."
    examples = (
        "",
        "--owner",
        "--username somebody < password",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--username", help="the username; the password is read from standard input")
        parser.add_argument(
            "--owner", action="store_true", help="make it the owner; the previous owner remains an administrator"
        )

    def perform(self, *args: Any, username: str | None, owner: bool, **options: Any) -> Result:
        if username is None:
            with reading_input():
                username = self.ask("Username: ")
            password = read_new_secret("Password")
        else:
            password = read_secret("Password: ")
        require_text(username, password)
        account = _create(username, password, owner=owner)
        return Result(f"{account.accountid}: created{', owner' if account.owner_since else ''}", account.as_json())


def _create(username: str, password: str, *, owner: bool) -> Account:
    if owner:
        return registration.create_owner_account(username, password, Actor.command_line())
    return registration.create_account(username, password, {}, Actor.command_line())
