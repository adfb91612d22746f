"""The feed: events in the order in which they were committed, nothing skipped and nothing twice.

A reader gets batches. Each has the events that are visible now and were not when the previous batch was made, in order
of their ids. docs/decisions/0017-feed.md has the proof, and what it costs.
"""

from collections.abc import Collection
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.db import NotSupportedError, ProgrammingError, connection, transaction
from django.db.models import BigIntegerField, Func, Max, Min, Q

from dashboard.core.errors import DashboardError, ErrorCode
from events.models import Event, EventQuerySet, FeedState
from events.services.feed_cursors import Cursor, Snapshot

SCANNED = 1000  # events that one read looks at, at most
ALL_ROWS = 2**62  # a limit as an optimization fence: the planner would otherwise look for the first by another index
SNAPSHOT = "SELECT pg_current_snapshot()::text, "
# A cluster continues its transaction numbers even after a crash. Another cluster has another identifier; a restored
# backup or a promoted standby has the next timeline, and may reuse numbers.
HISTORY = (
    "(SELECT to_hex(system_identifier) || '.' || left(pg_walfile_name(pg_current_wal_lsn()), 8)"
    " FROM pg_control_system())"
)
BEGUN = "COALESCE((SELECT '.' || NULLIF(begun_history, '') FROM events_feedstate WHERE appid = %s), '')"
UNTOLD = "''"  # where a provider does not permit the query
NOT_GIVEN_YET = Func(template="pg_snapshot_xmax(pg_current_snapshot())::text::bigint", output_field=BigIntegerField())


@dataclass(frozen=True)
class Page:
    """Events, and the cursor after them. `is_last` says that there were no others."""

    events: list[Event]
    cursor: Cursor
    is_last: bool


def from_now() -> Cursor:
    """Return the cursor of a reader that has had every event so far."""
    history, snapshot = present()
    if connection.vendor != "postgresql":
        return Cursor(history, last=_newest())
    return Cursor(history, snapshot)


def from_beginning() -> Cursor:
    """Return the cursor of a reader that has had no event."""
    return Cursor(present()[0])


def from_time(moment: datetime) -> Cursor:
    """Return the cursor of a reader that gets every event since then, and perhaps some from shortly before."""
    first = Event.objects.filter(created_at__gte=moment).order_by()[:ALL_ROWS].aggregate(first=Min("pk"))["first"]
    return Cursor(present()[0], last=(first or _newest() + 1) - 1)


def read(cursor: Cursor, actions: Collection[str] = (), limit: int = 100, *, is_new: bool = False) -> Page:
    """Return at most `limit` events that come after a cursor: those of these actions, or all.

    `is_new` is for a cursor that this request has made. Raises feed-restarted (410) for a cursor of another history of
    the database, and feed-overtaken (410) if events that come after it were purged.
    """
    page = _read(cursor, actions, limit)
    if not is_new:
        refuse_overtaken(cursor)  # last: a read that missed events purged meanwhile finds the note of the purge
    return page


def _read(cursor: Cursor, actions: Collection[str], limit: int) -> Page:
    begun = _begin(cursor)
    ids, is_all = undelivered_ids(begun)
    found = Event.objects.filter(pk__in=ids)
    if actions:
        found = found.filter(action__in=actions)
    events = list(found.order_by("pk")[: limit + 1])
    if len(events) > limit:
        return Page(events[:limit], begun.through(events[limit - 1].pk), is_last=False)
    if not is_all:
        return Page(events, begun.through(ids[-1]), is_last=False)
    if begun.target is None:
        return Page(events, begun.through(ids[-1] if ids else begun.last), is_last=True)
    return Page(events, begun.finished(), is_last=cursor.target is None)


def peek(cursor: Cursor) -> tuple[Cursor, bool]:
    """Return the cursor after all current events, and whether there are any after this one.

    Raises feed-restarted (410).
    """
    begun = _begin(cursor)
    ids, is_all = undelivered_ids(begun)
    if begun.target:
        return begun.finished(), bool(ids)
    return begun.through(ids[-1] if ids else begun.last) if is_all else from_now(), bool(ids)


def _begin(cursor: Cursor) -> Cursor:
    """Return the cursor with a target. Raises feed-restarted (410)."""
    history, snapshot = present()
    if connection.vendor != "postgresql":
        if cursor.history != history or cursor.base or cursor.target or cursor.last > _newest():
            raise DashboardError(ErrorCode.FEED_RESTARTED)
        return cursor
    if cursor.history != history or any(it and it.end > snapshot.end for it in (cursor.base, cursor.target)):
        raise DashboardError(ErrorCode.FEED_RESTARTED)
    return cursor if cursor.target else cursor.towards(snapshot)


def undelivered_ids(cursor: Cursor) -> tuple[list[int], bool]:
    """Return the first ids of the events of a batch, at most SCANNED, and whether these are all."""
    if cursor.base and cursor.base == cursor.target:
        return [], True
    foreign_through = foreign_events_through(cursor.history)
    if cursor.base and (few := _few_ids(cursor, foreign_through)) is not None:
        return few, True
    batch = Event.objects.filter(cursor.undelivered(foreign_through))
    if cursor.base and not cursor.last:  # or PostgreSQL might walk through all events to find the first
        first = batch.order_by()[:ALL_ROWS].aggregate(first=Min("pk"))["first"]
        batch = batch.filter(pk__gte=first)
    ids = list(batch.order_by("pk").values_list("pk", flat=True)[: SCANNED + 1])
    return ids[:SCANNED], len(ids) <= SCANNED


def _few_ids(cursor: Cursor, foreign_through: int) -> list[int] | None:
    """Return the ids of a batch in order if it has no more than SCANNED, by the index of transactions."""
    base: Snapshot = cursor.base  # type: ignore[assignment]
    batch = Event.objects.filter(cursor.undelivered(foreign_through))
    found = _ids_by_transaction(batch.filter(transaction_id__gte=base.end))
    if base.running:
        found += _ids_by_transaction(batch.filter(transaction_id__in=base.running))
    return sorted(found) if len(found) <= SCANNED else None


def _ids_by_transaction(events: EventQuerySet) -> list[int]:
    return list(events.order_by("transaction_id", "pk").values_list("pk", flat=True)[: SCANNED + 1])


def present() -> tuple[str, Snapshot]:
    """Return the history of the database, and which transactions are over now.

    The history names PostgreSQL's series of transaction numbers, and what `begin_history` has added. There is only the
    latter where PostgreSQL does not reveal its history, and on SQLite, where there are no transactions either.
    """
    if connection.vendor != "postgresql":
        return _begun_history(), Snapshot(0)
    try:
        return _present(HISTORY)
    except (ProgrammingError, NotSupportedError):
        return _present(UNTOLD)


def _begun_history() -> str:
    begun = FeedState.objects.values_list("begun_history", flat=True).first()
    return f".{begun}" if begun else ""


def _present(history: str) -> tuple[str, Snapshot]:
    savepoint = transaction.atomic() if connection.in_atomic_block else nullcontext()
    with savepoint, connection.cursor() as cursor:
        cursor.execute(f"{SNAPSHOT}{history} || {BEGUN}", [settings.APPID])
        snapshot, name = cursor.fetchone()
    return name, Snapshot.parse(snapshot)


def foreign_events_through(history: str) -> int:
    """Return the largest id of the events from histories other than this, the database's present one."""
    return _foreign_events_through(settings.APPID, history) if connection.vendor == "postgresql" else 0


@lru_cache(maxsize=8)
def _foreign_events_through(appid: str, history: str) -> int:
    return feed_state(history).foreign_through


@transaction.atomic
def feed_state(history: str) -> FeedState:
    """Return the locked state of the feed. If the database's present history is new, note it there."""
    _, is_new = FeedState.objects.get_or_create(appid=settings.APPID, defaults={"history": history})
    state = FeedState.objects.select_for_update().get()
    if is_new or state.history != history:
        state.history, state.purged_transaction_id = history, 0
        state.foreign_through = max(state.foreign_through, _newest_foreign())
        state.save()
    return state


def _newest_foreign() -> int:
    """Return the largest id of the events whose transactions have numbers that this history has not given yet."""
    if connection.vendor != "postgresql":
        return 0
    foreign = Event.objects.filter(transaction_id__gte=NOT_GIVEN_YET).order_by()
    return foreign[:ALL_ROWS].aggregate(newest=Max("pk"))["newest"] or 0


def note_purged(events: EventQuerySet) -> None:
    """Note that these events are deleted by this transaction, for readers that have not read them."""
    state = feed_state(present()[0])
    purged = events.aggregate(
        through=Max("pk"), transaction=Max("transaction_id", filter=Q(pk__gt=state.foreign_through))
    )
    state.purged_through = max(state.purged_through, purged["through"] or 0)
    state.purged_transaction_id = max(state.purged_transaction_id, purged["transaction"] or 0)
    state.save()


def refuse_overtaken(cursor: Cursor) -> None:
    """Raise feed-overtaken (410) if events that come after this cursor were purged, or may have been."""
    state = FeedState.objects.first()
    if state is None or state.purged_through <= cursor.last:
        return
    if cursor.base is None or state.purged_transaction_id >= cursor.base.oldest:
        raise DashboardError(ErrorCode.FEED_OVERTAKEN)


def _newest() -> int:
    """Return the largest id that an event has had."""
    newest = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    state = FeedState.objects.first()
    return max(newest, state.purged_through if state else 0)
