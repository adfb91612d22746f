"""Rows that are added, written and locked by statements that are made once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.transaction import TransactionManagementError

from accounts.models import Account
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.db import prepared
from events.models import Event
from tests.factories import AccountFactory

UNKNOWN = "acct_0123456789abcdef"
MOMENT = datetime(2026, 11, 21, 1, 33, 31, 619123, tzinfo=UTC)


@pytest.mark.django_db
def test_an_added_row_reads_back_as_it_was() -> None:
    event = Event(
        action="create-session", accountid=UNKNOWN, ip_address="::1", user_agent="100%s 'Ü'", created_at=MOMENT
    )
    prepared.insert(event)
    found = Event.objects.get(accountid=UNKNOWN)
    assert {**vars(found), "id": None, "_state": None} == {**vars(event), "_state": None}


@pytest.mark.django_db
def test_a_row_is_not_added_twice() -> None:
    account = AccountFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        account.insert()


@pytest.mark.django_db
def test_only_the_named_fields_are_written() -> None:
    account = AccountFactory(session_key_number=1)
    account.session_key_number, account.last_signed_in_at = 2, MOMENT
    prepared.update(account, "last_signed_in_at")
    found = Account.objects.get(pk=account.pk)
    assert (found.session_key_number, found.last_signed_in_at) == (1, MOMENT)


@pytest.mark.django_db
def test_a_row_that_is_gone_cannot_be_written() -> None:
    with pytest.raises(DatabaseError):
        prepared.update(Account(pk=UNKNOWN), "last_signed_in_at")


@pytest.mark.django_db
def test_a_locked_row_has_every_column() -> None:
    account = Account.objects.get(pk=AccountFactory().pk)
    locked = Account.objects.get_for_update(account.pk)
    assert {**vars(locked), "_state": None} == {**vars(account), "_state": None}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "refusal"),
    [("", ErrorCode.ACCOUNTID_MISSING), ("acct_", ErrorCode.ACCOUNTID_UNKNOWN), (UNKNOWN, ErrorCode.ACCOUNTID_UNKNOWN)],
)
def test_what_is_no_row_is_refused(given: str, refusal: ErrorCode) -> None:
    with pytest.raises(DashboardError) as error:
        Account.objects.get_for_update(given)
    assert error.value.error_code is refusal


@pytest.mark.django_db
def test_a_row_of_another_appid_is_unknown() -> None:
    account = AccountFactory(appid="another")
    with pytest.raises(DashboardError) as error:
        Account.objects.get_for_update(account.pk)
    assert error.value.error_code is ErrorCode.ACCOUNTID_UNKNOWN


@pytest.mark.django_db
def test_an_account_is_found_by_its_name_under_any_key(settings: Any) -> None:
    older, newer = AccountFactory(username="older"), AccountFactory(username="newer")
    AccountFactory(username="older", appid="another")
    settings.DASHBOARD_ENCRYPTION_KEY = ["a newer key", *settings.DASHBOARD_ENCRYPTION_KEY]
    assert Account.objects.by_username("older") == older
    assert Account.objects.by_username("newer") == newer
    assert Account.objects.by_username("nobody") is None


@pytest.mark.django_db
def test_of_two_accounts_with_a_name_the_older_is_found(settings: Any) -> None:
    older = AccountFactory(username="somebody")
    settings.DASHBOARD_ENCRYPTION_KEY = ["a newer key", *settings.DASHBOARD_ENCRYPTION_KEY]
    AccountFactory(username="somebody", created_at=older.created_at + timedelta(days=1))
    assert Account.objects.by_username("somebody") == older


@pytest.mark.django_db(transaction=True)
def test_locking_takes_a_transaction() -> None:
    account = AccountFactory()
    with pytest.raises(TransactionManagementError):
        Account.objects.get_for_update(account.pk)


@pytest.mark.django_db
def test_changes_are_made_together() -> None:
    account, event = AccountFactory(session_key_number=1), Event(action="create-session", accountid=UNKNOWN)
    account.session_key_number = 2
    with prepared.together():
        prepared.update(account, "session_key_number")
        prepared.insert(event)
        assert Account.objects.get(pk=account.pk).session_key_number == 1
    assert Account.objects.get(pk=account.pk).session_key_number == 2
    assert Event.objects.filter(accountid=UNKNOWN).count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db
def test_changes_together_are_one_statement(django_assert_num_queries: Any) -> None:
    account = AccountFactory()
    with django_assert_num_queries(1), prepared.together():
        prepared.update(account, "last_signed_in_at")
        prepared.insert(Event(action="create-session"))
        prepared.insert(Event(action="create-session"))
    assert Event.objects.count() == 2


@prepared.together()
def _change(*rows: Account | Event) -> None:
    for row in rows:
        if isinstance(row, Account):
            prepared.update(row, "session_key_number")
        else:
            prepared.insert(row)


@pytest.mark.django_db
def test_a_row_that_is_gone_cannot_be_written_with_others() -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        _change(Event(action="create-session"), Account(pk=UNKNOWN))
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_a_row_is_not_changed_twice_together() -> None:
    account = AccountFactory(session_key_number=1)
    with pytest.raises(TransactionManagementError):
        _change(Account(pk=account.pk, session_key_number=2), Account(pk=account.pk, session_key_number=3))
    assert Account.objects.get(pk=account.pk).session_key_number == 1


@pytest.mark.django_db
def test_nothing_is_made_of_changes_that_are_given_up() -> None:
    with pytest.raises(AttributeError):
        _change(Event(action="create-session"), None)  # type: ignore[arg-type]
    _change(Event(action="create-account"))
    assert list(Event.objects.values_list("action", flat=True)) == ["create-account"]
