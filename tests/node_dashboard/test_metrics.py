"""Metrics grow by as much as in the source."""

from typing import Any

import pytest

from events.services.metric_keys import metric_keys
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


def test_totals_that_differ_from_the_sum_of_days_are_noted(original: Any) -> None:
    original.change("update metrics set value = 13 where metricid = 'accounts-created/total'")
    assert original.import_().notes == [
        "accounts-created/total is 13 in the source; here it is the sum of its days, 12."
    ]
