"""Epochs, by which the database decides whether the entries of the cache may be used.

Redis can lack marks: it is restarted, restored, flushed or replaced, or a process cannot reach it to mark what it
changes. So each entry has the epoch in which its row was read, and only entries of the current epoch are used. The
database has the epoch; a process asks for it about twice a second, and relies on the answer for LEASE_SECONDS.
README.md beside this file has the rules, docs/revocation.md the proof.
"""

import logging
import threading
import time
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db import Error, connection

from dashboard.cache.epoch_table import EpochState, EpochTable
from dashboard.cache.redis.failures import FAILURES
from dashboard.cache.redis.identity import REPLICA
from dashboard.db.availability import leave_useless_connection

logger = logging.getLogger(__name__)

LEASE_SECONDS = 1.0  # for which a process relies on an answer of the database
GRACE_SECONDS = 60.0  # instead, while the database does not answer
SUSPENSION_SECONDS = 15.0
TRANSACTION_SECONDS = 7.0  # no transaction takes longer from a mark to its commit


@dataclass(frozen=True)
class Lease:
    """What the database said at `read_at` (monotonic): the epoch, the Redis server of its entries, a suspension.

    `store` is empty if there is no such server, or Redis is found to be a replica instead, or another server while the
    database does not answer.
    """

    epoch: int
    store: str
    suspended: bool
    read_at: float


class FixedEpoch:
    """An epoch that never ends: where nothing is cached, and in tests that do not concern epochs."""

    key: str | None = None
    is_suspended = False
    _lease = Lease(0, "", suspended=False, read_at=0)

    def lease(self, *, wait: bool = False) -> Lease | None:
        return self._lease

    def agrees(self, lease: Lease, stored: Any, store: str) -> bool:
        return True

    def is_covered(self) -> bool:
        return False

    def note_mark(self, lease: Lease, store: str) -> bool:
        return True

    def note_unmarked(self) -> None:
        """Do nothing: there is no epoch to end."""

    def settle(self, *, is_bumped: bool) -> None:
        """Do nothing, likewise."""

    def note_uncertain_entry(self) -> None:
        """Do nothing, likewise."""

    def forget(self) -> None:
        """Forget nothing."""


class Epochs(FixedEpoch):
    """The epoch of the cache as this process knows it, and what this process adds to it.

    `store` is the client of Redis: see ThreadLocalRedisClient. With `is_kept`, a thread renews the lease (keeper.py);
    without it, the thread that needs the lease does.
    """

    def __init__(self, store: Any, table: EpochTable | None = None) -> None:
        self.store, self.table = store, table or EpochTable()
        self.is_kept = False
        self.wanted = threading.Event()  # somebody needs the lease, or something has changed
        self.used_at = 0.0
        self._lock = threading.Lock()
        self._known: Lease | None = None
        self._asked_at: float | None = None  # when the question of the epoch began that the database has not answered
        self._database_fails = False
        self._marked_at = 0.0
        self._marked_elsewhere = ""  # the server that took marks, and was not the one of the lease
        self._must_bump = False
        self._suspended: tuple[float, float] | None = None  # by this process: since when, and until when

    @property
    def key(self) -> str | None:  # type: ignore[override]
        """The key under which Redis has the epoch: if it is gone, marks are gone too."""
        return f"epoch:{settings.APPID}"

    @property
    def is_suspended(self) -> bool:  # type: ignore[override]
        """Whether this process has asked all others not to use the cache, since it could not mark its changes."""
        return self._suspended is not None

    @property
    def is_database_silent(self) -> bool:
        """Whether the database did not answer when it was asked last, so that the lease lasts for GRACE_SECONDS."""
        return self._database_fails

    def lease(self, *, wait: bool = False) -> Lease | None:
        """Return the lease, or None where no entry may be used.

        If it has expired, ask the database for it. Where a thread does that, ask only if told to `wait`.
        """
        self.used_at = time.monotonic()
        known = self._known
        if known is None or not self._is_valid(known):
            if self.is_kept and not wait:
                self.wanted.set()
                return None
            known = self.renew()
        return known if known and (wait or (known.store and not known.suspended)) else None

    def agrees(self, lease: Lease, stored: Any, store: str) -> bool:
        """Whether a Redis server of this identity, with this epoch under `key`, has the entries of the lease."""
        if stored == lease.epoch and store == lease.store:
            return True
        self._want()
        return False

    # Marks

    def is_covered(self) -> bool:
        """Whether entries stay unused for long enough that a transaction starting now needs no mark."""
        if self._suspended is None:
            return False
        since, until = self._suspended
        return since + LEASE_SECONDS <= time.monotonic() <= until - TRANSACTION_SECONDS

    def note_mark(self, lease: Lease, store: str) -> bool:
        """Note that a mark was made on the server with this identity. Return whether others read there."""
        self._marked_at = time.monotonic()
        if store not in (lease.store, REPLICA):
            self._marked_elsewhere = store
        return store == lease.store and store != REPLICA

    def note_unmarked(self) -> None:
        """End the epoch with the transaction of this thread, which changes a row that could not be marked."""
        self.table.bump()

    def settle(self, *, is_bumped: bool) -> None:
        """Wait until no process uses an entry of a row whose change was committed without its marks.

        Where the only reason is that nobody had claimed the server for its entries yet, claim it. Otherwise suspend the
        use of entries by all processes.
        """
        if self.is_covered():
            return
        try:
            if not is_bumped:
                self.table.bump()
            ended_at = time.monotonic()
            if not self._has_claimed():
                with self._lock:
                    self._suspend()
        except Error:
            logger.exception("Not known to other processes: rows have changed, and could not be marked in the cache.")
            return
        time.sleep(max(0.0, ended_at + LEASE_SECONDS - time.monotonic()))

    def note_uncertain_entry(self) -> None:
        """Note that Redis may still add an entry, at any time. The epoch must end before earlier marks expire."""
        self._must_bump = True
        self._want()

    def _has_claimed(self) -> bool:
        """Whether marks were made on a server that was not the lease's then, and is now."""
        store, self._marked_elsewhere = self._marked_elsewhere, ""
        if not store or self._suspended:
            return False
        lease = self.renew()
        return lease is not None and lease.store == store

    def _suspend(self) -> None:
        began = time.monotonic()
        earlier = self._suspended
        self.table.suspend(SUSPENSION_SECONDS)
        is_renewed = earlier is not None and began < earlier[1]
        since = earlier[0] if earlier is not None and is_renewed else time.monotonic()
        if not is_renewed:
            logger.error("The cache cannot be told of changes. No process uses it until it can.")
        self._suspended = since, began + SUSPENSION_SECONDS

    # The lease

    def renew(self) -> Lease | None:
        """Ask the database and Redis, and correct what does not agree. Return the lease, if any."""
        with self._lock:
            try:
                self._known = self._asked()
            except Error as error:
                leave_useless_connection(error)
                self._must_bump = True
                # If the database has answered, but not taken a correction, the lease must not count if it falls silent.
                self._known = self._checked(self._known) if self._database_fails else None
            return self._known if self._known and self._is_valid(self._known) else None

    def _asked(self) -> Lease:
        read_at = time.monotonic()
        told = self._read(read_at)
        asked, stored = self._asked_store()
        store = "" if asked == REPLICA else asked
        if connection.in_atomic_block:  # it could roll a correction back, and would keep its row locked
            self._must_bump = self._must_bump or self._has_marked_elsewhere(told)
        else:
            if self._put_right(told, store, stored):
                read_at, told = time.monotonic(), self.table.read()
            if store and stored != told.epoch:
                self._write_epoch(stored, told.epoch)
        if asked != REPLICA:
            return Lease(told.epoch, told.store, told.suspended, read_at)
        # The primary of a replica may lack marks, and connections that were opened before do not notice it.
        if self._known and self._known.store:
            logger.warning("Redis is a replica. The cache is not used until it is a primary, or another server is.")
        return Lease(told.epoch, "", told.suspended, read_at)

    def _checked(self, lease: Lease | None) -> Lease | None:
        """Return a lease that outlasts the database's silence, without its store if Redis is another server now."""
        if lease is None or not lease.store or self._asked_store()[0] in ("", lease.store):
            return lease
        logger.warning("Redis is another server, or a replica. The cache is not used until the database answers.")
        return replace(lease, store="")

    def _read(self, now: float) -> EpochState:
        """Return what the database says. It counts as silent until it answers: not while others are waited for."""
        self._asked_at = now
        try:
            told = self.table.read()
        except Error:
            if not self._database_fails:
                self._note_silence(now)
            raise
        finally:
            self._asked_at = None
        self._database_fails = False
        return told

    def _note_silence(self, asked_at: float) -> None:
        """Note that the database has stopped answering, after which the lease lasts for GRACE_SECONDS."""
        if self._known and asked_at - self._known.read_at > LEASE_SECONDS:
            self._known = None  # others may have reported a change since, while the database still answered
        self._database_fails = True
        self.wanted.set()  # the thread may be idle, and has to ask until the database answers

    def _put_right(self, told: EpochState, store: str, stored: Any) -> bool:
        """Begin a new epoch where that of the database cannot be trusted. Return whether that was so."""
        is_changed, self._must_bump = self._must_bump, False
        if store and store != told.store:
            self.table.claim(store)
            is_changed = True
        if self._has_marked_elsewhere(told):
            is_changed = True
        if store and stored is None:
            is_changed = True  # Redis has lost the epoch, and marks with it
        if is_changed:
            self.table.bump()
        if self._suspended:
            self._end_or_prolong_suspension(self._suspended[1], can_mark=bool(store))
        return is_changed

    def _has_marked_elsewhere(self, told: EpochState) -> bool:
        """Whether marks were made, by the last lease, where nobody looked any more."""
        known = self._known
        return known is not None and known.store != told.store and self._marked_at >= known.read_at

    def _end_or_prolong_suspension(self, until: float, *, can_mark: bool) -> None:
        if not can_mark:
            if until - time.monotonic() < SUSPENSION_SECONDS - LEASE_SECONDS:
                self._suspend()
            return
        self._suspended = None  # first, so that no change relies on it any more
        self.table.resume()
        logger.warning("The cache can be told of changes again, and is used.")

    def _asked_store(self) -> tuple[str, Any]:
        """Return the identity of the Redis server, empty if it does not answer, and the epoch that it has."""
        try:
            store = self.store.ask_store()
            if store == REPLICA:
                self.store.reconnect()  # next time: the same name may lead to the new primary
                return store, None
            if self._suspended:  # it failed: is it able to write?
                self.store.set_many({f"{self.key}:writable": 1}, LEASE_SECONDS)
            return store, self.store.get_many((self.key,)).get(self.key)
        except FAILURES:
            self.store.reconnect()  # it may be a replica that does not say so
            return "", None

    def _write_epoch(self, stored: Any, epoch: int) -> None:
        """Give Redis the epoch, unless another process has written it meanwhile."""
        try:
            if stored is None:
                self.store.add_many({self.key: epoch}, None)
            else:
                self.store.replace(self.key, stored, epoch, 0)
        except FAILURES as error:
            logger.warning("The cache does not take its epoch. %s", error)

    def _want(self) -> None:
        """Have the lease renewed now."""
        if self.is_kept:
            self.wanted.set()
        else:
            self._known = None

    def _is_valid(self, lease: Lease) -> bool:
        """Whether a lease is still valid. While the database does not answer, nobody can report a change to it.

        Before a question has failed, that holds only for a lease that was valid when the question began.
        """
        now, asked_at = time.monotonic(), self._asked_at
        has_outlasted = self._database_fails and lease is self._known  # not one that was dropped meanwhile
        is_silent = has_outlasted or (asked_at is not None and asked_at - lease.read_at <= LEASE_SECONDS)
        return now - lease.read_at <= (GRACE_SECONDS if is_silent else LEASE_SECONDS)

    def forget(self) -> None:
        """Forget what this process knows."""
        self._known, self._suspended, self._marked_elsewhere = None, None, ""
        self._must_bump = self._database_fails = False
