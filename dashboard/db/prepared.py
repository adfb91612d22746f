"""What a change executes: to find and lock a row, to add it, to write some of its fields.

The statements are those that the ORM would make, made once: making each takes it three times as long as its execution.
Nothing else of a model's `save` is left out but signals, of which the project has none. On PostgreSQL the changes that
are made `together` are one statement: its way there and back costs more than its work.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from types import NoneType
from typing import Any

from django.db import DatabaseError, connection, models
from django.db.transaction import TransactionManagementError

from dashboard.db.instances import Row, instance_from_columns

Change = tuple[models.Model, str, list[Any]]  # a row, a statement, and the values that it takes

MISSING = "The row to be written is not there."
UNCHANGED = {str, int, NoneType}
PK = "none_0000000000000000"  # what stands in a statement while it is written, for the id of an execution

_gathered: ContextVar[list[Change] | None] = ContextVar("gathered", default=None)


def insert(row: models.Model) -> None:
    """Insert a row. An id that the database gives is not read back."""
    sql, fields = _insertion(type(row))
    _change(sql, row, fields)
    row._state.adding, row._state.db = False, "default"


def update(row: models.Model, *names: str) -> None:
    """Write these fields of a row. Raises DatabaseError where it is not there any more."""
    sql, fields = _update(type(row), names)
    _change(sql, row, fields)


@contextmanager
def together() -> Iterator[None]:
    """Make the changes of this block at its end. Other statements are executed at once, and so before them.

    Raises TransactionManagementError where a row is changed twice: no change would see what another has made.
    """
    changes: list[Change] = []
    before = _gathered.set(changes)
    try:
        yield
    finally:
        _gathered.reset(before)
    if connection.vendor == "postgresql" and len(changes) > 1:
        _execute_as_one(changes)
        return
    for _, sql, values in changes:
        _execute(sql, values)


def select_for_update(model: type[Row], appid: str, pk: str) -> Row | None:
    """The row with this id, locked until the transaction ends, on PostgreSQL; None where there is none."""
    if not connection.in_atomic_block:
        raise TransactionManagementError("A row is locked in a transaction.")
    row: Row | None = fetch_one(_lockable, model, appid, PK, given={PK: pk})
    return row


def fetch_one(rows: Callable[..., models.QuerySet[Any]], *arguments: Any, given: Mapping[Any, Any]) -> Any:
    """The first row of what `rows` selects, called with these arguments and, in place of some, what is given for them.

    None where there is none. On PostgreSQL the statement is made once for the same arguments.
    """
    if connection.vendor != "postgresql":
        return rows(*(given.get(argument, argument) for argument in arguments)).first()
    model, names, sql, parameters = _selection(rows, arguments)
    found = _fetched(sql, parameters, given)
    return instance_from_columns(model, names, found[0]) if found else None


def fetch_column(
    rows: Callable[..., models.QuerySet[Any, Any]], *arguments: Any, given: Mapping[Any, Any]
) -> list[Any]:
    """As `first`, all that `rows` selects, which is one column."""
    if connection.vendor != "postgresql":
        return list(rows(*(given.get(argument, argument) for argument in arguments)))
    _, _, sql, parameters = _selection(rows, arguments)
    return [value for (value,) in _fetched(sql, parameters, given)]


def _fetched(sql: str, parameters: tuple[Any, ...], given: Mapping[Any, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [given.get(parameter, parameter) for parameter in parameters])
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _change(sql: str, row: models.Model, fields: Sequence[Any]) -> None:
    values = [_prepared(field, getattr(row, field.attname)) for field in fields]
    gathered = _gathered.get()
    if gathered is None:
        _execute(sql, values)
        return
    if any(row == other for other, _, _ in gathered):
        raise TransactionManagementError("No row is changed twice together.")
    gathered.append((row, sql, values))


def _prepared(field: Any, value: Any) -> Any:
    """What of a value goes to the database; for most it is the value, which the field takes its time to find out."""
    return value if type(value) in UNCHANGED else field.get_db_prep_save(value, connection)


def _execute(sql: str, values: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        if cursor.rowcount != 1:
            raise DatabaseError(MISSING)


def _execute_as_one(changes: list[Change]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _as_one(tuple(sql for _, sql, _ in changes)), [value for _, _, values in changes for value in values]
        )
        if cursor.fetchone() != (1,) * len(changes):
            raise DatabaseError(MISSING)


@lru_cache
def _as_one(changes: tuple[str, ...]) -> str:
    """A statement that makes these changes, and tells how many rows each has changed."""
    parts = ", ".join(f"change{number} AS ({sql} RETURNING 1)" for number, sql in enumerate(changes))
    counts = ", ".join(f"(SELECT count(*) FROM change{number})" for number in range(len(changes)))  # noqa: S608
    return f"WITH {parts} SELECT {counts}"


def _lockable(model: type[models.Model], appid: str, pk: str) -> models.QuerySet[Any]:
    return model._base_manager.filter(appid=appid, pk=pk).select_for_update(of=("self",))


@lru_cache
def _selection(rows: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Any, tuple[str, ...], str, Any]:
    """The model, the names of all its columns, the statement, and its parameters."""
    selected = rows(*arguments)
    names = tuple(field.attname for field in selected.model._meta.concrete_fields)
    return selected.model, names, *selected.query.sql_with_params()


@lru_cache
def _insertion(model: type[models.Model]) -> tuple[str, list[Any]]:
    """The statement, and the fields whose values it takes."""
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    columns, values = ", ".join(map(_column, fields)), ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {_quoted(model._meta.db_table)} ({columns}) VALUES ({values})", fields  # noqa: S608  names of ours


@lru_cache
def _update(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, list[Any]]:
    """The statement, and the fields whose values it takes, that of the id last."""
    fields = [model._meta.get_field(name) for name in names]
    pk: Any = model._meta.pk
    changes = ", ".join(f"{_column(field)} = %s" for field in fields)
    return f"UPDATE {_quoted(model._meta.db_table)} SET {changes} WHERE {_column(pk)} = %s", [*fields, pk]  # noqa: S608


def _column(field: Any) -> str:
    return _quoted(field.column)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
