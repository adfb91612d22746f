"""Frequent look-ups, by Dashboard's own functions, which know nothing about partitions."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Account
from dashboard.api.pagination import RecordList
from dashboard.core.actor import Actor, ActorKind
from dashboard.db import prepared
from events.listing import EventList
from events.models import Action, Event
from events.services import feed
from events.services.feed_cursors import Cursor
from events.services.recording import record
from resetcodes.models import ResetCode
from sessions_app.counted_rows import SESSIONS
from sessions_app.models import Session
from sessions_app.services import last_seen, new_sessions

SAMPLES = 500
PAGE = 11  # ten rows, and one that tells whether there are more
LAST_SEEN = 100  # sessions that are stored together
ACTOR = Actor(ActorKind.ANYBODY, ip_address="203.0.113.7", user_agent_header="Mozilla/5.0 Firefox/140.0")
ALL_SESSIONS = RecordList(Session.objects.with_revocations, counted=SESSIONS)


class Samples:
    """Rows to look up, chosen at random from those in use."""

    def __init__(self) -> None:
        self.random = Random(0)  # noqa: S311  no secret
        self.minutes = 0
        active = Session.objects.active(timezone.now()).newest_first()
        self.sessions = list(active.values_list("pk", flat=True)[:SAMPLES])
        self.accounts = list(Account.objects.order_by("pk")[:SAMPLES])
        self.codes = list(ResetCode.objects.newest_first().values_list("pk", flat=True)[:SAMPLES])
        self.number_of_sessions, self.number_of_events = ALL_SESSIONS.count(), EventList().count()
        self.history = feed.present()[0]
        middle = Event.objects.newest_first()[self.number_of_events // 2]
        self.middle = Cursor(self.history, last=middle.pk)
        self.cursor = feed.from_now()
        self.record()

    def session(self) -> str:
        return self.random.choice(self.sessions)

    def account(self) -> Account:
        return self.random.choice(self.accounts)

    @transaction.atomic
    def record(self) -> None:
        record(Action.SET_SESSION_VERIFIED, self.account().pk, ACTOR, self.session())

    @transaction.atomic
    def sign_in(self) -> None:
        new_sessions.create(self.account(), "hours", ACTOR)

    def see(self) -> None:
        """Store when sessions were last seen, as a server's thread does, each time two minutes later."""
        self.minutes += 2
        seen = self.random.sample(self.sessions, min(LAST_SEEN, len(self.sessions)))
        last_seen._noted.update(dict.fromkeys(seen, timezone.now() + timedelta(minutes=self.minutes)))
        last_seen.write()

    def active_sessions(self) -> None:
        prepared.fetch_columns(Session.objects.unended_ids(self.account(), timezone.now()))


LOOKUPS: dict[str, Callable[[Samples], object]] = {
    "a session by its id, with its account": lambda it: Session.objects.get_with(it.session(), "account"),
    "the newest sessions of an account": lambda it: RecordList(Session.objects.with_revocations, it.account().pk).page(
        None, 0, PAGE
    ),
    "the active sessions of an account": Samples.active_sessions,
    "the list of sessions, its first page": lambda it: ALL_SESSIONS.page(None, 0, PAGE),
    "the list of sessions, a page in the middle": lambda it: ALL_SESSIONS.page(None, it.number_of_sessions // 2, PAGE),
    "the list of events, a page in the middle": lambda it: EventList().page(None, it.number_of_events // 2, PAGE),
    "the newest events of an account": lambda it: EventList(it.account().pk).page(None, 0, PAGE),
    "the feed: what is new after a cursor": lambda it: feed.read(it.cursor),
    "the feed: a page from the middle on": lambda it: feed.read(it.middle),
    "a reset code by its id": lambda it: ResetCode.objects.get_or_refuse(it.random.choice(it.codes)),
    "an event is recorded": Samples.record,
    "a sign-in, without its password": Samples.sign_in,
    f"{LAST_SEEN} sessions were seen": Samples.see,
}


def time_lookup(name: str, samples: Samples, calls: int) -> tuple[float, float]:
    """Return the mean time of a look-up, and the mean CPU time that PostgreSQL needs for it, in seconds."""
    look_up = LOOKUPS[name]
    begun, used = time.perf_counter(), backend_seconds()
    for _ in range(calls):
        look_up(samples)
    return (time.perf_counter() - begun) / calls, (backend_seconds() - used) / calls


def backend_seconds() -> float:
    """Return the CPU seconds used so far by the PostgreSQL process that serves this connection."""
    pid = connection.connection.info.backend_pid
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
