"""Rows that are added, written and locked by statements that are made once."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.db.backends.sqlite3.base import DatabaseWrapper as SQLite
from django.db.models import QuerySet
from django.db.transaction import TransactionManagementError

from accounts.models import Account, SignInClient
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.db import prepared
from dashboard.db.postgresql.base import DatabaseWrapper as PostgreSQL
from dashboard.db.prepared.writing import _as_parameter
from events.models import Action, Event
from sessions_app.models import Session
from tests.factories import AccountFactory, SessionFactory

WARSAW = timezone(timedelta(hours=1))
UNKNOWN = "acct_0123456789abcdef"
MOMENT = datetime(2026, 11, 21, 1, 33, 31, 619123, tzinfo=UTC)


@pytest.mark.django_db
def test_an_added_row_reads_back_as_it_was() -> None:
    event = Event(
        action="create-session", accountid=UNKNOWN, ip_address="::1", user_agent="100%s 'Ü'", created_at=MOMENT
    )
    prepared.execute(prepared.insert(event))
    found = Event.objects.get(accountid=UNKNOWN)
    of_database = {"id": None, "transaction_id": None, "_state": None}
    assert vars(found) | of_database == vars(event) | of_database


@pytest.mark.django_db
def test_a_row_is_read_with_the_row_that_it_names(django_assert_num_queries: Any) -> None:
    session = SessionFactory(ip_address="2001:db8::7")
    with django_assert_num_queries(1):
        found = Session.objects.find(session.pk, "account")
        account = found.account
    assert vars(account) | {"_state": None} == vars(Account.objects.get(pk=session.account_id)) | {"_state": None}
    assert vars(found) | {"_state": None} == vars(Session.objects.get(pk=session.pk)) | {"_state": None}
    alone = Session.objects.find(session.pk)
    assert alone
    assert alone._state.fields_cache == {}
    assert Session.objects.find("sess_0123456789abcdef", "account") is None


@pytest.mark.django_db
def test_an_account_has_no_rows_of_others() -> None:
    session, other = SessionFactory(), SessionFactory()
    assert session.account.sessions.get_or_refuse(session.pk) == session
    with pytest.raises(DashboardError) as caught:
        session.account.sessions.get_or_refuse(other.pk)
    assert caught.value.error_code is ErrorCode.SESSIONID_UNKNOWN


@pytest.mark.django_db
def test_a_row_of_another_app_is_not_read() -> None:
    session = SessionFactory(appid="another")
    assert Session.objects.find(session.pk, "account") is None
    with pytest.raises(DashboardError) as caught:
        Session.objects.get_or_refuse(session.pk)
    assert caught.value.error_code is ErrorCode.SESSIONID_UNKNOWN


@pytest.mark.django_db
def test_a_row_is_not_added_twice() -> None:
    account = AccountFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        prepared.execute(account.pending_insert())


@pytest.mark.django_db
def test_only_the_named_fields_are_written() -> None:
    account = AccountFactory(session_key_number=1)
    account.session_key_number, account.last_signed_in_at = 2, MOMENT
    prepared.execute(prepared.update(account, "last_signed_in_at"))
    found = Account.objects.get(pk=account.pk)
    assert (found.session_key_number, found.last_signed_in_at) == (1, MOMENT)


class Noon(models.DateTimeField):  # type: ignore[type-arg]
    """A field whose values are not those of the database."""

    def get_prep_value(self, value: Any) -> Any:
        return value.replace(hour=12)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (models.DateTimeField(), datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)),
        (models.DateTimeField(), datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=WARSAW)),
        (models.DateField(), datetime(2026, 1, 2, 3, tzinfo=UTC)),
        (Noon(), datetime(2026, 1, 2, 3, tzinfo=UTC)),
        (models.CharField(), Action.RESET_SESSION_KEY),
    ],
    ids=["UTC", "another zone", "a date", "a field of one's own", "a choice"],
)
@pytest.mark.parametrize("wrapper", [SQLite, PostgreSQL])
def test_the_database_gets_the_value_that_the_orm_would_give_it(wrapper: Any, column: Any, value: Any) -> None:
    database = wrapper(connection.settings_dict)  # which is not connected
    assert _as_parameter(column, value, database) == column.get_db_prep_save(value, database)


def test_a_time_without_a_zone_is_taken_as_the_orm_takes_it() -> None:
    database = PostgreSQL(connection.settings_dict)
    column, naive = models.DateTimeField(), datetime(2026, 1, 2, 3)  # noqa: DTZ001
    with pytest.warns(RuntimeWarning, match="naive datetime"):
        expected = column.get_db_prep_save(naive, database)
    with pytest.warns(RuntimeWarning, match="naive datetime"):
        assert _as_parameter(column, naive, database) == expected


@pytest.mark.django_db
@pytest.mark.parametrize("together", [False, True], ids=["alone", "together"])
def test_rows_are_set_to_values_that_the_statement_does_not_have(together: bool) -> None:
    account = AccountFactory()
    SignInClient.objects.create(account=account, client="a network", failed_sign_ins=2)
    counts: list[int] = []
    for moment in (MOMENT, MOMENT + timedelta(days=1)):
        change = prepared.update_all(
            of_account, {"locked_until": prepared.Placeholder("at")}, account=account.pk, at=moment
        )
        with transaction.atomic():
            if together:
                prepared.execute_together(
                    [change.and_then(counts.append), account.pending_update("session_key_number")]
                )
            else:
                prepared.execute(change.and_then(counts.append))
        assert SignInClient.objects.get().locked_until == moment
    assert counts == [1, 1]


def of_account(account: str, at: datetime) -> QuerySet[SignInClient]:
    return SignInClient.objects.filter(account=account)


@pytest.mark.django_db
def test_columns_are_fetched_together() -> None:
    account, other = AccountFactory(), AccountFactory()
    networks = ["a", "b", "c {with} 'signs', \"quotes\""]
    for network in networks:
        SignInClient.objects.create(account=account, client=network)
    found = prepared.fetch_columns(
        prepared.column(networks_of, account=account.pk),
        prepared.column(networks_of, account=other.pk),
        prepared.column(networks_of, account=account.pk),
    )
    assert [sorted(it) for it in found] == [networks, [], networks]
    assert prepared.fetch_columns() == []


def networks_of(account: str) -> QuerySet[SignInClient, str]:
    return SignInClient.objects.filter(account=account).values_list("client", flat=True)


@pytest.mark.django_db
def test_a_row_that_is_gone_cannot_be_written() -> None:
    with pytest.raises(DatabaseError):
        prepared.execute(prepared.update(Account(pk=UNKNOWN), "last_signed_in_at"))


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


@pytest.mark.postgresql
@pytest.mark.django_db
def test_two_rows_are_locked_by_one_statement(django_assert_num_queries: Any) -> None:
    shared, account = AccountFactory(), AccountFactory()
    with django_assert_num_queries(1):
        locked = Account.objects.find_for_share_and_update(shared.pk, account.pk)
    assert locked == (shared, account)
    assert Account.objects.find_for_share_and_update(shared.pk, UNKNOWN) == (shared, None)
    assert Account.objects.find_for_share_and_update(UNKNOWN, account.pk) == (None, account)
    assert Account.objects.find_for_share_and_update(shared.pk, "\0") == (shared, None)


@pytest.mark.django_db(transaction=True)
def test_locking_two_rows_takes_a_transaction() -> None:
    with pytest.raises(TransactionManagementError):
        Account.objects.find_for_share_and_update(UNKNOWN, UNKNOWN[::-1])


@pytest.mark.django_db
def test_changes_are_made_together() -> None:
    account, event = AccountFactory(session_key_number=1), Event(action="create-session", accountid=UNKNOWN)
    account.session_key_number = 2
    changes = [prepared.update(account, "session_key_number"), prepared.insert(event)]
    assert Account.objects.get(pk=account.pk).session_key_number == 1
    prepared.execute_together(changes)
    assert Account.objects.get(pk=account.pk).session_key_number == 2
    assert Event.objects.filter(accountid=UNKNOWN).count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db
def test_changes_together_are_one_statement(django_assert_num_queries: Any) -> None:
    changes = [
        prepared.update(AccountFactory(), "last_signed_in_at"),
        prepared.insert(Event(action="create-session")),
        prepared.insert(Event(action="create-session")),
    ]
    with django_assert_num_queries(1):
        prepared.execute_together(changes)
    assert Event.objects.count() == 2


def failing(account: str) -> QuerySet[SignInClient]:
    return SignInClient.objects.filter(account=account, failed_sign_ins__gt=0)


@pytest.mark.django_db
@pytest.mark.parametrize("failures", [[], [2], [1, 0, 7]], ids=str)
@pytest.mark.parametrize("together", [False, True], ids=["alone", "together"])
def test_all_rows_of_a_query_are_changed_and_no_others(failures: list[int], together: bool) -> None:
    account, other = AccountFactory(session_key_number=1), AccountFactory()
    for number, count in enumerate([*failures, 5]):
        owner = account if number < len(failures) else other
        SignInClient.objects.create(
            account=owner, client=f"network {number}", failed_sign_ins=count, locked_until=MOMENT
        )
    change = prepared.update_all(failing, {"failed_sign_ins": 0, "locked_until": None}, account=account.pk)
    write(change, account, together=together)
    found = {it.client: (it.failed_sign_ins, it.locked_until) for it in SignInClient.objects.all()}
    expected = {f"network {number}": (0, None if count else MOMENT) for number, count in enumerate(failures)}
    assert found == expected | {f"network {len(failures)}": (5, MOMENT)}


@pytest.mark.django_db
@pytest.mark.parametrize("networks", [["unknown"], ["a"], ["a", "b"]], ids=str)
@pytest.mark.parametrize("together", [False, True], ids=["alone", "together"])
def test_all_rows_of_a_query_are_deleted_and_no_others(networks: list[str], together: bool) -> None:
    account = AccountFactory(session_key_number=1)
    clients = {
        name: SignInClient.objects.create(account=account, client=name, failed_sign_ins=1) for name in ("a", "b", "c")
    }
    counts: list[int] = []
    pks = {f"pk{number}": clients[name].pk if name in clients else 0 for number, name in enumerate(networks)}
    change = prepared.delete_all(with_pks, **pks).and_then(counts.append)
    write(change, account, together=together)
    assert counts == [len(clients.keys() & set(networks))]
    assert {it.client for it in SignInClient.objects.all()} == clients.keys() - set(networks)


def write(change: Any, account: Account, *, together: bool) -> None:
    """Write a change, alone or together with one of this account."""
    account.session_key_number = 2
    number = account.pending_update("session_key_number")
    with transaction.atomic():
        if together:
            prepared.execute_together([number, change])
        else:
            prepared.execute(change)
    assert Account.objects.get(pk=account.pk).session_key_number == (2 if together else 1)


def with_pks(**pks: Any) -> QuerySet[SignInClient]:
    return SignInClient._base_manager.filter(pk__in=list(pks.values()))


@pytest.mark.postgresql
@pytest.mark.django_db
@pytest.mark.parametrize("narrow", [lambda rows: rows[:1], lambda rows: rows.distinct()], ids=["slice", "distinct"])
def test_a_deletion_does_not_take_more_than_the_query_selects(narrow: Any) -> None:
    account = AccountFactory()
    SignInClient.objects.create(account=account, client="a network", failed_sign_ins=1)
    with pytest.raises(TypeError):
        prepared.execute(prepared.delete_all(lambda account: narrow(failing(account)), account=account.pk))
    assert SignInClient.objects.exists()


@pytest.mark.django_db
def test_a_row_that_is_gone_cannot_be_written_with_others() -> None:
    changes = [
        prepared.insert(Event(action="create-session")),
        prepared.update(Account(pk=UNKNOWN), "session_key_number"),
    ]
    with pytest.raises(DatabaseError), transaction.atomic():
        prepared.execute_together(changes)
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_a_row_is_not_changed_twice_together() -> None:
    account = AccountFactory(session_key_number=1)
    rows = [Account(pk=account.pk, session_key_number=number) for number in (2, 3)]
    with pytest.raises(TransactionManagementError):
        prepared.execute_together([prepared.update(row, "session_key_number") for row in rows])
    assert Account.objects.get(pk=account.pk).session_key_number == 1


@pytest.mark.django_db(transaction=True)
def test_changes_together_take_a_transaction() -> None:
    with pytest.raises(TransactionManagementError):
        prepared.execute_together([prepared.insert(Event(action="create-session"))])
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_nothing_is_made_of_changes_that_are_given_up() -> None:
    prepared.insert(Event(action="create-session"))
    prepared.execute_together([prepared.insert(Event(action="create-account"))])
    assert list(Event.objects.values_list("action", flat=True)) == ["create-account"]


@pytest.mark.django_db
def test_what_follows_a_change_is_done_once_it_is_made() -> None:
    done: list[int] = []
    change = prepared.insert(Event(action="create-session")).and_then(lambda: done.append(Event.objects.count()))
    other = prepared.insert(Event(action="create-account")).and_then(lambda: done.append(-1))
    assert not done
    prepared.execute_together([change, other])
    assert done[-1] == -1
    assert done[0] >= 1


@pytest.mark.django_db
def test_an_update_names_fields() -> None:
    with pytest.raises(ValueError, match="Name the fields"):
        prepared.update(AccountFactory())
