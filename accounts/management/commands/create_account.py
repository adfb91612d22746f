"""`manage.py create_account`: an account, by an operator."""

import getpass
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import services
from dashboard_project.errors import DashboardError
from dashboard_project.inputs import is_storable


class Command(BaseCommand):
    help = "Create an account: asks for username and password, or takes --username and the password on standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--username", help="do not ask: this is the username, the password comes on standard input")
        parser.add_argument(
            "--owner", action="store_true", help="make it the owner's; who was owner stays administrator"
        )

    def handle(self, *, username: str | None, owner: bool, **options: Any) -> None:
        username, password = (username, _line()) if username is not None else _asked()
        if not (is_storable(username) and is_storable(password)):
            raise CommandError("Username and password are text in UTF-8.")
        create = services.create_owner if owner else services.create_account
        try:
            account = create(username, password)
        except DashboardError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{account.accountid}: created{', owner' if account.owner_since else ''}")


def _line() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _asked() -> tuple[str, str]:
    try:
        username = input("Username: ")
        password = getpass.getpass("Password: ")
        repeated = getpass.getpass("Password again: ")
    except (EOFError, KeyboardInterrupt):
        raise CommandError("Nothing was created.") from None
    if password != repeated:
        raise CommandError("The two passwords differ; nothing was created.")
    return username, password
