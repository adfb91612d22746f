"""Daily sums of events, so that figures of years cost no more than the events of the days that are not summed yet.

Nothing is summed while something happens: no row is there that every sign-in would have to lock. `rollup_metrics` sums
days that are over; whoever reads takes the sums, and counts the events of today and of days that were missed. A day is
one of TIME_ZONE, also where it has 23 or 25 hours. It is summed once: events that are put into it later do not count.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from django.db import IntegrityError, models, transaction
from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from dashboard.db.postgresql import without_statement_timeout
from events.models import Action, DailyFigure, Event, EventQuerySet

DAY = timedelta(days=1)
SETTLED = timedelta(minutes=10)  # after a day's end every transaction that began in it is over
ALL = "events"  # the figure of all events of a day, which tells that the day is summed

Gap = tuple[date, date | None]  # the first day that is not summed, and the next one that is, if any


def midnight(day: date) -> datetime:
    """When a day begins in TIME_ZONE."""
    return timezone.make_aware(datetime(day.year, day.month, day.day), timezone.get_default_timezone())  # noqa: DTZ001


def rollup_metrics(now: datetime) -> Iterator[date]:
    """Sum every day that is over and not summed yet, the oldest first; each one that was summed, once it is committed.

    It can be interrupted and run again, and by several at once: of those who sum the same day, one does it.
    """
    for day in days_to_sum(now):
        if _sum(day):
            yield day


def days_to_sum(now: datetime) -> list[date]:
    """The days that are over and not summed yet, the oldest first."""
    today = timezone.localdate(now - SETTLED)
    return [
        start + DAY * number
        for start, end in _gaps(_oldest_day(), _summed_days())
        for number in range(((end or max(start, today)) - start).days)
    ]


def _sum(day: date) -> bool:
    with without_statement_timeout():
        events = Event.objects.filter(created_at__gte=midnight(day), created_at__lt=midnight(day + DAY))
        counts = dict(events.values_list("action").annotate(count=Count("*")).order_by())
    counts[ALL] = sum(counts.values())
    try:
        with transaction.atomic():
            DailyFigure.objects.bulk_create(
                DailyFigure(name=name, day=day, value=count) for name, count in counts.items()
            )
    except IntegrityError:  # somebody else has summed it meanwhile
        return False
    return True


def daily(actions: Iterable[str], first: date, last: date) -> Iterator[tuple[str, date, int]]:
    """How often each of these operations was done on each of these days, where it was: from sums, or from the events.

    The sums and which days are summed are read at once, so that a day which is being summed is counted once.
    """
    names = {*actions}
    figures = DailyFigure.objects.filter(name__in={*names, ALL}, day__range=(first, last))
    found = list(figures.values_list("name", "day", "value"))
    yield from ((name, day, value) for name, day, value in found if name != ALL and day)
    gaps = _gaps(_oldest_day(), (day for name, day, _ in found if name == ALL and day), first, last)
    events = _events_of(gaps).filter(action__in=names)
    yield from events.values_list("action", TruncDate("created_at")).annotate(count=Count("*")).order_by()


def count_events(action: str = "") -> int:
    """How many events there are, or of one operation. The oldest day is counted, because it may be purged in part."""
    oldest, name = _oldest_day(), action or ALL
    if oldest is None or (action and action not in set(Action)):
        return 0
    figures = DailyFigure.objects.filter(name__in={name, ALL}, day__gt=oldest)
    found = list(figures.values_list("name", "day", "value"))
    gaps = _gaps(oldest, (day for figure, day, _ in found if figure == ALL and day))
    summed = sum(value for figure, _, value in found if figure == name)
    return summed + _events_of(gaps).of_action(action).count()


def _oldest_day() -> date | None:
    oldest = Event.objects.order_by("created_at", "pk").values_list("created_at", flat=True).first()
    return timezone.localdate(oldest) if oldest else None


def _summed_days() -> Iterator[date]:
    days = DailyFigure.objects.filter(name=ALL).values_list("day", flat=True)
    return (day for day in days if day)


def _gaps(oldest: date | None, summed: Iterable[date], first: date = date.min, last: date = date.max) -> list[Gap]:
    """The days from the oldest event on that are not summed, as far as they are between the first and the last."""
    if oldest is None or last < oldest:
        return []
    start, gaps = max(oldest, first), list[Gap]()
    for day in sorted(day for day in summed if day >= start):
        if day > start:
            gaps.append((start, day))
        start = day + DAY
    if start <= last:
        gaps.append((start, None if last == date.max else last + DAY))
    return gaps


def _events_of(gaps: list[Gap]) -> EventQuerySet:
    if not gaps:
        return Event.objects.none()
    condition = models.Q()
    for start, end in gaps:
        until = models.Q(created_at__lt=midnight(end)) if end else models.Q()
        condition |= models.Q(created_at__gte=midnight(start)) & until
    return Event.objects.filter(condition)


def settled_until() -> datetime | None:
    """Before when every event is in a daily sum; None where there are no events."""
    gaps = _gaps(_oldest_day(), _summed_days())
    return midnight(gaps[0][0]) if gaps else None
