"""`manage.py create_reset_code ACCOUNTID`: create a code that resets an account's password once."""

from typing import Any

from django.core.management.base import CommandParser

from dashboard.cli.commands import OperatorCommand, Result
from dashboard.cli.prompts import read_secret
from dashboard.core.actor import Actor
from resetcodes.services import reset_codes


class Command(OperatorCommand):
    help = "Create a code that resets an account's password once. The code is printed and cannot be shown again."
    subject = "accountid"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("accountid")
        parser.add_argument(
            "--ask",
            action="store_true",
            help="ask for the code instead of generating it; without a terminal, read it from standard input",
        )

    def perform(self, *args: Any, accountid: str, ask: bool, **options: Any) -> Result:
        if ask:
            code = reset_codes.create_reset_code(accountid, read_secret("Code: "), Actor.command_line())
            return Result(f"{accountid}: reset code {code.codeid}", code.as_json())
        code, secret_code = reset_codes.create_random_reset_code(accountid, Actor.command_line())
        message = f"{accountid}: reset code {code.codeid}"
        data = {**code.as_json(), "secretCode": secret_code}
        return Result(f"{message}. It is shown only once:\n{secret_code}", data)
