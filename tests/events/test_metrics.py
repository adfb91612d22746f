"""administrator/metric-keys: how often something happened, in total, in a year, in a month, on a day."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.conf import settings as current

from events.models import DailyFigure, Event
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory, SessionFactory

AT = datetime(2022, 6, 24, 12, tzinfo=UTC)
ACTIONS = {
    "accounts-created": "create-account",
    "account-delete-requests": "set-account-deleted",
    "account-deleted": "delete-account",
    "sessions-created": "create-session",
    "active-sessions": "create-session",
    "resetcodes-created": "create-reset-code",
    "resetcodes-used": "reset-account-password",
}


def happened(action, *times, **fields):
    for time in times:
        Event.objects.create(action=action, accountid="acct_0123456789abcdef", created_at=time, **fields)


def metric(metricid, value):
    return {"object": "metric", "appid": current.APPID, "metricid": metricid, "value": value}


def values(administrator, *keys):
    """What is answered for these keys: value by metricid, in the order of the answer."""
    answer = administrator.get("administrator/metric-keys", keys=",".join(keys)).json()
    assert answer == [metric(it["metricid"], it["value"]) for it in answer]
    return [(it["metricid"], it["value"]) for it in answer]


def test_metric_is_answered(administrator):
    happened("create-account", AT, AT)
    response = administrator.get("administrator/metric-keys", keys="accounts-created/total")
    assert response.json() == [
        {"object": "metric", "appid": "dashboard", "metricid": "accounts-created/total", "value": 2}
    ]


def test_nothing_that_happened_is_an_empty_list(administrator):
    assert administrator.get("administrator/metric-keys", keys="accounts-created/total").content == b"[]"


@pytest.mark.parametrize("name", ACTIONS)
def test_every_name_counts_its_operation(name, administrator):
    happened(ACTIONS[name], AT, AT, AT)
    assert values(administrator, f"{name}/total") == [(f"{name}/total", 3)]


@pytest.mark.parametrize(
    ("period", "value"),
    [
        ("total", 6),
        ("2022", 5),
        ("2021", 1),
        ("2022-06", 4),
        ("2022-05", 1),
        ("2022-06-24", 3),
        ("2022-06-25", 1),
        ("2022-06-23", None),
        ("2022-02-30", None),
        ("2020", None),
        ("0000", None),
        ("9999-12-31", None),
    ],
)
def test_period_counts_what_happened_in_it(period, value, administrator):
    days = ["2021-06-24", "2022-05-24", "2022-06-24", "2022-06-24", "2022-06-24", "2022-06-25"]
    happened("create-session", *(datetime.fromisoformat(f"{day}T12:00:00Z") for day in days))
    key = f"sessions-created/{period}"
    assert values(administrator, key) == ([] if value is None else [(key, value)])


def test_metrics_stand_in_the_order_of_the_keys_without_those_that_have_no_value(administrator):
    happened("create-session", AT)
    happened("create-account", AT, AT)
    given = ["sessions-created/2022", "accounts-created/2021", "accounts-created/total", "nothing/total"]
    asked = [*given, "resetcodes-used/total", "sessions-created/2022-06-24", "sessions-created/2022"]
    assert values(administrator, *asked) == [
        ("sessions-created/2022", 1),
        ("accounts-created/total", 2),
        ("sessions-created/2022-06-24", 1),
        ("sessions-created/2022", 1),
    ]


def test_operations_of_no_name_are_not_counted(administrator):
    happened("create-profile", AT)
    assert values(administrator, *(f"{name}/total" for name in ACTIONS)) == []


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata"])
def test_day_begins_and_ends_in_utc_whatever_the_time_zone(zone, administrator, settings):
    settings.TIME_ZONE = zone
    begin, moment = datetime(2022, 6, 24, tzinfo=UTC), timedelta(microseconds=1)
    end = begin + timedelta(days=1)
    happened("create-session", begin - moment, begin, begin + timedelta(hours=12), end - moment, end)
    expected = [(f"sessions-created/2022-06-{day}", value) for day, value in [(23, 1), (24, 3), (25, 1)]]
    assert values(administrator, *(key for key, _ in expected)) == expected


def test_month_and_year_begin_in_utc(administrator, settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    happened("create-session", datetime(2021, 12, 31, 23, 59, tzinfo=UTC), datetime(2022, 1, 1, tzinfo=UTC))
    asked = [f"sessions-created/{period}" for period in ("2021", "2022", "2021-12", "2022-01", "2022-01-01")]
    assert values(administrator, *asked) == [(key, 1) for key in asked]


def test_active_sessions_are_those_signed_in_and_those_seen_on_a_later_day(administrator):
    happened("create-session", AT, AT)
    DailyFigure.objects.create(name="active-sessions", day=date(2022, 6, 24), value=5)
    DailyFigure.objects.create(name="active-sessions", day=date(2022, 6, 25), value=1)
    expected = [
        ("active-sessions/2022-06-24", 7),
        ("active-sessions/2022-06-25", 1),
        ("active-sessions/2022-06", 8),
        ("sessions-created/total", 2),
    ]
    assert values(administrator, *(key for key, _ in expected)) == expected


def test_metrics_can_be_disabled(administrator, settings):
    happened("create-session", AT)
    settings.DISABLE_METRICS = True
    assert values(administrator, "sessions-created/total") == []
    refused = administrator.get("administrator/metric-keys", keys="sessions-created")
    assert outcome(refused) == (400, "invalid-key")


@pytest.mark.parametrize(("names", "queries"), [(["accounts-created"], 7), (list(ACTIONS), 7)], ids=["one", "all"])
def test_number_of_keys_does_not_change_the_number_of_queries(names, queries, administrator, django_assert_num_queries):
    happened("create-session", AT)
    keys = ",".join(f"{name}/{period}" for name in names for period in ("total", "2022", "2022-06", "2022-06-24"))
    with django_assert_num_queries(queries + 1):  # one is the sign-in's
        administrator.get("administrator/metric-keys", keys=keys)


@time_machine.travel(AT, tick=False)
def test_what_is_done_is_counted(guest):
    """One account of each fate, by real requests."""
    boss = ApiClient(SessionFactory(account=AccountFactory(administrator=True)))
    credentials = {"username": "somebody", "password": PASSWORD}
    accountid = guest.post("user/create-account", credentials).json()["accountid"]
    guest.post("user/create-session", credentials)
    guest.post("user/create-reset-code", {"secret-code": "abc123"}, accountid=accountid)
    new = {"username": "somebody", "new-password": "a new password", "secret-code": "abc123"}
    guest.patch("user/reset-account-password", new)
    boss.patch("administrator/set-account-deleted", accountid=accountid)
    boss.delete("administrator/delete-account", accountid=accountid)
    keys = [f"{name}/2022-06-24" for name in ACTIONS]
    assert values(boss, *keys) == [(key, 1) for key in keys]
