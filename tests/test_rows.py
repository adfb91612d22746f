"""Rows that are checked in one test are checked as if each had a test of its own."""

from typing import Any

import pytest
from django.conf import settings as django_settings

from accounts.models import Account
from dashboard.cache import rows as cache
from tests.factories import AccountFactory
from tests.rows import in_one_test


def test_every_row_that_fails_is_told_by_its_name() -> None:
    @in_one_test((f"row {number}", {"number": number}) for number in range(4))
    def check(number: int) -> None:
        assert number % 2
        with pytest.raises(ZeroDivisionError):
            1 / (number - 1)

    with pytest.raises(BaseExceptionGroup) as raised:
        check()
    told = [(type(error), error.__notes__) for error in raised.value.exceptions]
    assert told == [
        (AssertionError, ["This is of row 0."]),
        (AssertionError, ["This is of row 2."]),
        (pytest.fail.Exception, ["This is of row 3."]),
    ]


@in_one_test((str(number), {"number": number}) for number in range(2))
def test_no_row_finds_what_another_left(db: None, settings: Any, monkeypatch: Any, number: int) -> None:
    assert not Account.objects.exists()
    assert django_settings.APPID == "dashboard"
    assert cache.DIRTY_SECONDS
    AccountFactory()
    settings.APPID = "another"
    assert django_settings.APPID == "another"
    monkeypatch.setattr(cache, "DIRTY_SECONDS", 0)
