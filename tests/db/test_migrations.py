"""Operations for migrations while the previous release serves, as the database executes them."""

from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, migrations, models, transaction
from django.db.migrations.state import ModelState, ProjectState
from django.utils import timezone

from accounts.models import Account, SignInClient
from dashboard.db.migrations import AddConstraintNotValid, CascadeInDatabase, ValidateConstraint
from second_factors.models import RecoveryCode
from sessions_app.revocations import Revocation
from tests.factories import AccountFactory

CHECK = models.CheckConstraint(condition=models.Q(number__gte=0), name="not_negative")
VALIDATION = ValidateConstraint("book", "not_negative")


def released(model: Any) -> bool:
    """Return whether the table was there in version 1.0.0, which is from before foreign keys cascaded."""
    return model._meta.label in ("accounts.Profile", "sessions_app.Session", "resetcodes.ResetCode")


def referring_to_accounts() -> list[str]:
    fields = [field for model in apps.get_models() if not released(model) for field in model._meta.concrete_fields]
    keys = [field for field in fields if field.related_model is Account and field.db_constraint]
    return sorted(field.model._meta.db_table for field in keys if field.model._meta.app_label != "admin")


@pytest.mark.postgresql
@pytest.mark.django_db
def test_tables_that_the_previous_release_does_not_know_let_it_delete_accounts() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, confdeltype = 'c' AND convalidated AND condeferrable FROM pg_constraint"
            " WHERE contype = 'f' AND confrelid = 'accounts_account'::regclass"
        )
        found = dict(cursor.fetchall())
    tables = referring_to_accounts()
    assert "second_factors_secondfactor" in tables
    assert {table: found[table] for table in tables} == dict.fromkeys(tables, True)


@pytest.mark.postgresql
@pytest.mark.django_db
def test_rows_go_with_an_account_that_is_deleted_by_sql() -> None:
    account, other = AccountFactory.create_batch(2)
    for owner in (account, other):
        SignInClient.objects.create(account=owner, client="network 192.0.2.7/32")
        RecoveryCode.objects.create(account=owner, code_hash="a")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_account WHERE accountid = %s", [account.accountid])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert [row.account_id for row in (*SignInClient.objects.all(), *RecoveryCode.objects.all())] == [other.pk] * 2


@pytest.fixture
def books(transactional_db: None) -> Any:
    """A table of its own, with a row that the check forbids."""
    state = ProjectState()
    state.add_model(ModelState("app", "Book", [("id", models.BigAutoField(primary_key=True)), ("number", NUMBER)]))
    model = state.apps.get_model("app", "Book")
    with connection.schema_editor() as editor:
        editor.create_model(model)
    model.objects.create(number=-1)
    yield state
    with connection.schema_editor() as editor:
        editor.delete_model(model)


NUMBER = models.IntegerField()


def apply(state: ProjectState, operation: Any, *, backwards: bool = False) -> None:
    after = state.clone()
    operation.state_forwards("app", after)
    with connection.schema_editor(atomic=False) as editor:
        if backwards:
            operation.database_backwards("app", editor, after, state)
        else:
            operation.database_forwards("app", editor, state, after)


@pytest.mark.postgresql
def test_a_check_holds_for_new_rows_first_and_for_all_when_it_is_validated(books: ProjectState) -> None:
    model, addition = books.apps.get_model("app", "Book"), AddConstraintNotValid("book", CHECK)
    apply(books, addition)
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(number=-2)
    with pytest.raises(IntegrityError):
        apply(books, VALIDATION)
    model.objects.update(number=1)
    apply(books, VALIDATION)
    apply(books, VALIDATION, backwards=True)
    apply(books, addition, backwards=True)
    model.objects.create(number=-2)


@pytest.mark.skipif(connection.vendor == "postgresql", reason="is about SQLite")
def test_sqlite_adds_a_check_at_once(books: ProjectState) -> None:
    books.apps.get_model("app", "Book").objects.update(number=1)
    apply(books, AddConstraintNotValid("book", CHECK))
    apply(books, VALIDATION)
    with pytest.raises(IntegrityError), transaction.atomic():
        books.apps.get_model("app", "Book").objects.create(number=-2)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_cascade_can_be_taken_back() -> None:
    state = migrations.state.ProjectState.from_apps(apps)
    cascade = CascadeInDatabase("signinclient", "account")

    def is_cascading() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT confdeltype = 'c' FROM pg_constraint WHERE contype = 'f'"
                " AND conrelid = 'accounts_signinclient'::regclass"
            )
            return [found for (found,) in cursor.fetchall()] == [True]

    try:
        with connection.schema_editor(atomic=False) as editor:
            cascade.database_backwards("accounts", editor, state, state)
        assert not is_cascading()
    finally:
        with connection.schema_editor(atomic=False) as editor:
            cascade.database_forwards("accounts", editor, state, state)
    assert is_cascading()


def delete_as_a_release_that_does_not_know_the_new_tables(account: Account) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_account WHERE accountid = %s", [account.pk])


def test_the_previous_release_can_delete_accounts_with_new_rows(db: None) -> None:
    account, other = AccountFactory.create_batch(2)
    for it in (account, other):
        RecoveryCode.objects.create(account=it, code_hash="a hash")
        Revocation.objects.create(account=it, session_key_number=1, at=timezone.now(), action="end-sessions")
    delete_as_a_release_that_does_not_know_the_new_tables(account)
    assert RecoveryCode.objects.get().account_id == other.pk
    assert Revocation.objects.get().account_id == other.pk
    connection.check_constraints()


@pytest.mark.skipif(connection.vendor == "postgresql", reason="is about SQLite")
def test_sqlite_has_a_trigger_for_each_cascade(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%%cascade'")
        names = {name for (name,) in cursor.fetchall()}
    assert names == {f"{table}_account_id_cascade" for table in referring_to_accounts()}


@pytest.mark.skipif(connection.vendor == "postgresql", reason="is about SQLite")
@pytest.mark.django_db(transaction=True)
def test_the_trigger_of_a_cascade_can_be_taken_back() -> None:
    state = migrations.state.ProjectState.from_apps(apps)
    cascade, account = CascadeInDatabase("recoverycode", "account"), AccountFactory()
    RecoveryCode.objects.create(account=account, code_hash="a hash")
    with connection.schema_editor(atomic=False) as editor:
        cascade.database_backwards("second_factors", editor, state, state)
    try:
        with pytest.raises(IntegrityError):
            delete_as_a_release_that_does_not_know_the_new_tables(account)
    finally:
        with connection.schema_editor(atomic=False) as editor:
            cascade.database_forwards("second_factors", editor, state, state)
    delete_as_a_release_that_does_not_know_the_new_tables(account)
    assert not RecoveryCode.objects.exists()
