"""Fixtures that every test may use."""

import gc
from collections.abc import Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings

from dashboard.cache.epochs import FixedEpoch
from dashboard.cache.rate_limits import rate_limiter
from dashboard.cache.rows import row_cache
from dashboard.core.crypto.hashers import KeyedBcryptHasher
from tests.client import ApiClient
from tests.factories import AccountFactory, SessionFactory
from tests.isolation import clear_process_memories, is_in_transaction

# The limits of statements, which are options of connections to PostgreSQL.
LIMITS = {name: value for name, value in connection.settings_dict["OPTIONS"].items() if name == "options"}
# The marks of all tests in a folder. `make test` does not collect these: schemathesis takes 20 s to make its requests.
MARKED = {"browser": "browser", "clients": "clients", "api/generative": "exhaustive"}

# The time that an example takes depends on the machine, not on the code under test.
settings.register_profile("without_statement_timeout", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("without_statement_timeout")


# Epochs are of processes with a database of their own: tests/cache/test_epochs.py and tests/e2e have them.
row_cache.epochs = FixedEpoch()


@pytest.hookimpl(tryfirst=True)  # before -m selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for folder, mark in MARKED.items():
        for item in items:
            if item.path.is_relative_to(Path(__file__).parent / folder):
                item.add_marker(mark)
    if connection.vendor != "postgresql":
        for item in items:
            if item.get_closest_marker("postgresql"):
                item.add_marker(pytest.mark.skip(reason="needs the row locks of PostgreSQL"))


def pytest_collection_finish() -> None:
    gc.freeze()  # modules and tests live to the end: spare the garbage collector from traversing them
    gc.set_threshold(50_000, 20, 50)  # it would take a twentieth of the time


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Create the test database, and drop it at the end, without a time limit: a busy server takes long for either."""
    for name in LIMITS:
        del connection.settings_dict["OPTIONS"][name]


@pytest.fixture(scope="session")
def django_db_setup(django_db_modify_db_settings: None, django_db_setup: None) -> Iterator[None]:
    """Run the tests with the time limits of the settings."""
    options: dict[str, Any] = connection.settings_dict["OPTIONS"]
    options |= LIMITS
    connection.close()
    yield
    for name in LIMITS:
        del options[name]


@pytest.fixture(autouse=True)
def _empty_process_memories() -> None:
    clear_process_memories()


@pytest.fixture(autouse=True)
def _nothing_slow_in_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse shared rate limits and passwords within a transaction: others would wait for its rows meanwhile.

    bcrypt takes a large part of a second, and Redis, where it hangs, a time-out for each question. A test that opens a
    transaction of its own uses `transaction_of_test`.
    """
    for owner, name in ((rate_limiter, "_ask"), (KeyedBcryptHasher, "_encode")):
        monkeypatch.setattr(owner, name, _outside_transactions(getattr(owner, name)))


def _outside_transactions(method: Any) -> Any:
    @wraps(method)
    def checked(*args: Any) -> Any:
        assert not is_in_transaction(), (
            f"{method.__qualname__} is slow: call it before or after the transaction. If that is the test's own, use"
            " transaction_of_test() of tests/isolation.py."
        )
        return method(*args)

    return checked


@pytest.fixture
def guest(db: None) -> ApiClient:
    """Return a client that is not signed in."""
    return ApiClient()


@pytest.fixture
def user(db: None) -> ApiClient:
    """Return a signed-in client without a role."""
    return ApiClient(SessionFactory())


@pytest.fixture
def administrator(db: None) -> ApiClient:
    """Return a signed-in administrator, who is not the owner."""
    return ApiClient(SessionFactory(account=AccountFactory(administrator=True)))


@pytest.fixture
def owner(db: None) -> ApiClient:
    """Return the signed-in owner."""
    return ApiClient(SessionFactory(account=AccountFactory(owner=True)))
