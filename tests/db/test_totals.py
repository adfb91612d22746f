"""Totals: exact where few rows are counted, and an estimate beyond that."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from dashboard.db.counts import totals
from dashboard.db.counts.totals import Total
from tests.factories import AccountFactory


@pytest.fixture
def accounts(db: None) -> None:
    AccountFactory.create_batch(30, password="!")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_account")


@pytest.mark.usefixtures("accounts")
def test_up_to_the_limit_a_total_is_exact() -> None:
    assert totals.count(Account.objects.all(), 30) == Total(30)
    assert str(Total(1234)) == "1,234"


@pytest.mark.usefixtures("accounts")
def test_beyond_the_limit_no_more_rows_are_counted() -> None:
    with CaptureQueriesContext(connection) as queries:
        total = totals.count(Account.objects.newest_first(), 29)
    assert "LIMIT 30" in queries[0]["sql"]
    expected = {
        "postgresql": Total(30, is_exact=False, is_estimate=True),
        "sqlite": Total(29, is_exact=False),
    }
    assert total == expected[connection.vendor]


@pytest.mark.postgresql
@pytest.mark.usefixtures("accounts")
def test_estimate_below_what_was_counted_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(totals, "_expected", lambda rows: 12)
    assert totals.count(Account.objects.all(), 29) == Total(29, is_exact=False)


@pytest.mark.parametrize(
    ("number", "rounded"), [(0, 0), (7, 7), (10_123, 10_000), (1_049_999, 1_000_000), (1_550_001, 1_600_000)]
)
def test_estimates_have_two_digits(number: int, rounded: int) -> None:
    assert totals._rounded(number) == rounded


def test_totals_read_as_what_they_are() -> None:
    assert str(Total(10_000, is_exact=False)) == "More than 10,000"
    assert str(Total(1_000_000, is_exact=False, is_estimate=True)) == "About 1,000,000"
