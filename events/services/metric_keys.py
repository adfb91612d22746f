"""Values of the metric-keys route: how often something happened on a day, in a month, in a year, or in total."""

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

YEARS = 1970, 9000  # bounds of a query; no row is older or newer
ACTIVE_SESSIONS = "active-sessions"
ACTIONS = {
    "accounts-created": Action.CREATE_ACCOUNT,
    "account-delete-requests": Action.SET_ACCOUNT_DELETED,
    "account-deleted": Action.DELETE_ACCOUNT,
    "sessions-created": Action.CREATE_SESSION,
    ACTIVE_SESSIONS: Action.CREATE_SESSION,  # and, as DailyFigure, the later days on which a session was seen
    "resetcodes-created": Action.CREATE_RESET_CODE,
    "resetcodes-used": Action.RESET_ACCOUNT_PASSWORD,
}
METRIC_KEY = r"[a-z][a-z-]*/(total|[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?)"
METRIC_KEY_PATTERN = re.compile(METRIC_KEY)


def metric_keys(keys: str) -> list[JSON]:
    """Return the metrics of `keys`, which are separated by commas, in that order, without those whose value is 0.

    A key is a name and a period: name/total, name/YYYY, name/YYYY-MM or name/YYYY-MM-DD, in UTC. Raises
    invalid-keys (400) for missing keys, invalid-key (400) for a malformed one.
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
    """Return the first day of the first year of these periods, and the last day of the last."""
    if "total" in periods:
        return date.min, date.max
    years = [min(max(int(period[:4]), YEARS[0]), YEARS[1]) for period in periods]
    return date(min(years), 1, 1), date(max(years), 12, 31)


def _daily(names: set[str], first: date, last: date) -> Iterable[tuple[str, date | None, int]]:
    """Yield the counts of each name by day: those of events, and those of DailyFigure that no event stands for."""
    for action, day, count in daily({ACTIONS[name] for name in names}, first, last):
        yield from ((name, day, count) for name in names if ACTIONS[name] == action)
    wanted = Q(day__range=(first, last)) | (Q(day=None) if first == date.min else Q())
    yield from DailyFigure.objects.filter(wanted, name__in=names).values_list("name", "day", "value")


def count_active_sessions(sessions: Mapping[date, int]) -> None:
    """Add sessions to the active ones of these days. Sign-ins of the day itself are counted by their events."""
    if settings.DISABLE_METRICS:
        return
    for day, count in sorted(sessions.items()):  # sorted, to avoid deadlocks
        DailyFigure.objects.bulk_create([DailyFigure(name=ACTIVE_SESSIONS, day=day, value=0)], ignore_conflicts=True)
        DailyFigure.objects.filter(name=ACTIVE_SESSIONS, day=day).update(value=F("value") + count)
