"""`manage.py show_account TERM`: show what support staff need to know about an account."""

from typing import Any

from django.core.management.base import CommandParser

from dashboard.cli.commands import OperatorCommand, Result
from dashboard.cli.errors import Failed
from operations import terminal
from operations.overview import Overview, find_accounts

NOT_FOUND = (
    "no account matches. The search takes an id, a complete username, or a part of a name or email address: the"
    " beginning of a word, or three or more letters inside one."
)


class Command(OperatorCommand):
    help = (
        "Show an account with its latest profiles, sessions, reset codes and events."
        " If several accounts match, list them."
    )
    examples = (
        "alice@example.com",
        "acct_8485ad4a95d2eac8",
        "acct_8485ad4a95d2eac8 --json",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "term",
            metavar="TERM",
            help="an accountid or profileid, a username, or a part of a name or an email address",
        )

    def perform(self, *args: Any, term: str, **options: Any) -> Result:
        overviews = [Overview.of(account) for account in find_accounts(term)]
        if not overviews:
            raise Failed(f"{term}: {NOT_FOUND}")
        text = terminal.account_screen(overviews[0]) if len(overviews) == 1 else terminal.account_list(overviews)
        return Result(text, {"accounts": [overview.as_json() for overview in overviews]})
