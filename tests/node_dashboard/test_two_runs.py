"""Two imports of the same source at the same time import it once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from events.models import DailyFigure
from node_dashboard.models import ImportedRow
from tests import node
from tests.concurrency.concurrent import SUCCESS, run_concurrently
from tests.node_dashboard.further_runs import imported_counts

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@contextmanager
def nothing_recorded() -> Iterator[None]:
    """Let records of imported rows be read but not written until the block ends."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("lock table node_dashboard_importedrow in share mode")
        yield


def test_metrics_are_counted_once_by_two_imports_at_the_same_time(moved: Any) -> None:
    imported = figures()
    ImportedRow.objects.filter(table="metrics").delete()
    DailyFigure.objects.all().delete()
    assert run_concurrently(nothing_recorded(), moved.import_, moved.import_) == {SUCCESS: 2}
    assert figures() == imported
    assert imported_counts(moved) == {}


def figures() -> dict[Any, int]:
    return {(it.name, it.day): it.value for it in DailyFigure.objects.filter(value__gt=0)}


def test_only_row_of_a_batch_is_no_conflict(original: Any) -> None:
    for table in ("accounts", "profiles", "sessions", "resetCodes"):
        original.change(f'delete from "{table}" where accountid != ?', node.ACCOUNTS[0]["accountid"])
    outcomes = run_concurrently(nothing_recorded(), *[lambda: (len(original.import_().skipped),)] * 2)
    assert outcomes == {(0,): 2}
