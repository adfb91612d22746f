"""The home page: today's numbers, and charts of the last 90 days."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format

from accounts.gauges import COUNT_LIMIT as ACCOUNTS_LIMIT
from accounts.gauges import count_due_accounts
from accounts.models import Account
from events.models import Action
from events.services.charts import happened_on, last_days
from sessions_app.gauges import COUNT_LIMIT as SESSIONS_LIMIT
from sessions_app.gauges import count_active_sessions

WEEK = timedelta(days=7)
Counts = dict[Action, list[int]]


@dataclass(frozen=True)
class Metric:
    """A number, a note that puts it into perspective, and the address of the list of counted rows."""

    title: str
    value: str
    note: str
    url: str


@dataclass(frozen=True)
class Series:
    """The daily counts of an action. Series of one chart can be told apart without their colours."""

    action: Action
    title: str
    colour: str = "var(--color-primary-600)"
    dashes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A chart for Chart.js, with its `data` and `options` as JSON, and a `description` for screen readers."""

    title: str
    description: str
    data: str
    options: str
    is_line_chart: bool


SIGN_INS = Series(Action.CREATE_SESSION, "Sign-ins")
ACCOUNTS = Series(Action.CREATE_ACCOUNT, "New accounts")
REFUSED = Series(Action.REFUSE_SIGN_IN, "Refused sign-ins", "#c2410c")
CREATED = Series(Action.CREATE_RESET_CODE, "Reset codes created")
USED = Series(Action.RESET_ACCOUNT_PASSWORD, "Reset codes used", "#c2410c", (4, 3))
CHARTS = (
    ("Sign-ins per day", (SIGN_INS,)),
    ("New accounts per day", (ACCOUNTS,)),
    ("Refused sign-ins per day", (REFUSED,)),
    ("Reset codes per day", (CREATED, USED)),
)
SERIES = tuple(series for _, chart in CHARTS for series in chart)


def home_context(now: datetime) -> dict[str, Any]:
    """Return the template context of the home page. Days are those of UTC; the last one is today so far."""
    days = last_days(now)
    counts = happened_on(days)
    return {
        "metrics": _metrics(counts, now),
        "charts": [_chart(title, chart, counts, days) for title, chart in CHARTS],
        "headings": [series.title for series in SERIES],
        "is_new": Account.objects.all()[:2].count() < 2,
        "table": [(day, [counts[it.action][i] for it in SERIES]) for i, day in reversed([*enumerate(days)])],
    }


def _metrics(counts: Counts, now: datetime) -> list[Metric]:
    active = _bounded(count_active_sessions(now), SESSIONS_LIMIT)
    due = _bounded(count_due_accounts(now, WEEK), ACCOUNTS_LIMIT)
    return [
        Metric("Active sessions", active, "signed in now", _list_url("sessions_app_session", "active")),
        _metric_of_today(SIGN_INS, counts),
        _metric_of_today(ACCOUNTS, counts),
        _metric_of_today(REFUSED, counts),
        Metric("Due for deletion", due, "within a week", _list_url("accounts_account", "due")),
        _reset_codes_metric(counts),
    ]


def _bounded(count: int, limit: int) -> str:
    """Format a count that stops at `limit`."""
    return f"{count:,}+" if count == limit else f"{count:,}"


def _metric_of_today(series: Series, counts: Counts) -> Metric:
    *_, yesterday, today = counts[series.action]
    return Metric(series.title, f"{today:,}", f"today, {yesterday:,} yesterday", _events_url(series.action))


def _reset_codes_metric(counts: Counts) -> Metric:
    created, used = (sum(counts[it.action][-7:]) for it in (CREATED, USED))
    return Metric("Reset codes", f"{created:,}", f"created in 7 days, {used:,} used", _events_url(CREATED.action))


def _chart(title: str, chart: tuple[Series, ...], counts: Counts, days: list[date]) -> Chart:
    datasets = [_dataset(series, counts[series.action]) for series in chart]
    return Chart(
        title,
        " ".join(_description(series, counts[series.action], days) for series in chart),
        json.dumps({"labels": [_short(day) for day in days], "datasets": datasets}),
        json.dumps(_options(has_legend=len(chart) > 1)),
        is_line_chart=len(chart) > 1,
    )


def _description(series: Series, values: list[int], days: list[date]) -> str:
    highest = max(values)
    peak = f", most on {_short(days[values.index(highest)])} ({highest:,})" if highest else ""
    recent = f"{values[-2]:,} yesterday, {values[-1]:,} today"
    return f"{series.title}: {sum(values):,} in {len(days)} days{peak}; {recent}."


def _dataset(series: Series, values: list[int]) -> dict[str, Any]:
    return {
        "label": series.title,
        "data": values,
        "borderColor": series.colour,
        "backgroundColor": series.colour,
        "borderDash": series.dashes,
    }


def _options(*, has_legend: bool) -> dict[str, Any]:
    """Return options for Chart.js. The labels of the theme's default options are too pale to read."""
    return {
        "animation": False,
        "maintainAspectRatio": False,
        "interaction": {"mode": "index", "intersect": False},
        "borderWidth": 2,
        "pointRadius": 0,
        "plugins": {"legend": {"display": has_legend, "align": "end", "labels": {"boxHeight": 0, "boxWidth": 24}}},
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


def _list_url(name: str, state: str) -> str:
    return f"{reverse(f'admin:{name}_changelist')}?{urlencode({'state': state})}"


def _events_url(action: Action) -> str:
    return f"{reverse('admin:events_event_changelist')}?{urlencode({'action': action.value})}"
