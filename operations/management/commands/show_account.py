"""`manage.py show_account ID`: all that support needs about somebody, on one screen."""

from typing import Any

from django.core.management.base import CommandParser

from dashboard.cli.commands import Failed, OperatorCommand, Result
from operations import screen
from operations.overview import Overview, found


class Command(OperatorCommand):
    help = "Show an account and the latest of its profiles, sessions, reset codes and events; several, as a list."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("given", metavar="ID", help="an accountid, a username, or an email address of a profile")

    def perform(self, *args: Any, given: str, **options: Any) -> Result:
        overviews = [Overview.of(account) for account in found(given)]
        if not overviews:
            raise Failed(f"{given}: no account has this id, username or email address.")
        said = screen.one(overviews[0]) if len(overviews) == 1 else screen.several(overviews)
        return Result(said, {"accounts": [overview.as_json() for overview in overviews]})
