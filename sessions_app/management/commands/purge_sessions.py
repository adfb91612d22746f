"""`manage.py purge_sessions --older-than 90d`: deletes sessions that ended long ago, by an operator or a timer."""

from collections.abc import Iterator
from datetime import timedelta

from dashboard.cli.purge import PurgeCommand
from sessions_app.services.purging import count_ended_sessions, purge_sessions


class Command(PurgeCommand):
    help = "Delete sessions that ended or expired some time ago. Those that are valid stay, and so do all events."
    noun = "session"
    age = "ended at least that long ago: 90d, 12w"

    def count(self, older_than: timedelta) -> int:
        return count_ended_sessions(older_than)

    def purge(self, older_than: timedelta) -> Iterator[int]:
        return purge_sessions(older_than)
