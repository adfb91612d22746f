"""`manage.py purge_sessions --older-than 90d`: delete sessions that ended long ago."""

from collections.abc import Iterator
from datetime import timedelta

from dashboard.cli.purge import PurgeCommand
from second_factors.services.challenges import purge_unfinished
from sessions_app.services.purging import count_ended_sessions, purge_sessions


class Command(PurgeCommand):
    help = (
        "Delete sessions that ended or expired some time ago. Active sessions and all events are kept. Sign-ins that"
        " were not completed with a second factor, and factors that were not confirmed, are deleted once they expire."
    )
    noun = "session"
    age = "minimum time since the session ended or expired: 90d, 12w"

    def count(self, older_than: timedelta) -> int:
        return count_ended_sessions(older_than)

    def purge(self, older_than: timedelta) -> Iterator[int]:
        purge_unfinished()
        return purge_sessions(older_than)
