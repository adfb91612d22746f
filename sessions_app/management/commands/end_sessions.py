"""`manage.py end_sessions`: ends many sessions, by an operator."""

import argparse
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from dashboard.cli.commands import Failed, OperatorCommand, Result, counted, duration
from dashboard.core.actor import Actor
from sessions_app.services.revocation import Selection, count_sessions, end_sessions

MEANINGLESS = 2  # the exit status
WHICH = "Say which sessions: --all, or one or more of --account, --older-than and --network."


def network(given: str) -> IPv4Network | IPv6Network:
    """An argument such as 203.0.113.0/24, 2001:db8::/32 or one address."""
    try:
        return ip_network(given)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}: not a network such as 203.0.113.0/24") from None


class Command(OperatorCommand):
    help = "End every active session that fits all that is given. Sessions that begin meanwhile stay."
    subject = "account"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--account", default="", metavar="ACCOUNTID", help="of this account")
        parser.add_argument("--older-than", type=duration, metavar="TIME", help="signed in longer ago: 30d, 12h, 45m")
        parser.add_argument("--network", type=network, help="signed in from there: 203.0.113.0/24, or one address")
        parser.add_argument("--all", action="store_true", help="every session of every account")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--dry-run", action="store_true", help="say how many there are, and end none")

    def perform(self, *args: Any, dry_run: bool, yes: bool, **options: Any) -> Result:
        selection = _selection(**options)
        count = count_sessions(selection)
        if dry_run:
            return Result(f"{counted(count, 'session')} would end", {"dryRun": True, "sessions": count})
        if count:
            self.confirm(f"End {counted(count, 'session')}?", yes=yes)
        ended = self.run_in_batches(end_sessions(selection, Actor.command_line()), count, "session", "ended")
        return Result(f"{counted(ended, 'session')} ended", {"ended": ended})


def _selection(*, account: str, older_than: timedelta | None, network: IPv4Network | None, **options: Any) -> Selection:
    if options["all"] == bool(account or older_than or network):
        raise Failed(WHICH, returncode=MEANINGLESS)
    return Selection(timezone.now(), account, older_than or timedelta(0), network)
