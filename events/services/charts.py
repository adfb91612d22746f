"""Counts of operations by day, for the administrators' home page."""

from collections import Counter
from datetime import date, datetime

from django.conf import settings
from django.db.models import Count
from django.utils import timezone

from events.models import Action, Event
from events.services.rollup import DAY, SETTLED, daily, day_of, midnight

CHARTED = (
    Action.CREATE_SESSION,
    Action.CREATE_ACCOUNT,
    Action.REFUSE_SIGN_IN,
    Action.CREATE_RESET_CODE,
    Action.RESET_ACCOUNT_PASSWORD,
)


def last_days(now: datetime, number: int = 90) -> list[date]:
    """Return the last days of UTC, the oldest first, up to today."""
    today = day_of(now)
    return [today - DAY * ago for ago in reversed(range(number))]


def happened_on(days: list[date]) -> dict[Action, list[int]]:
    """Return the counts of each operation of CHARTED on each of these consecutive days, the last of them today."""
    *past, today = days
    place = {day: number for number, day in enumerate(days)}
    figures = {action: [0] * len(days) for action in CHARTED}
    for action, day, count in daily(CHARTED, past[0], past[-1]) if past else ():
        figures[Action(action)][place[day]] += count
    for action, count in _so_far(today).items():
        figures[Action(action)][-1] = count
    return figures


# The settled counts of a day: up to when this process has counted its events, and how many of each there were.
_counted: dict[tuple[str, date], tuple[datetime, Counter[str]]] = {}


def _so_far(day: date) -> Counter[str]:
    """Return the counts of a day that is not over. Events older than SETTLED are counted only once for a process."""
    start, end = midnight(day), midnight(day + DAY)
    until, counts = _counted.get((settings.APPID, day), (start, Counter()))
    settled = min(max(until, timezone.now() - SETTLED), end)
    counts = counts + _between(until, settled)
    _counted.clear()
    _counted[settings.APPID, day] = settled, counts
    return counts + _between(settled, end)


def _between(start: datetime, end: datetime) -> Counter[str]:
    events = Event.objects.filter(action__in=CHARTED, created_at__gte=start, created_at__lt=end)
    return Counter(dict(events.values_list("action").annotate(count=Count("*")).order_by()))
