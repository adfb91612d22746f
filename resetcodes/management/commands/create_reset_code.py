"""`manage.py create_reset_code ACCOUNTID`: lets somebody who is locked out set a new password, by an operator."""

import getpass
import sys
from typing import Any

from django.core.management.base import CommandParser

from dashboard.cli.commands import Failed, OperatorCommand, Result
from dashboard.core.actor import Actor
from resetcodes.services import reset_codes


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

    def perform(self, *args: Any, accountid: str, ask: bool, **options: Any) -> Result:
        secret_code = _given() if ask else reset_codes.new_secret_code()
        code = reset_codes.create_reset_code(accountid, secret_code, Actor.command_line())
        if ask:
            return Result(f"{accountid}: reset code {code.codeid}", code.as_json())
        said = f"{accountid}: reset code {code.codeid}. It is shown this once:\n{secret_code}"
        return Result(said, {**code.as_json(), "secretCode": secret_code})


def _given() -> str:
    """Never an argument: those stand in the shell's history, and in the list of processes for everybody to see."""
    try:
        return getpass.getpass("Code: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise Failed("A code is text in UTF-8.") from None
    except (EOFError, KeyboardInterrupt):
        raise Failed("Nothing was created.") from None
