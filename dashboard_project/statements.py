"""What a change of a row executes: to add it, to write some of its fields, to lock it.

The statements are those that the ORM would make, made once: making each takes it three times as long as its execution,
and a change has four of them. Nothing else of a model's `save` is left out but signals, of which the project has none.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import DatabaseError, connection, models
from django.db.transaction import TransactionManagementError

from dashboard_project.rows import Row, made

PK = "none_0000000000000000"  # what stands in a statement while it is written, for the id of an execution


def add(row: models.Model) -> None:
    """Insert a row. An id that the database gives is not read back."""
    sql, fields = _insertion(type(row))
    _execute(sql, row, fields)
    row._state.adding, row._state.db = False, "default"


def write(row: models.Model, *names: str) -> None:
    """Write these fields of a row. Raises DatabaseError where it is not there any more."""
    sql, fields = _update(type(row), names)
    if not _execute(sql, row, fields):
        raise DatabaseError("The row to be written is not there.")


def locked(model: type[Row], appid: str, pk: str) -> Row | None:
    """The row with this id, locked until the transaction ends, on PostgreSQL; None where there is none."""
    if not connection.in_atomic_block:
        raise TransactionManagementError("A row is locked in a transaction.")
    sql, parameters, names = _lock(model, appid)
    with connection.cursor() as cursor:
        cursor.execute(sql, [pk if parameter == PK else parameter for parameter in parameters])
        found = cursor.fetchone()
    return made(model, names, found) if found else None


def _execute(sql: str, row: models.Model, fields: Sequence[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields])
        count: int = cursor.rowcount
        return count


@lru_cache
def _lock(model: type[models.Model], appid: str) -> tuple[str, tuple[Any, ...], tuple[str, ...]]:
    """The statement, its parameters, and the names of the columns that it gives."""
    rows: Any = model._base_manager.filter(appid=appid, pk=PK).select_for_update(of=("self",))
    sql, parameters = rows.query.sql_with_params()
    return sql, parameters, tuple(field.attname for field in model._meta.concrete_fields)


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
