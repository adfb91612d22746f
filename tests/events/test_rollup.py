"""manage.py rollup_metrics and purge_events: daily sums stand for the events of days that are over."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from events.models import DailyFigure, Event
from events.services import purging
from events.services.rollup import rollup_metrics
from tests.commands import run
from tests.factories import EventFactory

NOW = datetime(2022, 11, 2, 12, tzinfo=UTC)
HOUR, MOMENT = timedelta(hours=1), timedelta(microseconds=1)
DAYS = [f"2022-10-{day}" for day in range(28, 32)] + ["2022-11-01", "2022-11-02"]
KEYS = [f"{name}/{period}" for name in ("sessions-created", "active-sessions") for period in ("total", "2022", *DAYS)]


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def happened(*times, action="create-session"):
    """Without the making of an account for each."""
    Event.objects.bulk_create(
        Event(action=action, accountid="acct_0123456789abcdef", actor_kind="anybody", created_at=time) for time in times
    )


@pytest.fixture
def history(clock, db):
    """Sign-ins on four days, one of them today, and something else on a fifth; nothing on 2022-10-30."""
    happened(*(NOW - timedelta(days=days) for days in (5, 5, 4, 2, 0)))
    happened(NOW - timedelta(days=1), action="create-account")


def metrics(administrator):
    answer = administrator.get("administrator/metric-keys", keys=",".join(KEYS)).json()
    return {it["metricid"]: it["value"] for it in answer}


def counts(administrator):
    actions = "", "create-session", "nothing", "events"
    return [administrator.get("administrator/events-count", action=action).json() for action in actions]


def sums():
    return set(DailyFigure.objects.values_list("name", "day__day", "value"))


@pytest.mark.usefixtures("history")
def test_days_that_are_over_are_summed():
    assert run("rollup_metrics").said == "5 days summed\n"
    assert sums() == {
        *(("events", 28, 2), ("events", 29, 1), ("events", 30, 0), ("events", 31, 1), ("events", 1, 1)),
        *(("create-session", 28, 2), ("create-session", 29, 1), ("create-session", 31, 1), ("create-account", 1, 1)),
    }


@pytest.mark.usefixtures("history")
def test_figures_are_the_same_summed_or_not(administrator):
    before = metrics(administrator), counts(administrator)
    assert before[0]["sessions-created/total"] == 5
    run("rollup_metrics")
    assert (metrics(administrator), counts(administrator)) == before
    DailyFigure.objects.filter(day__day=29).delete()  # a day that was missed
    assert (metrics(administrator), counts(administrator)) == before


@pytest.mark.usefixtures("history")
def test_a_day_is_summed_once():
    run("rollup_metrics")
    before = list(DailyFigure.objects.values())
    assert run("rollup_metrics", "--json").wire == {"days": 0}
    assert list(DailyFigure.objects.values()) == before


@pytest.mark.usefixtures("history")
def test_it_can_be_interrupted_and_run_again(administrator):
    before = metrics(administrator)
    first = next(rollup_metrics(NOW))
    assert (str(first), DailyFigure.objects.filter(name="events").count()) == ("2022-10-28", 1)
    assert metrics(administrator) == before
    assert run("rollup_metrics").said == "4 days summed\n"
    assert metrics(administrator) == before


def test_a_day_is_summed_once_its_transactions_are_over(clock, db):
    happened(NOW)
    clock.move_to(datetime(2022, 11, 3, 0, 9, 59, tzinfo=UTC))
    assert run("rollup_metrics").said == "0 days summed\n"
    clock.move_to(datetime(2022, 11, 3, 0, 10, tzinfo=UTC))
    assert run("rollup_metrics").said == "1 day summed\n"


def test_nothing_is_summed_where_nothing_happened(db):
    assert run("rollup_metrics").said == "0 days summed\n"


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize("day", ["2022-03-27", "2022-10-30", "2022-11-06"])  # on which clocks are changed somewhere
def test_sums_are_of_days_of_utc(zone, day, administrator, settings):
    settings.TIME_ZONE = zone
    begin = datetime.fromisoformat(f"{day}T00:00Z")
    end = begin + 24 * HOUR
    happened(begin - MOMENT, begin, begin + 12 * HOUR, end - MOMENT, end)
    for _ in rollup_metrics(end + timedelta(days=3)):
        pass
    assert DailyFigure.objects.get(name="create-session", day=day).value == 3
    answer = administrator.get(
        "administrator/metric-keys", keys=f"sessions-created/{day},sessions-created/total"
    ).json()
    assert [it["value"] for it in answer] == [3, 5]


def test_what_came_from_elsewhere_without_a_day_is_in_the_total_alone(administrator, history):
    before = metrics(administrator)
    DailyFigure.objects.create(name="sessions-created", day=None, value=100)
    DailyFigure.objects.create(name="sessions-created", day="2022-10-29", value=10)
    added = {"total": 110, "2022": 10, "2022-10-29": 10}
    expected = {key: value + added.get(key.partition("/")[2], 0) for key, value in before.items()}
    expected |= {key: value for key, value in before.items() if key.startswith("active")}
    assert metrics(administrator) == expected
    run("rollup_metrics")
    assert metrics(administrator) == expected


def test_sums_make_reading_independent_of_the_number_of_events(administrator, history, django_assert_num_queries):
    run("rollup_metrics")
    with django_assert_num_queries(7) as queries:  # one is the sign-in's
        metrics(administrator)
    counted = next(query["sql"] for query in queries if "COUNT" in query["sql"])
    assert "2022-11-02 00:00" in counted  # only the events of today


# Purging


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_old_events_go_and_figures_stay(limit, administrator, history, monkeypatch):
    monkeypatch.setattr(purging, "EVENTS_PER_TRANSACTION", limit)
    before = metrics(administrator)
    assert run("purge_events", "--older-than", "3d", "--dry-run").said == "3 events would be deleted\n"
    assert Event.objects.count() == 6
    assert run("purge_events", "--older-than", "3d").said == "3 events deleted\n"
    assert {event.created_at.day for event in Event.objects.all()} == {31, 1, 2}
    assert metrics(administrator) == before
    assert counts(administrator) == [3, 2, 0, 0]
    assert run("purge_events", "--older-than", "3d", "--json").wire == {"deleted": 0}


def test_events_go_by_whole_days(clock, db):
    happened(NOW - timedelta(days=3), NOW - timedelta(days=3) - 12 * HOUR, NOW - timedelta(days=3) - 12 * HOUR - MOMENT)
    assert run("purge_events", "--older-than", "3d").said == "1 event deleted\n"


def test_events_of_a_day_that_is_not_summed_stay(clock, db):
    clock.move_to(datetime(2022, 11, 2, 0, 5, tzinfo=UTC))
    happened(datetime(2022, 11, 1, 12, tzinfo=UTC))
    assert run("purge_events", "--older-than", "1m").said == "0 events deleted\n"
    assert Event.objects.count() == 1


def test_events_of_another_app_stay(history, settings):
    settings.APPID = "another"
    EventFactory(created_at=NOW - timedelta(days=9))
    assert run("purge_events", "--older-than", "3d").said == "1 event deleted\n"
    assert Event._base_manager.count() == 6
