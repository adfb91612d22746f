"""`manage.py purge_events --older-than 400d`: delete old events."""

from collections.abc import Iterator
from datetime import timedelta

from dashboard.cli.purge import PurgeCommand
from events.services.purging import count_old_events, purge_events


class Command(PurgeCommand):
    help = "Delete the events of days that ended some time ago. Their daily sums are computed first and are kept."
    noun = "event"
    age = "minimum age, from the end of the event's day: 400d, 60w"

    def count(self, older_than: timedelta) -> int:
        return count_old_events(older_than)

    def purge(self, older_than: timedelta) -> Iterator[int]:
        return purge_events(older_than)
