"""`manage.py end_sessions`: end many sessions."""

import argparse
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from dashboard.cli.arguments import duration, nonempty
from dashboard.cli.commands import OperatorCommand, Result
from dashboard.cli.errors import Failed
from dashboard.cli.formatting import counted
from dashboard.core.actor import Actor
from dashboard.core.addresses import Network, parse_network
from sessions_app.services.revocation import Selection, count_sessions, end_sessions

INVALID_ARGUMENTS = 2  # the exit status, as argparse uses it
NO_SELECTION = "Select sessions with --all, or with one or more of --account, --older-than and --network."


def network(given: str) -> Network:
    """Parse a network such as 203.0.113.0/24 or 2001:db8::/32, or one address. Raise ArgumentTypeError otherwise."""
    try:
        return parse_network(given)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}: not a network such as 203.0.113.0/24") from None


class Command(OperatorCommand):
    help = "End every active or idle session that matches all options. Sessions that start while it runs are not ended."
    examples = (
        "--account acct_8485ad4a95d2eac8",
        "--network 203.0.113.0/24 --older-than 12h",
        "--all --dry-run --json",
    )
    subject = "account"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--account", type=nonempty, metavar="ACCOUNTID", help="sessions of this account")
        parser.add_argument("--older-than", type=duration, metavar="TIME", help="minimum age: 30d, 12h, 45m")
        parser.add_argument("--network", type=network, help="address of the sign-in: 203.0.113.0/24, or one address")
        parser.add_argument("--all", action="store_true", help="every session of every account")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--dry-run", action="store_true", help="print how many there are; end none")

    def perform(self, *args: Any, dry_run: bool, yes: bool, **options: Any) -> Result:
        selection = _selection(**options)
        count = count_sessions(selection)
        if dry_run:
            return Result(f"{counted(count, 'session')} would end", {"dryRun": True, "sessions": count})
        if count:
            self.confirm(f"End {counted(count, 'session')}?", yes=yes)
        ended = self.run_in_batches(end_sessions(selection, Actor.command_line()), count, "session", "ended")
        return Result(f"{counted(ended, 'session')} ended", {"ended": ended})


def _selection(
    *, account: str | None, older_than: timedelta | None, network: Network | None, **options: Any
) -> Selection:
    if options["all"] == bool(account or older_than or network):
        raise Failed(NO_SELECTION, returncode=INVALID_ARGUMENTS)
    return Selection(timezone.now(), account or "", older_than or timedelta(0), network)
