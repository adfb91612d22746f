"""When each session was last seen, to the minute, written behind the requests' back.

A request only notes its session in memory. A thread of the server process writes what was noted, every so many seconds.
What a process has noted and not written when it ends is lost, which costs at most that much accuracy.
"""

import logging
import threading
from collections import Counter
from datetime import date, datetime, timedelta

from django.db import OperationalError, close_old_connections, transaction
from django.utils import timezone

from dashboard.db import availability
from events.services.metric_keys import count_active_sessions
from sessions_app.models import Session

SECONDS_BETWEEN_WRITES = 15
MINUTE = timedelta(minutes=1)
SESSIONS_PER_UPDATE = 500
REMEMBERED = 20_000

logger = logging.getLogger(__name__)

_noted: dict[str, datetime] = {}
_written: dict[str, datetime] = {}


def note(session: Session, now: datetime) -> None:
    """Remember that a session was seen, unless that is written to the minute already."""
    written = _written.get(session.sessionid) or session.last_seen_at  # a cached session does not know what is written
    if written is None or now - written >= MINUTE:
        _noted[session.sessionid] = now


def write() -> int:
    """Write what has been noted; how many sessions it was. Other processes may have written the same ones."""
    seen = {sessionid: _noted.pop(sessionid) for sessionid in list(_noted)}
    sessionids = sorted(seen)
    try:
        for start in range(0, len(sessionids), SESSIONS_PER_UPDATE):
            _write({sessionid: seen[sessionid] for sessionid in sessionids[start : start + SESSIONS_PER_UPDATE]})
    except OperationalError:  # the next round may do better
        for sessionid in sessionids:
            _noted.setdefault(sessionid, seen[sessionid])
        raise
    if len(_written) > REMEMBERED:
        _written.clear()
    _written.update(seen)
    return len(seen)


@transaction.atomic
def _write(seen: dict[str, datetime]) -> None:
    sessions = Session.objects.select_for_update(skip_locked=True).filter(pk__in=seen).only("pk", "last_seen_at")
    stale = [it for it in sessions if it.last_seen_at is None or seen[it.pk] - it.last_seen_at >= MINUTE]
    count_active_sessions(Counter(day for it in stale if (day := _new_day(it.last_seen_at, seen[it.pk]))))
    for session in stale:
        session.last_seen_at = seen[session.pk]
    Session.objects.unmarked().bulk_update(stale, ["last_seen_at"])


def _new_day(before: datetime | None, now: datetime) -> date | None:
    """The day on which a session was seen, if it is the first time on that day."""
    day = timezone.localdate(now)
    return day if before is None or timezone.localdate(before) < day else None


def start() -> None:
    """Write from now on, in a thread that ends with the process."""
    threading.Thread(target=_write_for_ever, name="last-seen", daemon=True).start()


def _write_for_ever() -> None:
    pause = threading.Event()
    while not pause.wait(SECONDS_BETWEEN_WRITES):
        try:
            write()
        except Exception as error:  # whatever it is, it is not to end the thread
            if not availability.as_unavailable(error):
                logger.exception("Last-seen times could not be written.")
        finally:
            close_old_connections()
