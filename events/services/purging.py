"""Deleting events of long ago, for operators: the only way in which an event ever goes."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils import timezone

from dashboard.db.postgresql import without_statement_timeout
from events.models import Event, EventQuerySet
from events.services.rollup import midnight, rollup_metrics, settled_until

EVENTS_PER_TRANSACTION = 5_000


def old_events(older_than: timedelta) -> EventQuerySet:
    """The events of whole days that were over so long ago."""
    return Event.objects.filter(created_at__lt=midnight(timezone.localdate(timezone.now() - older_than)))


def count_old_events(older_than: timedelta) -> int:
    """How many events `purge_events` would delete."""
    with without_statement_timeout():
        return old_events(older_than).count()


def purge_events(older_than: timedelta) -> Iterator[int]:
    """Delete them, the oldest first, some at a time; each time, how many. What was yielded is committed.

    Their days are summed before, so that figures stay as they are; events of a day that is not summed stay. Those that
    another process is deleting are left to it.
    """
    for _ in rollup_metrics(timezone.now()):
        pass
    summed = settled_until()
    events = old_events(older_than).filter(created_at__lt=summed) if summed else Event.objects.none()
    while found := _purge(events):
        yield len(found)
        events = events.filter(created_at__gte=found[-1])  # so that what is gone is not searched again


@transaction.atomic
def _purge(events: EventQuerySet) -> list[datetime]:
    """Delete the oldest ones; when they happened."""
    oldest = events.order_by("created_at", "pk").select_for_update(skip_locked=True)
    found = dict(oldest.values_list("pk", "created_at")[:EVENTS_PER_TRANSACTION])
    models.QuerySet.delete(Event.objects.filter(pk__in=found))  # past EventQuerySet, which refuses
    return list(found.values())
