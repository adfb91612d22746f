"""The home page: what one wants to know in the morning."""

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

from admin_site.home import home
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
    """Without the making of an account for each."""
    Event.objects.bulk_create(
        Event(action=action, accountid="acct_0123456789abcdef", actor_kind="anybody", created_at=time) for time in times
    )


def figures() -> dict[str, tuple[str, str]]:
    return {it.title: (it.value, it.beside) for it in home(timezone.now())["figures"]}


def sign_ins() -> dict[str, int]:
    """Those of the chart, by its labels, where there were any."""
    data = json.loads(home(timezone.now())["charts"][0].data)
    assert len(data["labels"]) == len(data["datasets"][0]["data"]) == DAYS
    return {day: n for day, n in zip(data["labels"], data["datasets"][0]["data"], strict=True) if n}


@pytest.mark.usefixtures("noon")
def test_first_figures_are_those_of_today() -> None:
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
    assert figures() == {
        "Signed in now": ("1", "sessions"),
        "Sign-ins": ("2", "today, 1 yesterday"),
        "New accounts": ("0", "today, 1 yesterday"),
        "Refused sign-ins": ("1", "today, 0 yesterday"),
        "Due for deletion": ("2", "within a week"),
        "Reset codes": ("2", "created in 7 days, 1 used"),
    }


@pytest.mark.usefixtures("noon")
def test_more_sessions_than_are_counted_are_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sessions_app.gauges.COUNT_LIMIT", 1)
    monkeypatch.setattr("admin_site.home.MOST_SESSIONS", 1)
    for _ in range(2):
        SessionFactory()
    assert figures()["Signed in now"] == ("1+", "sessions")


@pytest.mark.usefixtures("noon")
@pytest.mark.parametrize(
    ("zone", "midnight"),
    [
        ("UTC", datetime(2022, 11, 2, tzinfo=UTC)),
        ("America/New_York", datetime(2022, 11, 2, 4, tzinfo=UTC)),
        ("Asia/Kolkata", datetime(2022, 11, 1, 18, 30, tzinfo=UTC)),
    ],
)
def test_day_begins_at_midnight_of_the_time_zone(settings: Any, zone: str, midnight: datetime) -> None:
    settings.TIME_ZONE = zone
    happened(Action.CREATE_SESSION, midnight - MOMENT, midnight, midnight)
    assert sign_ins() == {"1 Nov": 1, "2 Nov": 2}
    run("rollup_metrics")
    assert sign_ins() == {"1 Nov": 1, "2 Nov": 2}


@pytest.mark.usefixtures("noon")
def test_ninety_days_are_shown() -> None:
    first = datetime(2022, 8, 5, tzinfo=UTC)
    happened(Action.CREATE_SESSION, first - MOMENT, first)
    assert sign_ins() == {"5 Aug": 1}


def test_charts_say_in_words_and_in_a_table_what_they_show(noon: Any, support: Browser) -> None:
    happened(Action.CREATE_SESSION, *[NOON - timedelta(days=3)] * 1234, NOON)
    page = support.get("")
    assert (
        'role="img" aria-label="Sign-ins: 1,235 in 90 days, most on 30 Oct (1,234); 0 yesterday, 1 today."'
        in page.content.decode()
    )
    rows = re.findall(r"<tr>(.*?)</tr>", page.content.decode(), re.DOTALL)
    assert len(rows) == 1 + DAYS
    assert unescape(re.sub(r"<[^>]*>|\s+", " ", rows[4])).split() == ["Sun", "30", "Oct", "2022", "1,234", *"0000"]


def test_figures_lead_to_the_rows_that_they_count(noon: Any, support: Browser) -> None:
    due = AccountFactory(deleted_at=NOON + timedelta(days=6))
    AccountFactory(deleted_at=NOON + timedelta(days=8))
    AccountFactory()
    for figure in home(NOON)["figures"]:
        assert support.get(figure.url.removeprefix("/admin/")).status_code == 200
    assert "2 accounts" in text(support.get("accounts/account/", state="scheduled"))
    page = text(support.get("accounts/account/", state="due"))
    assert due.pk in page
    assert "1 account" in page
    assert "2 accounts" not in page


def test_page_asks_no_more_after_years_than_on_the_first_day(noon: Any, support: Browser) -> None:
    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            assert support.get("").status_code == 200
        return [query["sql"] for query in captured]

    happened(Action.CREATE_SESSION, NOON)
    queries()  # the session is looked up, and in the cache from then on
    before = queries()
    happened(Action.CREATE_SESSION, *(NOON - timedelta(days=days) for days in range(1, 400)))
    run("rollup_metrics")
    assert len(queries()) == len(before) <= 8
