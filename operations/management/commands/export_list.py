"""`manage.py export_list LIST`: export accounts, profiles, sessions, reset codes or events as CSV."""

import argparse
from datetime import date
from typing import Any

from django.core.management.base import CommandParser

from dashboard.cli.arguments import nonempty
from dashboard.cli.commands import OperatorCommand
from dashboard.core.actor import Actor
from operations.list_export import EXPORTS, export_list
from operations.list_selection import STATES, Selection

YEARS = range(1970, 9000)


class Command(OperatorCommand):
    help = "Print a list as CSV, newest rows first, with or without --json. The export is recorded as an event."
    examples = (
        "accounts --state locked > locked.csv",
        "sessions --search example.com --since 2026-11-01 --until 2026-11-30 > november.csv",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", metavar="LIST", choices=EXPORTS, help=", ".join(EXPORTS))
        states = ", ".join(f"{name}: {' '.join(each)}" for name, each in STATES.items())
        parser.add_argument("--state", type=nonempty, help=f"only rows in this state ({states})")
        parser.add_argument(
            "--search", type=nonempty, metavar="TERM", help="only rows of the accounts that show_account finds"
        )
        parser.add_argument(
            "--since", type=day, metavar="DAY", help="only rows created on this day or later: 2026-11-21"
        )
        parser.add_argument("--until", type=day, metavar="DAY", help="only rows created on this day or before")

    def perform(self, *args: Any, name: str, **options: Any) -> None:
        selection = Selection(options["state"] or "", options["search"] or "", options["since"], options["until"])
        rows = selection.rows(name, lambda sentence: self.stderr.write(f"Warning: {sentence}"))
        for part in export_list(name, rows, str(selection), Actor.command_line()):
            self.stdout.write(part, ending="")


def day(given: str) -> date:
    """Parse an ISO day. Raise ArgumentTypeError for anything else."""
    try:
        parsed = date.fromisoformat(given)
    except ValueError:
        parsed = None
    if parsed is None or parsed.year not in YEARS:
        raise argparse.ArgumentTypeError(f"{given!r} is not a day such as 2026-11-21")
    return parsed
