"""`manage.py after_restore`: end what a restored backup has brought back to life."""

import argparse
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandParser
from django.db import ProgrammingError
from django.utils import timezone

from dashboard.cli.commands import OperatorCommand, Result
from dashboard.cli.errors import Failed
from dashboard.cli.formatting import counted
from dashboard.core.actor import Actor
from operations.restored_backup import (
    Revived,
    Standing,
    begin_anew,
    count_revived,
    count_standing,
    end_reset_codes,
    end_sessions,
)

NO_RIGHT = "Run it with the DATABASE_URL of the role that owns the tables, as for migrate."
INSUFFICIENT_PRIVILEGE = "42501"


def moment(given: str) -> datetime:
    """Parse a time in ISO 8601, in UTC if it has no time zone. Raise ArgumentTypeError for anything else."""
    try:
        parsed = datetime.fromisoformat(given)
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{given!r} is not a time such as 2026-11-21T06:00Z") from None


class Command(OperatorCommand):
    help = (
        "End what a restored backup has brought back to life: all sessions and reset codes. "
        "The cache starts over, and readers of the feed are told to do the same."
    )
    examples = ("--dry-run", "--created-before 2026-11-21T06:00Z")

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--created-before",
            type=moment,
            metavar="TIME",
            help="when the backup was restored, if people have signed in since: 2026-11-21T06:00Z; newer rows are kept",
        )
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--dry-run", action="store_true", help="print how many there are; change nothing")

    def perform(self, *args: Any, created_before: datetime | None, dry_run: bool, yes: bool, **options: Any) -> Result:
        at = created_before or timezone.now()
        revived, standing = count_revived(at), count_standing()
        if dry_run:
            return _result(revived, standing, f"{_words(revived)} would be ended", dryRun=True)
        self.confirm(f"End {_words(revived)}, and have the readers of the feed start over?", yes=yes)
        actor = Actor.command_line()
        _begin_anew(revived, actor)
        sessions = end_sessions(at, actor, are_all=created_before is None)
        codes = end_reset_codes(at, actor)
        ended = Revived(
            self.run_in_batches(sessions, revived.sessions, "session", "ended"),
            self.run_in_batches(codes, revived.reset_codes, "reset code", "ended"),
        )
        return _result(ended, standing, f"{_words(ended)} ended. The cache and the feed start over.")


def _begin_anew(revived: Revived, actor: Actor) -> None:
    try:
        begin_anew(revived, actor)
    except ProgrammingError as error:
        if getattr(error.__cause__, "sqlstate", "") != INSUFFICIENT_PRIVILEGE:
            raise
        raise Failed(NO_RIGHT) from error


def _words(revived: Revived) -> str:
    return f"{counted(revived.sessions, 'session')} and {counted(revived.reset_codes, 'reset code')}"


def _result(revived: Revived, standing: Standing, text: str, **data: Any) -> Result:
    left = (
        f"Check what else may have been revoked or changed since the backup: "
        f"{counted(standing.service_credentials, 'service credential')}, "
        f"{counted(standing.administrators, 'administrator')}, "
        f"{counted(standing.recovery_codes, 'recovery code')}, and passwords."
    )
    numbers = {"sessions": revived.sessions, "resetCodes": revived.reset_codes, "standing": standing.as_json()}
    return Result(f"{text}\n{left}", data | numbers)
