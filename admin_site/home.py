"""The home page: what one wants to know in the morning."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format

from accounts.gauges import COUNT_LIMIT as MOST_ACCOUNTS
from accounts.gauges import count_due_accounts
from events.models import Action
from events.services.charts import happened_on, last_days
from sessions_app.gauges import COUNT_LIMIT as MOST_SESSIONS
from sessions_app.gauges import count_active_sessions

WEEK = timedelta(days=7)
Counts = dict[Action, list[int]]


@dataclass(frozen=True)
class Figure:
    """A number, what to compare it with, and the list that it counts."""

    title: str
    value: str
    beside: str
    url: str


@dataclass(frozen=True)
class Line:
    """How often an operation was done, a day; no two lines of a chart differ by colour alone."""

    action: Action
    title: str
    colour: str = "var(--color-primary-600)"
    dashes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Chart:
    """What a chart shows, for those who see it and, `described`, for those who do not."""

    title: str
    described: str
    data: str
    options: str
    is_compared: bool


SIGN_INS = Line(Action.CREATE_SESSION, "Sign-ins")
ACCOUNTS = Line(Action.CREATE_ACCOUNT, "New accounts")
REFUSED = Line(Action.REFUSE_SIGN_IN, "Refused sign-ins", "#c2410c")
CREATED = Line(Action.CREATE_RESET_CODE, "Reset codes created")
USED = Line(Action.RESET_ACCOUNT_PASSWORD, "Reset codes used", "#c2410c", (4, 3))
CHARTS = (
    ("Sign-ins a day", (SIGN_INS,)),
    ("New accounts a day", (ACCOUNTS,)),
    ("Refused sign-ins a day", (REFUSED,)),
    ("Reset codes a day", (CREATED, USED)),
)
LINES = tuple(line for _, lines in CHARTS for line in lines)


def home(now: datetime) -> dict[str, Any]:
    """What the page shows: the days are those of TIME_ZONE, the last of them today as far as it has come."""
    days = last_days(now)
    counts = happened_on(days)
    return {
        "figures": _figures(counts, now),
        "charts": [_chart(title, lines, counts, days) for title, lines in CHARTS],
        "headings": [line.title for line in LINES],
        "table": [(day, [counts[it.action][place] for it in LINES]) for place, day in reversed([*enumerate(days)])],
    }


def _figures(counts: Counts, now: datetime) -> list[Figure]:
    active, due = count_active_sessions(now), count_due_accounts(now, WEEK)
    return [
        Figure("Signed in now", _bounded(active, MOST_SESSIONS), "sessions", _list("sessions_app_session", "active")),
        _of_today(SIGN_INS, counts),
        _of_today(ACCOUNTS, counts),
        _of_today(REFUSED, counts),
        Figure("Due for deletion", _bounded(due, MOST_ACCOUNTS), "within a week", _list("accounts_account", "due")),
        _codes(counts),
    ]


def _bounded(count: int, most: int) -> str:
    """Nothing is counted further than that."""
    return f"{count:,}+" if count == most else f"{count:,}"


def _of_today(line: Line, counts: Counts) -> Figure:
    *_, yesterday, today = counts[line.action]
    return Figure(line.title, f"{today:,}", f"today, {yesterday:,} yesterday", _events(line.action))


def _codes(counts: Counts) -> Figure:
    created, used = (sum(counts[it.action][-7:]) for it in (CREATED, USED))
    return Figure("Reset codes", f"{created:,}", f"created in 7 days, {used:,} used", _events(CREATED.action))


def _chart(title: str, lines: tuple[Line, ...], counts: Counts, days: list[date]) -> Chart:
    sets = [_set(line, counts[line.action]) for line in lines]
    return Chart(
        title,
        " ".join(_described(line, counts[line.action], days) for line in lines),
        json.dumps({"labels": [_short(day) for day in days], "datasets": sets}),
        json.dumps(_options(several=len(lines) > 1)),
        is_compared=len(lines) > 1,
    )


def _described(line: Line, values: list[int], days: list[date]) -> str:
    most = max(values)
    peak = f", most on {_short(days[values.index(most)])} ({most:,})" if most else ""
    return f"{line.title}: {sum(values):,} in {len(days)} days{peak}; {values[-2]:,} yesterday, {values[-1]:,} today."


def _set(line: Line, values: list[int]) -> dict[str, Any]:
    return {
        "label": line.title,
        "data": values,
        "borderColor": line.colour,
        "backgroundColor": line.colour,
        "borderDash": line.dashes,
    }


def _options(*, several: bool) -> dict[str, Any]:
    """Chart.js's; those of the theme have labels too pale to be read."""
    return {
        "animation": False,
        "maintainAspectRatio": False,
        "interaction": {"mode": "index", "intersect": False},
        "borderWidth": 2,
        "pointRadius": 0,
        "plugins": {"legend": {"display": several, "align": "end", "labels": {"boxHeight": 0, "boxWidth": 24}}},
        "scales": {
            "x": {"grid": {"display": False}, "ticks": {"maxTicksLimit": 5, "maxRotation": 0}},
            "y": {
                "min": 0,
                "suggestedMax": 5,
                "border": {"display": False},
                "ticks": {"maxTicksLimit": 5, "precision": 0},
            },
        },
    }


def _short(day: date) -> str:
    return date_format(day, "j M")


def _list(name: str, state: str) -> str:
    return f"{reverse(f'admin:{name}_changelist')}?{urlencode({'state': state})}"


def _events(action: Action) -> str:
    return f"{reverse('admin:events_event_changelist')}?{urlencode({'action': action.value})}"
