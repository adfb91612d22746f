"""Connections that threads keep."""

import pytest
from django.db import connection
from django.db.utils import ConnectionHandler

from accounts.models import Account
from tests.factories import AccountFactory

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def another() -> ConnectionHandler:
    """Another thread's connection."""
    handler = ConnectionHandler({"default": {**connection.settings_dict}})
    yield handler["default"]
    handler["default"].close()


def test_connection_that_the_server_closed_is_opened_again(another) -> None:
    another.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [another.connection.info.backend_pid])
    another.health_check_done = False  # as at the beginning of each request
    with another.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_connection_is_looked_at_without_asking_the_server(another) -> None:
    another.ensure_connection()
    assert another.is_usable()
    before = _statements(another)
    assert another.is_usable()
    assert _statements(another) == before


def _statements(wrapper) -> object:
    """When the backend of this connection was last given a statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT query_start FROM pg_stat_activity WHERE pid = %s", [wrapper.connection.info.backend_pid])
        return cursor.fetchone()


def test_connection_that_was_closed_here_is_not_usable(another) -> None:
    assert not another.is_usable()
    another.ensure_connection()
    another.connection.close()
    assert not another.is_usable()


def test_statement_that_is_repeated_is_prepared() -> None:
    account = AccountFactory()
    for _ in range(5):
        Account.objects.get(pk=account.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ["%accounts_account%"])
        assert cursor.fetchone()[0] >= 1
