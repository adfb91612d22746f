"""`manage.py create_reset_code ACCOUNTID`: create a code that resets an account's password once."""

from typing import Any

from django.core.management.base import CommandParser

from dashboard.cli.commands import OperatorCommand, Result
from dashboard.cli.formatting import format_time_with_zone
from dashboard.cli.prompts import read_secret
from dashboard.core.actor import Actor
from resetcodes.models import ResetCode
from resetcodes.services import reset_codes
from resetcodes.services.secret_codes import COPIED, SPOKEN


class Command(OperatorCommand):
    help = "Create a code that resets an account's password once. The code is printed and cannot be shown again."
    examples = (
        "acct_8485ad4a95d2eac8",
        "acct_8485ad4a95d2eac8 --ask < code",
    )
    subject = "accountid"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("accountid")
        kind = parser.add_mutually_exclusive_group()
        kind.add_argument(
            "--telephone",
            action="store_true",
            help="generate a short code to be read out, which expires after 15 minutes or 5 wrong codes",
        )
        kind.add_argument(
            "--ask",
            action="store_true",
            help="ask for the code instead of generating it; without a terminal, read it from standard input",
        )

    def perform(self, *args: Any, accountid: str, telephone: bool, ask: bool, **options: Any) -> Result:
        actor = Actor.command_line()
        if ask:
            code = reset_codes.create_reset_code(accountid, read_secret("Code: "), actor)
            return Result(_message(code), code.as_json())
        code, secret_code = reset_codes.create_random_reset_code(accountid, actor, SPOKEN if telephone else COPIED)
        data = {**code.as_json(), "secretCode": secret_code}
        return Result(f"{_message(code)}. It is shown only once:\n{secret_code}", data)


def _message(code: ResetCode) -> str:
    expiry = f", until {format_time_with_zone(code.works_until)}" if code.works_until else ""
    return f"{code.account_id}: reset code {code.codeid}{expiry}"
