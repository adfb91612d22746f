"""Many rows in one test: where a check takes less time than a test's own setting up and reporting."""

import inspect
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.test import override_settings

from dashboard.cache.rows import row_cache
from events.services import charts
from sessions_app.services import last_seen, sessions

Test = Callable[..., None]


def in_one_test(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> Callable[[Test], Test]:
    """Make one test that checks every row, each as if it was alone, and then tells of all that fail by their names.

    A row has values of the test's parameters; those that no row has are fixtures, made once for all rows.
    """
    all_rows = list(rows)
    assert all_rows

    def decorate(check: Test) -> Test:
        signature = inspect.signature(check)

        @wraps(check)
        def test(**fixtures: Any) -> None:
            failed = []
            for name, row in all_rows:
                try:
                    with alone(fixtures) as own:
                        check(**own, **row)
                except (Exception, pytest.fail.Exception) as error:
                    error.add_note(f"This is of {name}.")
                    failed.append(error)
            if failed:
                raise BaseExceptionGroup(f"{len(failed)} of {len(all_rows)} rows failed", failed)

        of_rows = {name for _, row in all_rows for name in row}
        fixtures = [it for name, it in signature.parameters.items() if name not in of_rows]
        test.__signature__ = signature.replace(parameters=fixtures)  # type: ignore[attr-defined]
        return test

    return decorate


@contextmanager
def alone(fixtures: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The fixtures for one row. Whatever it changes in the database and in settings is as before afterwards."""
    with ExitStack() as undo:
        if connection.in_atomic_block:  # that of the test: this one uses the database
            undo.enter_context(rolled_back())
        undo.callback(forget)
        made = {
            "settings": lambda: Settings(undo),
            "monkeypatch": lambda: undo.enter_context(pytest.MonkeyPatch.context()),
        }
        yield {name: made[name]() if name in made else value for name, value in fixtures.items()}


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        connection.check_constraints()  # as at the end of each test of Django's
        transaction.set_rollback(True)


class Settings:
    """As pytest-django's fixture, for a part of a test."""

    def __init__(self, undo: ExitStack) -> None:
        self.__dict__["_undo"] = undo

    def __setattr__(self, name: str, value: Any) -> None:
        self._undo.enter_context(override_settings(**{name: value}))

    def __getattr__(self, name: str) -> Any:
        return getattr(django_settings, name)


def forget() -> None:
    """Rows of one test are rolled back, and must not be found by the next in what outlives them."""
    row_cache.store.key_prefix = secrets.token_hex(8)
    row_cache.forget()
    for memory in (last_seen._noted, last_seen._written, sessions._accountid_of, charts._counted):
        memory.clear()
