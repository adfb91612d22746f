"""Delete old events. Nothing else ever deletes events."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.db import models, transaction
from django.utils import timezone

from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.db.batches import Position, oldest_first, process_in_batches
from dashboard.db.postgresql import without_statement_timeout
from events.models import Event, EventQuerySet, FeedReader
from events.services.feed import note_purged
from events.services.feed_readers import readers_behind
from events.services.rollup import day_of, midnight, rollup_metrics, settled_until

EVENTS_PER_TRANSACTION = 5_000


def old_events(older_than: timedelta) -> EventQuerySet:
    """Select the events of whole days that ended at least this long ago."""
    return Event.objects.filter(created_at__lt=midnight(day_of(timezone.now() - older_than)))


def count_old_events(older_than: timedelta) -> int:
    """Return how many events `purge_events` would delete."""
    with without_statement_timeout():
        return old_events(older_than).count()


def readers_behind_purge(older_than: timedelta) -> list[FeedReader]:
    """Return the registered readers of the feed that have not read all events that `purge_events` would delete."""
    with without_statement_timeout():
        return readers_behind(old_events(older_than))


def purge_events(older_than: timedelta, *, overtake_readers: bool = False) -> Iterator[int]:
    """Delete the old events, the oldest first; yield how many after each transaction.

    Sum their days first, so that metrics stay as they are, and keep the events of days that cannot be summed yet. Skip
    events that another process is deleting. Raises readers-behind (409) if a registered reader of the feed has not read
    all of them, unless `overtake_readers`: then its next read is refused with feed-overtaken.
    """
    if not overtake_readers and readers_behind_purge(older_than):
        raise DashboardError(ErrorCode.READERS_BEHIND)
    for _ in rollup_metrics(timezone.now()):
        pass
    if summed := settled_until():
        events = old_events(older_than).filter(created_at__lt=summed)
        yield from process_in_batches(oldest_first(events, EVENTS_PER_TRANSACTION), _purge)


@transaction.atomic
def _purge(found: Sequence[Position]) -> int:
    """Delete those of these events that are not locked."""
    events = Event.objects.select_for_update(skip_locked=True).filter(pk__in=[pk for _, pk in found])
    pks = list(events.values_list("pk", flat=True))
    note_purged(Event.objects.filter(pk__in=pks))
    models.QuerySet.delete(Event.objects.filter(pk__in=pks))  # not EventQuerySet.delete, which refuses
    return len(pks)
