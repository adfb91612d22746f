"""Daily sums and the deletion of what they stand for, by two at once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from events.models import DailyFigure, Event
from events.services.purging import purge_events
from events.services.rollup import rollup_metrics
from tests.concurrency.concurrent import ConcurrentOperations

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def happened(days: int, count: int) -> None:
    now = timezone.now()
    Event.objects.bulk_create(
        Event(action="create-session", actor_kind="anybody", created_at=now - timedelta(days=day))
        for day in range(1, days + 1)
        for _ in range(count)
    )


def both(operation) -> None:
    race = ConcurrentOperations(operation, operation)
    race.start()
    race.join()
    race.result()


def test_of_two_who_sum_the_same_days_each_day_is_summed_once() -> None:
    happened(20, 3)
    both(lambda: list(rollup_metrics(timezone.now())))
    figures = DailyFigure.objects.order_by("day")
    assert list(figures.filter(name="events").values_list("value", flat=True)) == [3] * 20
    assert list(figures.filter(name="create-session").values_list("value", flat=True)) == [3] * 20


def test_of_two_who_delete_the_same_events_each_is_deleted_and_told_once(monkeypatch) -> None:
    monkeypatch.setattr("events.services.purging.EVENTS_PER_TRANSACTION", 5)
    happened(20, 5)
    told: list[int] = []
    both(lambda: told.extend(purge_events(timedelta(days=10))))
    assert sum(told) == 10 * 5
    assert Event.objects.count() == 10 * 5
    assert sum(DailyFigure.objects.filter(name="create-session").values_list("value", flat=True)) == 100
