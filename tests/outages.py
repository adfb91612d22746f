"""Databases that cannot be reached."""

import logging
from contextlib import AbstractContextManager
from itertools import count
from typing import Any

import pytest
from django.db import ConnectionHandler, connection
from django.db.utils import Error

from dashboard_project import databases

OF_TRANSACTIONS = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")
PASSWORD = "hunter2"


def connected(url: str) -> Any:
    """Return a connection apart from the test's."""
    return ConnectionHandler({"default": databases.database(url)})["default"]


def failure(database: Any, *statements: str) -> Error:
    """Return the error that connecting or executing these statements raises."""
    try:
        with database.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    except Error as error:
        return error
    pytest.fail("Every statement was executed.")


def refused_connection() -> Error:
    return failure(connected(f"postgresql://somebody:{PASSWORD}@127.0.0.1:1/dashboard"))


def dying_after(statements: int) -> AbstractContextManager[None]:
    """Let the database execute this many statements, and fail as unreachable from then on."""
    return failing_after(statements, refused_connection())


def failing_after(statements: int, error: Error) -> AbstractContextManager[None]:
    """Let the database execute this many statements, and fail with this error from then on."""
    numbers = count()
    _ = connection.features.supports_json_field  # SQLite is asked once, and must not be found dead then

    def execute(go_on: Any, sql: str, *arguments: Any) -> Any:
        is_own = sql.startswith(OF_TRANSACTIONS)  # keep the test's transaction intact
        if not is_own and next(numbers) >= statements:
            raise error
        return go_on(sql, *arguments)

    return connection.execute_wrapper(execute)


def assert_told_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    (record,) = caplog.records
    assert (record.levelno, record.exc_info) == (logging.ERROR, None)
    assert record.message.startswith("The database does not answer. OperationalError: connection failed: ")
    assert "Connection refused" in record.message
    assert "\n" not in record.message
    assert PASSWORD not in record.message
    caplog.clear()
