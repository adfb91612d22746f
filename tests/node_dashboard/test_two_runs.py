"""Two imports of the same source at the same time import it once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from events.models import DailyFigure
from node_dashboard import sync
from node_dashboard.models import ImportedRow
from node_dashboard.sync import imported_rows
from tests import node
from tests.concurrency.concurrent import SUCCESS, ConcurrentOperations, run_concurrently
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


def test_rows_that_another_run_imports_while_they_are_compared_are_unchanged(
    original: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other run commits after the rows here were read, and before the records of imported rows are."""

    def after_another_run(appid: str, table: str) -> Any:
        monkeypatch.setattr(sync, "imported_rows", imported_rows)
        another = ConcurrentOperations(original.import_)
        another.start()
        another.join()
        assert another.result() == {SUCCESS: 1}
        return imported_rows(appid, table)

    monkeypatch.setattr(sync, "imported_rows", after_another_run)
    report = original.import_()
    assert report.skipped == []
    assert report.counts["accounts"] == {"unchanged": len(node.ACCOUNTS)}
