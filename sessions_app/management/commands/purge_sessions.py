"""`manage.py purge_sessions --older-than 90d`: deletes sessions that ended long ago, by an operator or a timer."""

from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser

from dashboard_project.commands import INTERRUPTED, Failed, OperatorCommand, Outcome, duration
from sessions_app.purging import count_ended_sessions, purge_sessions


class Command(OperatorCommand):
    help = "Delete sessions that ended or expired some time ago. Those that are valid stay, and so do all events."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--older-than", type=duration, required=True, metavar="TIME", help="ended at least that long ago: 90d, 12w"
        )
        parser.add_argument("--dry-run", action="store_true", help="say how many there are, and delete none")

    def perform(self, *args: Any, older_than: timedelta, dry_run: bool, **options: Any) -> Outcome:
        count = count_ended_sessions(older_than)
        if dry_run:
            return Outcome(f"{_sessions(count)} would be deleted", {"dryRun": True, "sessions": count})
        deleted = self._purge(older_than, count)
        return Outcome(f"{_sessions(deleted)} deleted", {"deleted": deleted})

    def _purge(self, older_than: timedelta, count: int) -> int:
        deleted = 0
        try:
            with self.progress() as progress:
                task = progress.add_task("Deleting sessions", total=count)
                for number in purge_sessions(older_than):
                    deleted += number
                    progress.update(task, completed=deleted)
        except KeyboardInterrupt:
            said = f"Interrupted: {_sessions(deleted)} of {count:,} deleted; run it again for the rest."
            raise Failed(said, returncode=INTERRUPTED) from None
        return deleted


def _sessions(count: int) -> str:
    return "1 session" if count == 1 else f"{count:,} sessions"
