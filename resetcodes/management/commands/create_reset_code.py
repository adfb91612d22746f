"""`manage.py create_reset_code ACCOUNTID`: lets somebody who is locked out set a new password, by an operator."""

import getpass
import sys
from typing import Any

from django.core.management.base import CommandParser

from dashboard.cli.commands import Failed, OperatorCommand, Outcome
from dashboard.core.actor import Actor
from resetcodes import services


class Command(OperatorCommand):
    help = "Make a code with which an account's password can be reset, once. It is printed, this once."
    subject = "accountid"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("accountid")
        parser.add_argument(
            "--ask",
            action="store_true",
            help="do not make up a code: ask for it, or without a terminal take the first line of standard input",
        )

    def perform(self, *args: Any, accountid: str, ask: bool, **options: Any) -> Outcome:
        secret_code = _given() if ask else services.new_secret_code()
        code = services.create_reset_code(accountid, secret_code, Actor.command_line())
        if ask:
            return Outcome(f"{accountid}: reset code {code.codeid}", code.as_wire())
        said = f"{accountid}: reset code {code.codeid}. It is shown this once:\n{secret_code}"
        return Outcome(said, {**code.as_wire(), "secretCode": secret_code})


def _given() -> str:
    """Never an argument: those stand in the shell's history, and in the list of processes for everybody to see."""
    try:
        return getpass.getpass("Code: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise Failed("A code is text in UTF-8.") from None
    except (EOFError, KeyboardInterrupt):
        raise Failed("Nothing was created.") from None
