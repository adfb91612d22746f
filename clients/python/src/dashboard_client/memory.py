"""Remember what Dashboard has answered about sessions, and follow its feed of events to know when that changes.

An answer is believed as long as the feed proves that nothing has happened to its account until a second ago; otherwise
Dashboard is asked, as without a memory. So whatever fails (a feed that does not answer, a thread that has died, a
credential that was revoked) costs requests, and signs nobody in.

What is proven, and when. A feed answers with everything that was committed before it was asked, and that it has not
said before. So a request for the feed that was sent at the time *s*, and whose events have been dealt with, proves that
nothing else was committed before *s*. An answer to a check that was sent at the time *a* is not kept if something is
heard of its account after *a*: it may be from before that. What is heard of before *a* was committed before *a*, and
Dashboard accepts no ended session in a check that begins afterwards.
"""

import hashlib
import logging
import os
import threading
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from dashboard_client.client import Dashboard
from dashboard_client.decoding import one
from dashboard_client.errors import DashboardError
from dashboard_client.operation import Operation
from dashboard_client.transport import Credentials, Identity, clock

logger = logging.getLogger("dashboard_client")

PAGE_SIZE = 500  # events: half of what the feed looks at, so that a shorter page is the last one of a batch
BEATS = 0.4  # of the bound, between two requests for the feed
LISTENING = 20  # seconds, for which the feed waits where it is asked to tell at once
PAUSE = 1.0  # seconds after a failure
SWEEPS = 5.0  # seconds between two
IDLE = 60.0  # seconds without a request, after which the feed is no longer followed
LONGEST_CHECK = 60.0  # seconds; a check that took longer is not kept
WARNINGS = 60.0  # seconds between two
# Events that end no session and change no role. Some of them name no account.
HARMLESS = {"create-account", "refuse-sign-in", "refuse-access", "view-account", "export-list", "finish-export"}
FAR_REACHING = {"set-owner-account", "import-node-dashboard"}  # these change accounts that they do not name
START_AGAIN = {"feed-overtaken", "feed-restarted", "invalid-cursor"}  # error codes: what was heard may have a gap


@dataclass(frozen=True, slots=True)
class Event:
    """What has happened, and to which account, if one is named."""

    action: str
    accountid: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the feed, and the cursor after it."""

    events: tuple[Event, ...]
    cursor: str

    @classmethod
    def of(cls, data: Any) -> "Page":
        """Read the JSON object."""
        return cls(tuple(Event(it["action"], it.get("accountid", "")) for it in data["events"]), data["cursor"])


FEED = Operation("GET", "/api/feed", one(Page.of))


@dataclass(frozen=True, slots=True)
class _Entry:
    identity: Identity
    until: float


class Memory:
    """Remembers the answers of one Dashboard to checks, for all threads of a process.

    `dashboard` has a credential with the scope `read-events`. `within` is the bound, in seconds: an ended session is
    accepted for no longer. `size` is the number of sessions that are kept. The threads that follow the feed start when
    they are first needed, also after a fork, and end with the process or by `close`.
    """

    def __init__(self, dashboard: Dashboard, *, within: float = 1.0, size: int = 10_000) -> None:
        if within <= 0:
            raise ValueError("The bound has to be a time: name the seconds within which an end is noticed.")
        if size < 1:
            raise ValueError("The size has to be a number of sessions, at least 1.")
        self.within, self.size = within, size
        self._beats = dashboard.with_timeout(within)
        self._ear = dashboard.with_timeout(LISTENING + 5)
        self._lock = threading.Lock()
        self._begin()
        if hasattr(os, "register_at_fork"):
            own = weakref.ref(self)
            os.register_at_fork(after_in_child=lambda: _unlock(own()))

    def _begin(self) -> None:
        self._pid = 0  # of the process whose threads follow the feed
        self._stopped, self._wanted = threading.Event(), threading.Event()
        self._entries: dict[bytes, _Entry] = {}
        self._keys: dict[str, set[bytes]] = {}  # of the entries of an account
        self._heard: dict[str, float] = {}  # when something was heard of an account, or of a session
        self._cleared = self._proven = self._asked = float("-inf")
        self._cursor: str | None = None
        self._batch_sent: float | None = None
        self._warned = self._swept = float("-inf")

    # What the middleware asks and says

    def now(self) -> float:
        """Return the time, to be noted before a check is sent."""
        return clock()

    def recall(self, credentials: Credentials) -> Identity | None:
        """Return the identity of a session, or None if Dashboard has to be asked."""
        now = clock()
        self._follow(now)
        with self._lock:
            if now - self._proven > self.within:
                return None
            entry = self._entries.get(_key(credentials))
            return entry.identity if entry and now < entry.until else None

    def keep(self, credentials: Credentials, identity: Identity, asked: float) -> None:
        """Keep the answer to a check that was sent at the time `asked`, unless something has happened since."""
        with self._lock:
            names = (identity.accountid, identity.sessionid)
            heard = max((self._heard.get(name, self._cleared) for name in names), default=self._cleared)
            is_late = asked <= max(heard, self._cleared) or clock() - asked > LONGEST_CHECK
            if is_late or identity.sessionid != credentials.sessionid:
                return
            while len(self._entries) >= self.size:
                self._drop(next(iter(self._entries)))
            key = _key(credentials)
            self._drop(key)
            self._entries[key] = _Entry(identity, asked + identity.valid_for)
            self._keys.setdefault(identity.accountid, set()).add(key)

    def forget(self, credentials: Credentials) -> None:
        """Forget a session, including answers about it that are still on their way."""
        now = clock()
        with self._lock:
            self._heard[credentials.sessionid] = now
            self._drop(_key(credentials))
            self._sweep(now)  # also while the feed cannot be followed

    @property
    def is_fresh(self) -> bool:
        """Whether the feed has answered within the bound."""
        return clock() - self._proven <= self.within

    def close(self) -> None:
        """Stop following the feed. From now on, Dashboard is asked about each session."""
        self._stopped.set()
        self._wanted.set()
        with self._lock:
            self._clear(clock())

    # What is forgotten

    def _drop(self, key: bytes) -> None:
        entry = self._entries.pop(key, None)
        if entry:
            keys = self._keys[entry.identity.accountid]
            keys.discard(key)
            if not keys:
                del self._keys[entry.identity.accountid]

    def _clear(self, now: float) -> None:
        self._entries.clear()
        self._keys.clear()
        self._heard.clear()
        self._cleared, self._proven = now, float("-inf")

    def _hear(self, events: Iterable[Event]) -> None:
        """Forget the accounts that events name, or all of them if an event names none."""
        now = clock()
        for event in events:
            if event.action in HARMLESS:
                continue
            if event.action in FAR_REACHING or not event.accountid:
                self._entries.clear()
                self._keys.clear()
                self._cleared = now
            else:
                self._heard[event.accountid] = now
                for key in [*self._keys.get(event.accountid, ())]:
                    self._drop(key)

    def _sweep(self, now: float) -> None:
        """Drop what no longer matters."""
        if now - self._swept < SWEEPS:
            return
        self._swept = now
        self._heard = {name: heard for name, heard in self._heard.items() if now - heard <= LONGEST_CHECK}
        for key in [key for key, entry in self._entries.items() if now >= entry.until]:
            self._drop(key)

    # Following the feed

    def _follow(self, now: float) -> None:
        """Note that there are requests, and let the threads follow the feed."""
        self._asked = now
        if self._pid == os.getpid():
            if not self._wanted.is_set():
                self._wanted.set()
            return
        with self._lock:
            if self._pid == os.getpid() or self._stopped.is_set():
                return
            self._begin()
            self._asked, self._pid = now, os.getpid()
            self._wanted.set()
        try:
            for work in (self._beat_for_ever, self._listen_for_ever):
                threading.Thread(target=work, args=(self._pid,), name="dashboard-memory", daemon=True).start()
        except RuntimeError as error:  # there are too many threads: without these, nothing is proven
            self._warn(error)

    def _beat_for_ever(self, pid: int) -> None:
        while self._goes_on(pid):
            try:
                self._beat()
                self._stopped.wait(self.within * BEATS)
            except Exception as error:  # whatever it is, nothing is proven meanwhile
                if not self._stopped.is_set():
                    self._warn(error)
                self._stopped.wait(self.within * BEATS)

    def _goes_on(self, pid: int) -> bool:
        """Wait until there are requests. Return whether to go on."""
        if clock() - self._asked > IDLE:
            self._wanted.clear()
            with self._lock:
                self._cursor = None
            self._wanted.wait()
        return not self._stopped.is_set() and self._pid == pid

    def _beat(self) -> None:
        """Ask the feed until it has nothing more, and note since when nothing else can have happened."""
        is_whole = False
        while not (is_whole or self._stopped.is_set()):
            sent = clock()
            try:
                feed = self._beats.call(FEED, {"after": self._cursor, "wait": 0, "limit": PAGE_SIZE})
            except DashboardError as error:
                if error.code not in START_AGAIN:
                    raise
                with self._lock:
                    self._clear(clock())
                    self._cursor = None
                return
            with self._lock:
                is_whole = len(feed.events) < PAGE_SIZE
                self._note(feed.events, feed.cursor, sent, is_whole=is_whole)

    def _note(self, events: Iterable[Event], cursor: str, sent: float, *, is_whole: bool) -> None:
        """Note a page. A long batch has several, which tell what was there when the first of them was asked for."""
        now = clock()
        if self._cursor is None:
            self._clear(now)  # what happened before is unknown
            self._batch_sent = None
        self._hear(events)
        self._cursor = cursor
        if self._batch_sent is None:
            self._batch_sent = sent
        if is_whole:
            self._proven, self._batch_sent = self._batch_sent, None
            self._sweep(now)

    def _listen_for_ever(self, pid: int) -> None:
        """Learn of events as soon as they are there. This proves nothing, so it may miss some."""
        cursor: str | None = None
        while self._goes_on(pid):
            try:
                wait = LISTENING if cursor else 0
                feed = self._ear.call(FEED, {"after": cursor, "wait": wait, "limit": PAGE_SIZE})
            except Exception:  # likewise
                cursor = None
                self._stopped.wait(PAUSE)
                continue
            cursor = feed.cursor
            with self._lock:
                self._hear(feed.events)

    def _warn(self, error: Exception) -> None:
        """Log why sessions are not remembered, once a minute."""
        if clock() - self._warned > WARNINGS:
            self._warned = clock()
            logger.warning("The feed cannot be followed, so Dashboard is asked about each request. %s", error)


def memory_of(dashboard: Callable[[], Dashboard], within: float | None) -> Memory | None:
    """Return a memory with this bound in seconds, which follows the feed of a Dashboard; None without a bound."""
    return None if within is None else Memory(dashboard(), within=within)


def _unlock(memory: Memory | None) -> None:
    """Give the child of a fork a lock of its own: a thread that the child does not have may have held it."""
    if memory is not None:
        memory._lock = threading.Lock()


def _key(credentials: Credentials) -> bytes:
    """Return the key of an entry, from which the token cannot be recovered."""
    return hashlib.sha256(f"{credentials.sessionid}.{credentials.token}".encode()).digest()
