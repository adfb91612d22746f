"""Find the event at an offset of the list by the daily sums, at a cost that does not grow with the number of events."""

from django.db.models import Q

from events.models import Event, EventQuerySet
from events.services.rollup import DAY, count_by_day, day_of, midnight


def event_at(action: str, offset: int, after: Event | None = None) -> Event | None:
    """Return the event that has `offset` events before it, newest first, of all operations or of one, or None.

    Only its id and time are loaded. With `after`, count from the first event that comes after that one. Only the events
    of one day are read, from an index, and those of the days that are not summed yet.
    """
    counts, before = count_by_day(action), 0
    events: EventQuerySet = Event.objects.of_action(action).newest_first()
    if after:
        today = events.filter(created_at__lt=midnight(day_of(after.created_at) + DAY))
        newer = Q(created_at__gt=after.created_at) | Q(pk__gte=after.pk)
        offset += today.filter(newer, created_at__gte=after.created_at).order_by().count()
        offset += sum(count for day, count in counts if day > day_of(after.created_at))
    for day, count in counts:
        if offset < before + count:
            of_day = events.filter(created_at__lt=midnight(day + DAY))
            place = _at_one_moment(of_day, offset - before) if action else (of_day, offset - before)
            return _at(*place)
        before += count
    return None


def _at(events: EventQuerySet, offset: int) -> Event | None:
    found = events.values_list("created_at", "pk")[offset : offset + 1].first()
    return Event(created_at=found[0], pk=found[1]) if found else None


def _at_one_moment(events: EventQuerySet, offset: int) -> tuple[EventQuerySet, int]:
    """Return the events of the moment at this offset, and the offset among them.

    The index of operations has no ids, but it tells both numbers without reading the events themselves.
    """
    moments = events.order_by("-created_at").values_list("created_at", flat=True)
    moment = moments[offset : offset + 1].first()
    if moment is None:
        return events.none(), 0
    newer = events.filter(created_at__gt=moment).order_by().count()
    return events.filter(created_at=moment), max(0, offset - newer)
