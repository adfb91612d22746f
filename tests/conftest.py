"""Fixtures that every test may use."""

import secrets

import pytest
from django.db import connection

from dashboard_project import cache
from events import figures
from sessions_app import last_seen, services
from tests.client import ApiClient
from tests.factories import AccountFactory, SessionFactory


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if connection.vendor != "postgresql":
        for item in items:
            if item.get_closest_marker("postgresql"):
                item.add_marker(pytest.mark.skip(reason="needs the row locks of PostgreSQL"))


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of one test are rolled back, and must not be found by the next in what outlives them."""
    monkeypatch.setattr(cache.store, "key_prefix", secrets.token_hex(8))
    for memory in (last_seen._noted, last_seen._written, services._accountid_of, cache._owed, figures._counted):
        memory.clear()


@pytest.fixture
def guest(db: None) -> ApiClient:
    """Nobody in particular."""
    return ApiClient()


@pytest.fixture
def user(db: None) -> ApiClient:
    """Somebody signed in, without a role."""
    return ApiClient(SessionFactory())


@pytest.fixture
def administrator(db: None) -> ApiClient:
    """A signed-in administrator, not the owner."""
    return ApiClient(SessionFactory(account=AccountFactory(administrator=True)))


@pytest.fixture
def owner(db: None) -> ApiClient:
    """The signed-in owner."""
    return ApiClient(SessionFactory(account=AccountFactory(owner=True)))
