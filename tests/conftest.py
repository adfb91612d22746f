"""Fixtures that every test may use."""

import gc

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings

from tests.client import ApiClient
from tests.factories import AccountFactory, SessionFactory
from tests.rows import forget

# How long it takes to make an example tells of the machine, and not of what is tested.
settings.register_profile("without_statement_timeout", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("without_statement_timeout")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if connection.vendor != "postgresql":
        for item in items:
            if item.get_closest_marker("postgresql"):
                item.add_marker(pytest.mark.skip(reason="needs the row locks of PostgreSQL"))


def pytest_collection_finish() -> None:
    gc.freeze()  # modules and tests stay to the end: the garbage collector need not go through them again and again


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    forget()


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
