"""The home page shows today's numbers, and charts of the last 90 days."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from admin_site.pages.home import home_context
from events.models import Action, Event
from tests.admin.browser import Browser, text
from tests.commands import run
from tests.factories import AccountFactory, SessionFactory

NOON = datetime(2022, 11, 2, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
DAYS = 90


@pytest.fixture
def noon(db: None) -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def happened(action: Action, *times: datetime) -> None:
    """Record events without an account for each."""
    Event.objects.bulk_create(
        Event(action=action, accountid="acct_0123456789abcdef", actor_kind="anybody", created_at=time) for time in times
    )


def metrics() -> dict[str, tuple[str, str]]:
    return {it.title: (it.value, it.note) for it in home_context(timezone.now())["metrics"]}


def sign_ins() -> dict[str, int]:
    """Return the non-zero values of the first chart by their labels."""
    data = json.loads(home_context(timezone.now())["charts"][0].data)
    assert len(data["labels"]) == len(data["datasets"][0]["data"]) == DAYS
    return {day: n for day, n in zip(data["labels"], data["datasets"][0]["data"], strict=True) if n}


@pytest.mark.usefixtures("noon")
def test_metrics_are_those_of_today() -> None:
    happened(Action.CREATE_SESSION, NOON, NOON, NOON - timedelta(days=1))
    happened(Action.CREATE_ACCOUNT, NOON - timedelta(days=1))
    happened(Action.REFUSE_SIGN_IN, NOON)
    happened(Action.CREATE_RESET_CODE, NOON, NOON - timedelta(days=6), NOON - timedelta(days=7))
    happened(Action.RESET_ACCOUNT_PASSWORD, NOON - timedelta(days=2))
    SessionFactory()
    SessionFactory(expired=True)
    SessionFactory(is_ended_by_request=True)
    for days in (-1, 6, 8):
        AccountFactory(deleted_at=NOON + timedelta(days=days))
    assert metrics() == {
        "Active sessions": ("1", "signed in now"),
        "Sign-ins": ("2", "today, 1 yesterday"),
        "New accounts": ("0", "today, 1 yesterday"),
        "Refused sign-ins": ("1", "today, 0 yesterday"),
        "Due for deletion": ("2", "within a week"),
        "Reset codes": ("2", "created in 7 days, 1 used"),
    }


@pytest.mark.usefixtures("noon")
def test_count_beyond_the_limit_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sessions_app.gauges.COUNT_LIMIT", 1)
    monkeypatch.setattr("admin_site.pages.home.SESSIONS_LIMIT", 1)
    for _ in range(2):
        SessionFactory()
    assert metrics()["Active sessions"] == ("1+", "signed in now")


@pytest.mark.usefixtures("noon")
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_day_begins_at_midnight_utc(settings: Any, zone: str) -> None:
    settings.TIME_ZONE = zone
    midnight = datetime(2022, 11, 2, tzinfo=UTC)
    happened(Action.CREATE_SESSION, midnight - MOMENT, midnight, midnight)
    assert sign_ins() == {"1 Nov": 1, "2 Nov": 2}
    run("rollup_metrics")
    assert sign_ins() == {"1 Nov": 1, "2 Nov": 2}


@pytest.mark.usefixtures("noon")
def test_ninety_days_are_shown() -> None:
    first = datetime(2022, 8, 5, tzinfo=UTC)
    happened(Action.CREATE_SESSION, first - MOMENT, first)
    assert sign_ins() == {"5 Aug": 1}


def test_charts_are_described_and_repeated_as_a_table(noon: Any, support: Browser) -> None:
    happened(Action.CREATE_SESSION, *[NOON - timedelta(days=3)] * 1234, NOON)
    page = support.get("")
    assert (
        'role="img" aria-label="Sign-ins: 1,235 in 90 days, most on 30 Oct (1,234); 0 yesterday, 1 today."'
        in page.content.decode()
    )
    rows = re.findall(r"<tr>(.*?)</tr>", page.content.decode(), re.DOTALL)
    assert len(rows) == 1 + DAYS
    assert unescape(re.sub(r"<[^>]*>|\s+", " ", rows[4])).split() == ["Sun", "30", "Oct", "2022", "1,234", *"0000"]


def test_metrics_link_to_the_rows_that_they_count(noon: Any, support: Browser) -> None:
    due = AccountFactory(deleted_at=NOON + timedelta(days=6))
    AccountFactory(deleted_at=NOON + timedelta(days=8))
    AccountFactory()
    for metric in home_context(NOON)["metrics"]:
        assert support.get(metric.url.removeprefix("/admin/")).status_code == 200
    assert "2 accounts" in text(support.get("accounts/account/", state="scheduled"))
    page = text(support.get("accounts/account/", state="due"))
    assert due.pk in page
    assert "1 account" in page
    assert "2 accounts" not in page


def test_page_makes_as_many_queries_after_years_as_on_the_first_day(noon: Any, support: Browser) -> None:
    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            assert support.get("").status_code == 200
        return [query["sql"] for query in captured]

    happened(Action.CREATE_SESSION, NOON)
    queries()  # the session is cached from now on
    before = queries()
    happened(Action.CREATE_SESSION, *(NOON - timedelta(days=days) for days in range(1, 400)))
    run("rollup_metrics")
    assert len(queries()) == len(before) <= 9
