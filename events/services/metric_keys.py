"""The figures of the metric-keys route: how often something happened on a day, in a month, in a year, ever."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

from django.conf import settings
from django.db.models import F, Q

from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.json import JSON
from events.models import Action, DailyFigure
from events.services.rollup import daily

YEARS = 1970, 9000  # none of our rows is from another
ACTIVE_SESSIONS = "active-sessions"
ACTIONS = {
    "accounts-created": Action.CREATE_ACCOUNT,
    "account-delete-requests": Action.SET_ACCOUNT_DELETED,
    "account-deleted": Action.DELETE_ACCOUNT,
    "sessions-created": Action.CREATE_SESSION,
    ACTIVE_SESSIONS: Action.CREATE_SESSION,  # and, as daily figures, the later days on which a session was seen
    "resetcodes-created": Action.CREATE_RESET_CODE,
    "resetcodes-used": Action.RESET_ACCOUNT_PASSWORD,
}
METRIC_KEY = r"[a-z][a-z-]*/(total|[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?)"
METRIC_KEY_PATTERN = re.compile(METRIC_KEY)


def metric_keys(keys: str) -> list[JSON]:
    """The metrics that `keys` names, separated by commas, in that order; those without a value are left out.

    A key is a name and a period: name/total, name/YYYY, name/YYYY-MM or name/YYYY-MM-DD, in TIME_ZONE. Raises
    invalid-keys (400) where they are missing, invalid-key (400) for one of another form.
    """
    if not keys:
        raise DashboardError(ErrorCode.METRIC_KEYS_MISSING)
    metricids = keys.split(",")
    if not all(METRIC_KEY_PATTERN.fullmatch(metricid) for metricid in metricids):
        raise DashboardError(ErrorCode.METRIC_KEY_INVALID)
    if settings.DISABLE_METRICS:
        return []
    values = _values(metricids)
    return [
        {"object": "metric", "appid": settings.APPID, "metricid": metricid, "value": values[metricid]}
        for metricid in metricids
        if values[metricid]
    ]


def _values(metricids: list[str]) -> Counter[str]:
    keys = [metricid.split("/") for metricid in metricids]
    names, periods = {name for name, _ in keys} & ACTIONS.keys(), {period for _, period in keys}
    values: Counter[str] = Counter()
    for name, day, count in _daily(names, *_span(periods)):
        for period in ("total", *(f"{day:%Y %Y-%m %Y-%m-%d}".split() if day else ())):
            values[f"{name}/{period}"] += count
    return values


def _span(periods: set[str]) -> tuple[date, date]:
    """The first day of the first year that is asked for, and the last of the last."""
    if "total" in periods:
        return date.min, date.max
    years = [min(max(int(period[:4]), YEARS[0]), YEARS[1]) for period in periods]
    return date(min(years), 1, 1), date(max(years), 12, 31)


def _daily(names: set[str], first: date, last: date) -> Iterable[tuple[str, date | None, int]]:
    """How often each was on each of these days: as the events tell, and the figures that no event tells."""
    for action, day, count in daily({ACTIONS[name] for name in names}, first, last):
        yield from ((name, day, count) for name in names if ACTIONS[name] == action)
    wanted = Q(day__range=(first, last)) | (Q(day=None) if first == date.min else Q())
    yield from DailyFigure.objects.filter(wanted, name__in=names).values_list("name", "day", "value")


def count_active_sessions(sessions: Mapping[date, int]) -> None:
    """Add to the active sessions of these days, those that were signed in on another day."""
    if settings.DISABLE_METRICS:
        return
    for day, count in sorted(sessions.items()):  # always in the same order, against deadlocks
        DailyFigure.objects.bulk_create([DailyFigure(name=ACTIVE_SESSIONS, day=day, value=0)], ignore_conflicts=True)
        DailyFigure.objects.filter(name=ACTIVE_SESSIONS, day=day).update(value=F("value") + count)
