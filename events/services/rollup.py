"""Sum events by day, so that metrics of years only count the events of days that are not summed yet.

Operations do not update sums, because every sign-in would have to lock the same row. `rollup_metrics` sums days that
are over. Readers add up the sums, and count the events of today and of missed days. Days are those of UTC, whatever
TIME_ZONE is, so that the sums do not depend on a setting. A day is summed once: events that are added to it later are
not counted.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from django.db import IntegrityError, models, transaction
from django.db.models import Count
from django.db.models.functions import TruncDate

from dashboard.db.postgresql import without_statement_timeout
from events.models import Action, DailyFigure, Event, EventQuerySet

DAY = timedelta(days=1)
SETTLED = timedelta(minutes=10)  # by then every transaction that began before the end of the day is over
ALL = "events"  # the name of the sum of all events of a day; its presence means that the day is summed

Gap = tuple[date, date | None]  # the first day that is not summed, and the next one that is, if any


def midnight(day: date) -> datetime:
    """Return the start of a day in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def day_of(moment: datetime) -> date:
    """Return the day of a moment in UTC."""
    return moment.astimezone(UTC).date()


def rollup_metrics(now: datetime) -> Iterator[date]:
    """Sum the days that are over and not summed yet, the oldest first; yield each once its sums are committed.

    It can be interrupted and run again. Where several processes sum the same day, one of them stores its sums.
    """
    for day in days_to_sum(now):
        if _sum(day):
            yield day


def days_to_sum(now: datetime) -> list[date]:
    """Return the days that are over and not summed yet, the oldest first."""
    today = day_of(now - SETTLED)
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
    except IntegrityError:  # another process has summed it
        return False
    return True


def daily(actions: Iterable[str], first: date, last: date) -> Iterator[tuple[str, date, int]]:
    """Yield the counts of these operations by day, from sums or from events, without counts of 0.

    One query reads both the sums and which days are summed, so that a day that is being summed is counted once.
    """
    names = {*actions}
    figures = DailyFigure.objects.filter(name__in={*names, ALL}, day__range=(first, last))
    found = list(figures.values_list("name", "day", "value"))
    yield from ((name, day, value) for name, day, value in found if name != ALL and day)
    gaps = _gaps(_oldest_day(), (day for name, day, _ in found if name == ALL and day), first, last)
    events = _events_of(gaps).filter(action__in=names)
    yield from events.values_list("action", TruncDate("created_at", tzinfo=UTC)).annotate(count=Count("*")).order_by()


def count_events(action: str = "") -> int:
    """Return how many events there are, of all operations or of one.

    The events of the oldest day are counted, because some of them may be purged already.
    """
    oldest, name = _oldest_day(), action or ALL
    if oldest is None or (action and action not in Action.values):
        return 0
    figures = DailyFigure.objects.filter(name__in={name, ALL}, day__gt=oldest)
    found = list(figures.values_list("name", "day", "value"))
    gaps = _gaps(oldest, (day for figure, day, _ in found if figure == ALL and day))
    summed = sum(value for figure, _, value in found if figure == name)
    return summed + _events_of(gaps).of_action(action).count()


def _oldest_day() -> date | None:
    oldest = Event.objects.order_by("created_at", "pk").values_list("created_at", flat=True).first()
    return day_of(oldest) if oldest else None


def _summed_days() -> Iterator[date]:
    days = DailyFigure.objects.filter(name=ALL).values_list("day", flat=True)
    return (day for day in days if day)


def _gaps(oldest: date | None, summed: Iterable[date], first: date = date.min, last: date = date.max) -> list[Gap]:
    """Return the days between first and last that are not summed, from the day of the oldest event on."""
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
    """Return the time before which all events are summed, or None if there are no events."""
    gaps = _gaps(_oldest_day(), _summed_days())
    return midnight(gaps[0][0]) if gaps else None
