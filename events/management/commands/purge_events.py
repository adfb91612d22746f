"""`manage.py purge_events --older-than 400d`: deletes events of long ago, by an operator or a timer."""

from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser

from dashboard_project.commands import INTERRUPTED, Failed, OperatorCommand, Outcome, duration
from events.purging import count_old_events, purge_events


class Command(OperatorCommand):
    help = "Delete the events of days that were over some time ago. Their daily sums are made first, and stay."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--older-than", type=duration, required=True, metavar="TIME", help="of days that were over then: 400d, 60w"
        )
        parser.add_argument("--dry-run", action="store_true", help="say how many there are, and delete none")

    def perform(self, *args: Any, older_than: timedelta, dry_run: bool, **options: Any) -> Outcome:
        count = count_old_events(older_than)
        if dry_run:
            return Outcome(f"{_events(count)} would be deleted", {"dryRun": True, "events": count})
        deleted = self._purge(older_than, count)
        return Outcome(f"{_events(deleted)} deleted", {"deleted": deleted})

    def _purge(self, older_than: timedelta, count: int) -> int:
        deleted = 0
        try:
            with self.progress() as progress:
                task = progress.add_task("Deleting events", total=count)
                for number in purge_events(older_than):
                    deleted += number
                    progress.update(task, completed=deleted)
        except KeyboardInterrupt:
            said = f"Interrupted: {_events(deleted)} of {count:,} deleted; run it again for the rest."
            raise Failed(said, returncode=INTERRUPTED) from None
        return deleted


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count:,} events"
