"""A database that cannot be reached any more."""

import logging
from contextlib import AbstractContextManager
from itertools import count
from typing import Any

import pytest
from django.db import ConnectionHandler, connection
from django.db.utils import Error

from dashboard_project import environment

OF_TRANSACTIONS = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")
PASSWORD = "hunter2"


def connected(url: str) -> Any:
    """A connection of its own, apart from the test's."""
    return ConnectionHandler({"default": environment.database(url)})["default"]


def failure(database: Any, *statements: str) -> Error:
    """What it raises for the last of these, or where it is connected to."""
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
    """The database is reached for so many statements, and not for the next ones."""
    numbers, error = count(), refused_connection()

    def execute(go_on: Any, sql: str, *arguments: Any) -> Any:
        is_own = sql.startswith(OF_TRANSACTIONS)  # the test's transaction goes on
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
