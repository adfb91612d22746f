"""Metrics grow by as much as in the source."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from events.models import DailyFigure
from events.services.metric_keys import metric_keys
from node_dashboard.models import ImportedRow
from tests.concurrency.concurrent import SUCCESS, run_concurrently
from tests.node_dashboard.further_runs import PERSON, imported_counts
from tests.node_dashboard.test_people import sign_in

pytestmark = pytest.mark.django_db


def test_metrics_grow_by_as_much_as_in_the_source(moved: Any) -> None:
    sign_in(PERSON)
    moved.change("update metrics set value = 30 where metricid like 'sessions-created/%'")
    assert imported_counts(moved) == {"metrics": {"changed": 1}}
    (figure,) = metric_keys("sessions-created/2026-11-21")
    assert figure["value"] == 30 + 1
    assert imported_counts(moved) == {}


@contextmanager
def nothing_recorded() -> Iterator[None]:
    """Let records of imported rows be read but not written until the block ends."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("lock table node_dashboard_importedrow in share mode")
        yield


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_metrics_are_counted_once_by_two_imports_at_the_same_time(moved: Any) -> None:
    imported = figures()
    ImportedRow.objects.filter(table="metrics").delete()
    DailyFigure.objects.all().delete()
    assert run_concurrently(nothing_recorded(), moved.import_, moved.import_) == {SUCCESS: 2}
    assert figures() == imported
    assert imported_counts(moved) == {}


def figures() -> dict[Any, int]:
    return {(it.name, it.day): it.value for it in DailyFigure.objects.filter(value__gt=0)}


def test_totals_that_differ_from_the_sum_of_days_are_noted(original: Any) -> None:
    original.change("update metrics set value = 13 where metricid = 'accounts-created/total'")
    assert original.import_().notes == [
        "accounts-created/total is 13 in the source; here it is the sum of its days, 12."
    ]
