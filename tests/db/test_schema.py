"""What the tables have, and which of their rows anybody sees."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from dashboard.models import Record, TenantManager
from tests.factories import AccountFactory, ProfileFactory, ResetCodeFactory, SessionFactory

RECORDS = [model for model in apps.get_models() if issubclass(model, Record)]


@pytest.mark.postgresql
@pytest.mark.django_db
@pytest.mark.parametrize("model", RECORDS)
def test_no_index_is_for_like(model: Any) -> None:
    """Django makes a second one for each `varchar` key, which costs every insert and serves no query of ours."""
    with connection.cursor() as cursor:
        cursor.execute("select indexname from pg_indexes where tablename = %s", [model._meta.db_table])
        names = [name for (name,) in cursor]
    assert names
    assert not [name for name in names if name.endswith("_like")]


@pytest.mark.postgresql
@pytest.mark.django_db
@pytest.mark.parametrize("model", RECORDS)
def test_no_index_stands_twice(model: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select indexdef from pg_indexes where tablename = %s", [model._meta.db_table])
        columns = [definition.partition(" USING ")[2] for (definition,) in cursor]
    assert len(set(columns)) == len(columns)


@pytest.mark.parametrize("model", RECORDS)
def test_every_manager_is_of_one_appid(model: Any) -> None:
    assert isinstance(model._default_manager, TenantManager)
    assert all(isinstance(manager, TenantManager) for manager in model._meta.managers)


@pytest.mark.django_db
@pytest.mark.parametrize("factory", [AccountFactory, ProfileFactory, SessionFactory, ResetCodeFactory])
def test_rows_of_another_appid_are_not_seen(settings: Any, factory: Any) -> None:
    row = factory()
    objects = type(row)._default_manager
    assert objects.get(pk=row.pk) == row
    assert row.appid == settings.APPID
    settings.APPID = "another"
    assert not objects.exists()
    assert not objects.filter(pk=row.pk).update(appid="another")
    theirs = factory()
    assert theirs.appid == "another"
    assert list(objects.all()) == [theirs]


@pytest.mark.django_db
def test_an_accounts_rows_of_another_appid_are_not_seen() -> None:
    account = AccountFactory()
    for factory in (ProfileFactory, SessionFactory, ResetCodeFactory):
        factory(account=account, appid="another")
    assert not account.sessions.exists()
    assert not account.profiles.exists()
    assert not account.reset_codes.exists()
