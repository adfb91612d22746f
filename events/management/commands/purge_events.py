"""`manage.py purge_events --older-than 400d`: delete old events."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser

from dashboard.cli.commands import Result
from dashboard.cli.errors import Failed
from dashboard.cli.purge import PurgeCommand
from events.services.purging import count_old_events, purge_events, readers_behind_purge

REMEDY = (
    "They would miss some. Let them read first, use delete_feed_reader to forget one that no longer reads, or give"
    " --overtake-readers."
)


class Command(PurgeCommand):
    help = (
        "Delete the events of days that ended some time ago. Their daily sums are computed first and are kept. Events"
        " that a registered reader of the feed has not read are not deleted."
    )
    noun = "event"
    age = "minimum age, from the end of the event's day: 400d, 60w"
    overtake_readers = False

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--overtake-readers",
            action="store_true",
            help="also delete events that registered readers have not read; they learn it when they next read",
        )

    def perform(self, *args: Any, older_than: timedelta, dry_run: bool, **options: Any) -> Result:
        self.overtake_readers = options["overtake_readers"]
        behind = readers_behind_purge(older_than)
        if behind and not self.overtake_readers:
            raise Failed(f"Not all of these events were read by {', '.join(map(str, behind))}. {REMEDY}")
        for reader in behind:
            self.stderr.write(f"Warning: {reader} has not read all of these events, and will miss some.")
        return super().perform(older_than=older_than, dry_run=dry_run, **options)

    def count(self, older_than: timedelta) -> int:
        return count_old_events(older_than)

    def purge(self, older_than: timedelta) -> Iterator[int]:
        return purge_events(older_than, overtake_readers=self.overtake_readers)
