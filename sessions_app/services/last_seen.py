"""Store when each session was last seen, to the minute, without a query in the request.

A request only notes its session in memory. A thread of the server process stores the notes every
SECONDS_BETWEEN_WRITES. Notes that a process has not stored when it ends are lost.
"""

import logging
import threading
from collections import Counter
from datetime import date, datetime, timedelta

from django.db import DatabaseError, close_old_connections, transaction
from django.db.models import Q
from django.utils import timezone

from dashboard.db import availability, bulk
from events.services.metric_keys import count_active_sessions
from events.services.rollup import day_of
from sessions_app.models import Session

SECONDS_BETWEEN_WRITES = 15
MINUTE = timedelta(minutes=1)
SESSIONS_PER_UPDATE = 500
MAX_REMEMBERED = 20_000

logger = logging.getLogger(__name__)

_noted: dict[str, datetime] = {}
_written: dict[str, datetime] = {}


def note(session: Session, now: datetime) -> None:
    """Note that a session was seen, unless the stored time is less than a minute old."""
    written = _written.get(session.sessionid) or session.last_seen_at  # a cached row may have an older time
    if written is None or now - written >= MINUTE:
        _noted[session.sessionid] = now


def write() -> int:
    """Store what was noted. Return the number of sessions; other processes may have stored some of them."""
    seen = {sessionid: _noted.pop(sessionid) for sessionid in list(_noted)}
    sessionids = sorted(seen)
    try:
        for start in range(0, len(sessionids), SESSIONS_PER_UPDATE):
            _write({sessionid: seen[sessionid] for sessionid in sessionids[start : start + SESSIONS_PER_UPDATE]})
    except DatabaseError:  # try again in the next round
        for sessionid in sessionids:
            _noted.setdefault(sessionid, seen[sessionid])
        raise
    if len(_written) > MAX_REMEMBERED:
        _written.clear()
    _written.update(seen)
    return len(seen)


@transaction.atomic
def _write(seen: dict[str, datetime]) -> None:
    """Store these times, except those of sessions that are idle by now, which may have been refused already."""
    # Other processes have stored most of what several have noted: such rows are read, but not locked or written.
    older = Q(last_seen_at=None) | Q(last_seen_at__lte=max(seen.values()) - MINUTE)
    rows = Session.objects.select_for_update(skip_locked=True).filter(older, pk__in=seen)
    sessions = rows.awake(timezone.now()).only("pk", "last_seen_at")
    stale = [it for it in sessions if it.last_seen_at is None or seen[it.pk] - it.last_seen_at >= MINUTE]
    days = Counter(day for it in stale if (day := _new_day(it.last_seen_at, seen[it.pk])))
    bulk.set_each(Session, "last_seen_at", {it.pk: seen[it.pk] for it in stale})
    count_active_sessions(days)  # last: all processes wait for the row of the day until the commit


def _new_day(before: datetime | None, now: datetime) -> date | None:
    """Return the day of `now` in UTC if the session has not been seen on it before, or None."""
    day = day_of(now)
    return day if before is None or day_of(before) < day else None


def start() -> None:
    """Start the thread that stores the notes until the process ends."""
    threading.Thread(target=_write_forever, name="last-seen", daemon=True).start()


def _write_forever() -> None:
    pause = threading.Event()
    while not pause.wait(SECONDS_BETWEEN_WRITES):
        try:
            write()
        except Exception as error:  # the thread must continue
            if not availability.as_unavailable(error):
                logger.exception("Last-seen times could not be written.")
        finally:
            close_old_connections()
