"""DB_PREPARED=false: the plain ORM does what the prepared statements do."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from random import Random
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import DatabaseError, transaction

from dashboard.cache.rows import row_cache
from dashboard.db import prepared
from dashboard.db.prepared import reading, writing
from events.models import Event
from resetcodes.models import ResetCode
from sessions_app.models import Session
from tests.cache.test_marks import OPERATIONS, STATES, RequestContext
from tests.client import ApiClient
from tests.factories import AccountFactory, SessionFactory
from tests.isolation import transaction_of_test

NOW = datetime(2026, 11, 21, 1, 33, 31, 619123, tzinfo=UTC)
SALTED = {"password"}
GENERATED = {"id"}
FIRST_PARTY = ("accounts", "sessions_app", "resetcodes", "events")


@pytest.fixture(autouse=True)
def _frozen_clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def orm_only(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Turn prepared statements off, and fail a test that executes one all the same."""
    settings.DB_PREPARED = False
    monkeypatch.setattr(reading, "_fetch", None)
    for name in ("_execute", "_execute_as_one"):
        monkeypatch.setattr(writing, name, None)


def stored_rows() -> dict[str, list[dict[str, Any]]]:
    """Return every row, without columns that differ between two runs of the same operation."""
    return {
        model.__name__: [
            {name: value for name, value in row.items() if name not in SALTED | GENERATED}
            for row in model._base_manager.order_by("pk").values()
        ]
        for label in FIRST_PARTY
        for model in apps.get_app_config(label).get_models()
    }


def rows_after(service: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what an operation stores, with predictable ids and tokens, and roll it back."""
    numbers = count(1)
    AccountFactory.reset_sequence()
    with monkeypatch.context() as patched, transaction_of_test():
        patched.setattr(secrets, "token_hex", lambda size: f"{next(numbers):0{size * 2}x}")
        patched.setattr(secrets, "choice", Random(1).choice)
        OPERATIONS[service](RequestContext(**STATES.get(service, {})))
        rows = stored_rows()
        transaction.set_rollback(True)
    return rows


@pytest.mark.django_db
@pytest.mark.parametrize("service", OPERATIONS, ids=lambda service: service.__name__)
def test_operation_stores_the_same_rows(
    service: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    row_cache.ping()  # redis-py draws a name for its pool, once
    expected = rows_after(service, monkeypatch)
    request.getfixturevalue("orm_only")
    found = rows_after(service, monkeypatch)
    assert found == expected
    assert any(found.values())


@pytest.mark.parametrize("parameters", [{}, {"limit": "2"}, {"offset": "1", "limit": "1"}, {"all": "true"}])
def test_list_has_the_same_page(parameters: dict[str, str], db: None, request: pytest.FixtureRequest) -> None:
    administrator = ApiClient(SessionFactory(account=AccountFactory(administrator=True)))
    after = SessionFactory.create_batch(4)[-1]
    wanted = [parameters, parameters | {"after": after.sessionid}, parameters | {"accountid": after.account_id}]
    expected = [administrator.get("administrator/sessions", **it).json() for it in wanted]
    request.getfixturevalue("orm_only")
    assert [administrator.get("administrator/sessions", **it).json() for it in wanted] == expected
    assert all(expected[:1])


def test_setting_is_read_when_it_is_needed(db: None, settings: Any, django_assert_num_queries: Any) -> None:
    account = AccountFactory()
    settings.DB_PREPARED = False
    changes = [account.pending_update("deleted_at"), prepared.insert(Event(action="create-session"))]
    with django_assert_num_queries(2):
        prepared.execute_together(changes)


def test_row_that_is_gone_cannot_be_written(orm_only: None, db: None) -> None:
    for model in (Session, ResetCode):
        with pytest.raises(DatabaseError), transaction.atomic():
            prepared.execute(prepared.update(model(pk="none_0000000000000000"), "updated_at"))
