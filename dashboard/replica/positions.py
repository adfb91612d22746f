"""How far the replica is behind the primary, measured by this process' own clock.

Every half second a thread asks the primary where its log ends, and the replica up to where it has replayed that log.
The replica has everything that was committed before the latest question whose answer it has reached. So a replica does
not appear late while the primary is idle, a replica that no longer receives anything appears later and later once
something is written, and no clock of another machine matters. A replica that does not answer is left out when its last
measurement is too old.
"""

import logging
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections

from dashboard.db.routers import REPLICA

logger = logging.getLogger(__name__)

REMEMBERED = 7200  # answers of the primary: an hour of them
CATCH_UP_SECONDS = 0.05  # between two questions of a command

# The timeline tells the history of a server that was promoted from that of one that was not: their positions say
# nothing of each other. A standby's is that of its last restart point.
OF_PRIMARY = """
    SELECT system_identifier::text || '/' || left(pg_walfile_name(position), 8), (position - '0/0')::bigint
    FROM pg_control_system(), pg_current_wal_flush_lsn() AS position
"""
OF_REPLICA = """
    SELECT system_identifier::text || '/' || lpad(upper(to_hex(timeline_id)), 8, '0'),
        (pg_last_wal_replay_lsn() - '0/0')::bigint, pg_is_in_recovery(), pg_postmaster_start_time()::text
    FROM pg_control_system(), pg_control_checkpoint()
"""
NOT_MEASURED = "it has not been asked yet"
PROMOTED = "it is not a standby, or not any more"
FOREIGN = "it does not follow the primary: another cluster, or not yet its timeline after a failover"
UNKNOWN = "it has nothing of what the primary had when it was asked first"


@dataclass(frozen=True)
class Answers:
    """What primary and replica have answered. Positions are in bytes of the log; `server` is a run of the replica."""

    history: str
    position: int
    replica_history: str
    replayed: int
    is_standby: bool
    server: str


class ReplicaState:
    """What this process knows of the replica. Times are of the monotonic clock."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.server = ""
        self.reason = NOT_MEASURED  # why it is left out, unless it is only late
        self._as_of: float | None = None  # it has everything that was committed before
        self._history = ""
        self._ends: deque[tuple[float, int]] = deque(maxlen=REMEMBERED)  # when the primary was asked, and its answer
        self._left_out_at = float("-inf")
        self._was_used: bool | None = None
        self._lock = Lock()

    @property
    def lag(self) -> float | None:
        """By how many seconds it may lag, None if unknown."""
        as_of = self._as_of
        return None if as_of is None else self.clock() - as_of

    @property
    def is_usable(self) -> bool:
        """Whether it has everything that was committed READ_DATABASE_MAXIMUM_LAG seconds ago."""
        lag = self.lag
        return lag is not None and lag <= settings.READ_DATABASE_MAXIMUM_LAG

    def measure(self) -> bool:
        """Ask both. Any failure leaves the replica out. Return whether both have answered."""
        asked_at, is_answered = self.clock(), True
        try:
            self.learn(asked_at, ask())
        except Error as error:
            is_answered = False
            self.leave_out(" ".join(str(error).split()) or type(error).__name__)
        self._tell()
        return is_answered

    def learn(self, asked_at: float, answers: Answers) -> None:
        """Take the answers to questions that were asked one after the other from `asked_at` on."""
        with self._lock:
            if answers.history != self._history:
                self._history = answers.history
                self._ends.clear()
            self._ends.append((asked_at, answers.position))
            if asked_at <= self._left_out_at:
                return
            self.server = answers.server
            self.reason = _objection(answers)
            self._as_of = None if self.reason else self._reached(answers.replayed)
            if self._as_of is None:
                self.reason = self.reason or UNKNOWN

    def _reached(self, replayed: int) -> float | None:
        """Return when the primary was last asked for a position that the replica has reached. Forget older answers."""
        number = bisect_right([position for _, position in self._ends], replayed)
        for _ in range(number - 1):
            self._ends.popleft()
        return self._ends[0][0] if number else None

    def leave_out(self, reason: str) -> None:
        """Leave the replica out until a later measurement says otherwise."""
        with self._lock:
            self._as_of, self.reason, self._left_out_at = None, reason, self.clock()

    def catch_up(self) -> None:
        """Wait until the replica has everything that the primary has now, or its time for that is up.

        For commands, which follow what others have written before them.
        """
        self.measure()
        since = self.clock()
        while self.reason in ("", UNKNOWN) and (self._as_of is None or self._as_of < since):
            if self.clock() - since > settings.READ_DATABASE_MAXIMUM_LAG:
                self.leave_out("it does not catch up")
                return
            time.sleep(CATCH_UP_SECONDS)
            self.measure()

    def _tell(self) -> None:
        """Log when the replica begins or ceases to be used."""
        if (is_usable := self.is_usable) == self._was_used:
            return
        if is_usable:
            logger.warning("Lists are read from the replica.")
        else:
            lag = self.lag
            reason = self.reason or f"it is {lag:.1f} seconds behind"
            logger.warning("The replica is left out, lists are read from the primary: %s.", reason)
        self._was_used = is_usable


def ask() -> Answers:
    """Ask the primary, and then the replica. Raises django.db.Error."""
    history, position = _row(DEFAULT_DB_ALIAS, OF_PRIMARY)
    replica_history, replayed, is_standby, server = _row(REPLICA, OF_REPLICA)
    return Answers(history, position, replica_history, replayed or 0, is_standby, server)


def _row(alias: str, sql: str) -> Any:
    with connections[alias].cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()


def _objection(answers: Answers) -> str:
    """Return why the replica's positions mean nothing, or ""."""
    if not answers.is_standby:
        return PROMOTED
    return FOREIGN if answers.replica_history != answers.history else ""


state = ReplicaState()
