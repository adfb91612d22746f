"""Events at an offset of the list, which are found by the sums of days."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.listing import EventList
from events.models import Action, DailyFigure, Event
from events.services.offsets import event_at
from tests.commands import run
from tests.factories import EventFactory

NOW = timezone.now()
AGES = [0, 0, 0, 1, 1, 2, 4, 4, 4, 5]  # in days: the third day has no event


@pytest.fixture(
    params=["partly summed", *(pytest.param(it, marks=pytest.mark.exhaustive) for it in ("summed", "not summed"))]
)
def events(request: pytest.FixtureRequest, db: None) -> None:
    """Events of some days, several of one time and of two operations; the oldest day is half purged."""
    for number, age in enumerate(AGES):
        action = Action.CREATE_SESSION if number % 3 else Action.CREATE_ACCOUNT
        EventFactory.create_batch(3, action=action, created_at=NOW - timedelta(days=age))
    if request.param != "not summed":
        run("rollup_metrics")
    if request.param == "partly summed":
        DailyFigure.objects.filter(
            day__in=[(NOW - timedelta(days=age)).astimezone(UTC).date() for age in (1, 4)]
        ).delete()
    oldest = Event.objects.order_by("created_at", "pk").values_list("pk", flat=True)[:2]
    models.QuerySet.delete(Event.objects.filter(pk__in=list(oldest)))


def positions(action: str) -> list[tuple[datetime, int]]:
    return list(EventList(action=action).queryset().values_list("created_at", "pk"))


@pytest.mark.usefixtures("events")
@pytest.mark.parametrize("action", ["", Action.CREATE_SESSION, Action.DELETE_ACCOUNT, "unknown"])
def test_event_at_an_offset(action: str) -> None:
    rows = positions(action)
    for start in (None, *range(0, len(rows), 4)):
        after = None if start is None else Event(created_at=rows[start][0], pk=rows[start][1])
        rest = rows if start is None else rows[start + 1 :]
        found = [event_at(action, offset, after) for offset in range(len(rest) + 2)]
        assert [it and (it.created_at, it.pk) for it in found] == [*rest, None, None]
    assert EventList(action=action).count() == len(rows)


@pytest.mark.usefixtures("events")
def test_page_at_a_far_offset(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = positions("")
    monkeypatch.setattr("dashboard.api.pagination.FAR", 5)
    assert [it.pk for it in EventList().page(None, 9, 4)] == [pk for _, pk in rows[9:13]]
    assert EventList().page(None, 100, 4) == []


def test_summed_days_are_not_read(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    EventFactory.create_batch(20, created_at=NOW - timedelta(days=2))
    EventFactory(created_at=NOW - timedelta(days=3))
    run("rollup_metrics")
    monkeypatch.setattr("dashboard.api.pagination.FAR", 5)
    with CaptureQueriesContext(connection) as queries:
        EventList().page(None, 20, 4)
    counted = [query["sql"] for query in queries if "COUNT" in query["sql"]]
    assert not any(
        f"{NOW - timedelta(days=2):%Y-%m-%d}" in sql.partition("WHERE")[2].partition("<")[0] for sql in counted
    )
