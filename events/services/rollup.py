"""Sum events by day, so that metrics of years only count the events of days that are not summed yet.

Operations do not update sums, because every sign-in would have to lock the same row. `rollup_metrics` sums days that
are over. Readers add up the sums, and count the events of today and of missed days. Days are those of UTC, whatever
TIME_ZONE is, so that the sums do not depend on a setting. A day is summed once: events that are added to it later are
not counted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, IntegrityError, transaction
from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from dashboard.db.postgresql import without_statement_timeout
from dashboard.db.routers import is_reading_elsewhere, read_alias
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
        for start, end in _gaps(oldest_day(), _summed_days())
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
    figures = DailyFigure.objects.filter(name__in=sorted({*names, ALL}), day__range=(first, last))
    found = list(figures.values_list("name", "day", "value"))
    yield from ((name, day, value) for name, day, value in found if name != ALL and day)
    for gap in _gaps(oldest_day(), (day for name, day, _ in found if name == ALL and day), first, last):
        yield from _counts_of(gap, names)


def count_events(action: str = "") -> int:
    """Return how many events there are, of all operations or of one."""
    return sum(count for _, count in count_by_day(action))


def count_by_day(action: str = "") -> list[tuple[date, int]]:
    """Return how many events each day has, the newest first, of all operations or of one.

    The events of the oldest day are counted, because some of them may be purged already.
    """
    oldest, name = oldest_day(), action or ALL
    if oldest is None or (action and action not in Action.values):
        return []
    figures = DailyFigure.objects.filter(name__in={name, ALL}, day__gt=oldest)
    found = list(figures.values_list("name", "day", "value"))
    counts = [(day, value) for figure, day, value in found if figure == name and day]
    for gap in _gaps(oldest, (day for figure, day, _ in found if figure == ALL and day)):
        counts += [(day, count) for _, day, count in _counts_of(gap, {action} if action else None)]
    return sorted(((day, count) for day, count in counts if count), reverse=True)


def _counts_of(gap: Gap, actions: set[str] | None) -> Iterator[tuple[str, date, int]]:
    """Yield the counts of days that are not summed: of each of these operations, or of all together, named ""."""
    (start, end), today = gap, day_of(timezone.now())
    if not (start <= today and (end is None or today < end)):
        yield from _count(gap, actions)
        return
    so_far, tomorrow = count_so_far(today), today + DAY
    if actions is None:
        so_far = Counter({"": so_far.total()})
    yield from ((action, today, count) for action, count in so_far.items() if actions is None or action in actions)
    if start < today:
        yield from _count((start, today), actions)
    if end is None or tomorrow < end:
        yield from _count((tomorrow, end), actions)


def _count(gap: Gap, actions: set[str] | None) -> Iterator[tuple[str, date, int]]:
    """Count the events of these days. One gap at a time, so that an index alone is read."""
    day = TruncDate("created_at", tzinfo=UTC)
    if actions is None:
        days = _events_of(gap).values_list(day).annotate(count=Count("*")).order_by()
        yield from (("", *found) for found in days)
    else:
        yield from (
            _events_of(gap).filter(action__in=actions).values_list("action", day).annotate(count=Count("*")).order_by()
        )


# The settled counts of a day, by database: up to when this process has counted its events, and how many of each there
# were.
_counted: dict[tuple[str, date, str], tuple[datetime, Counter[str]]] = {}


def count_so_far(day: date) -> Counter[str]:
    """Return the counts of a day that is not over. Events older than SETTLED are counted only once for a process.

    What a replica counts is remembered for the replica alone, because it may lack events that are older.
    """
    start, end, database = midnight(day), midnight(day + DAY), read_alias()
    known = [_counted.get((settings.APPID, day, alias)) for alias in (DEFAULT_DB_ALIAS, database)]
    until, counts = max((it for it in known if it), key=itemgetter(0), default=(start, Counter()))
    settled = min(max(until, timezone.now() - SETTLED - _lag()), end)
    counts = counts + _between(until, settled)
    for key in [key for key in list(_counted) if key[1] != day]:
        _counted.pop(key, None)
    _counted[settings.APPID, day, database] = settled, counts
    return counts + _between(settled, end)


def _lag() -> timedelta:
    """Return by how much what is read now may be older than what the primary has."""
    return timedelta(seconds=settings.READ_DATABASE_MAXIMUM_LAG if is_reading_elsewhere() else 0)


def _between(start: datetime, end: datetime) -> Counter[str]:
    """Count by the index `event_of_action` alone, which the condition on the operations allows."""
    events = Event.objects.filter(action__in=Action.values, created_at__gte=start, created_at__lt=end)
    return Counter(dict(events.values_list("action").annotate(count=Count("*")).order_by()))


def forget_sums(after: date) -> None:
    """Forget the sums of days after this one, because events were added to them: `rollup_metrics` makes them anew.

    No event of these days may have been purged.
    """
    DailyFigure.objects.filter(name__in={*Action.values, ALL}, day__gt=after).delete()


def oldest_day() -> date | None:
    """Return the day of the oldest event, or None if there is none."""
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


def _events_of(gap: Gap) -> EventQuerySet:
    """Select the events of days that are not summed."""
    start, end = gap
    events = Event.objects.filter(created_at__gte=midnight(start))
    return events.filter(created_at__lt=midnight(end)) if end else events


def settled_until() -> datetime | None:
    """Return the time before which all events are summed, or None if there are no events."""
    gaps = _gaps(oldest_day(), _summed_days())
    return midnight(gaps[0][0]) if gaps else None
