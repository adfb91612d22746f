"""Statements that are compiled once: insert a row, update some of its fields, change or delete many rows.

Signals are not sent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import combinations
from types import NoneType
from typing import Any, Self

from django.conf import settings
from django.db import DatabaseError, connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql import DeleteQuery, UpdateQuery
from django.db.transaction import TransactionManagementError, get_connection

from dashboard.db.prepared.statements import Placeholder, QuerySetBuilder, bind, prepares_reads, require_transaction

MISSING_ROW = "The row to be written does not exist."
PASSED_UNCHANGED = {str, int, NoneType}  # types whose values a field passes to the database as they are


@dataclass(frozen=True)
class Requirement:
    """A row of `build(**values)` must exist when a change is executed. Otherwise `error(**values)` is raised.

    `values` are as for `fetch_one`.
    """

    build: QuerySetBuilder
    values: tuple[tuple[str, Any], ...]
    error: Callable[..., Exception]

    def statement(self) -> tuple[str, list[Any]]:
        """Return the SQL, and its parameters."""
        sql, parameters = _existence(self.build, tuple(name for name, _ in self.values))
        return sql, bind(parameters, dict(self.values))

    def check(self) -> None:
        """Ask by a query of its own."""
        if not self.build(**dict(self.values)).exists():
            raise self.refusal()

    def refusal(self) -> Exception:
        return self.error(**dict(self.values))


@dataclass(frozen=True)
class Change:
    """A row to be inserted, or fields of it to be updated, when it is executed.

    `then` are called in order right after that, in the same transaction. Nothing is written unless the rows exist that
    it `requires`.
    """

    row: models.Model
    names: tuple[str, ...] = ()  # the fields to update; none: insert
    then: tuple[Callable[[], object], ...] = ()
    requires: tuple[Requirement, ...] = ()

    def and_then(self, function: Callable[[], object]) -> Self:
        """Return this change with a function to be called after its execution."""
        return replace(self, then=(*self.then, function))

    def statement(self) -> tuple[str, list[Any]]:
        """Return the SQL, and the values that the row has now."""
        sql, fields = _update(type(self.row), self.names) if self.names else _insertion(type(self.row))
        database = get_connection()  # not Django's proxy of it, which each field would ask again
        return sql, [_as_parameter(it, getattr(self.row, it.attname), database) for it in fields]

    def save(self) -> int:
        """Have the ORM write it. `Model.save`, because overrides have effects of their own, such as `then`."""
        if self.names:
            models.Model.save(self.row, update_fields=self.names)
        else:
            models.Model.save(self.row, force_insert=True)
        return 1

    def finish(self, count: int = 1) -> None:
        """Do what follows its execution."""
        self.row._state.adding, self.row._state.db = False, "default"
        for function in self.then:
            function()


@dataclass(frozen=True)
class BulkChange:
    """Fields to set in all rows of `build(**values)`, however many, possibly none, or their deletion.

    It does not mark rows in the cache: the caller does. `then` are called in order right after it, with the number of
    rows.
    """

    build: QuerySetBuilder
    fields: tuple[tuple[str, Any], ...]
    values: Mapping[str, Any]
    deletes: bool = False
    then: tuple[Callable[[int], object], ...] = ()

    def and_then(self, function: Callable[[int], object]) -> Self:
        """Return this change with a function to be called after its execution."""
        return replace(self, then=(*self.then, function))

    def statement(self) -> tuple[str, list[Any]]:
        """Return the SQL, and its parameters."""
        names = tuple(self.values)
        sql, parameters = _deletion(self.build, names) if self.deletes else _bulk_update(self.build, self.fields, names)
        return sql, bind(parameters, self.values)

    def save(self) -> int:
        """Have the ORM write it. Return how many rows it was."""
        if self.deletes:
            deleted: int = self.build(**self.values).delete()[0]
            return deleted
        changes = {name: self.values[it.value] if isinstance(it, Placeholder) else it for name, it in self.fields}
        count: int = self.build(**self.values).update(**changes)
        return count

    def finish(self, count: int) -> None:
        """Do what follows its execution."""
        for function in self.then:
            function(count)


def insert(row: models.Model) -> Change:
    """Build the insertion of a row. An id that the database generates is not read back."""
    return Change(row)


def update(row: models.Model, *names: str) -> Change:
    """Build an update of these fields of a row."""
    if not names:
        raise ValueError("Name the fields to update.")
    return Change(row, names)


def update_all(build: QuerySetBuilder, fields: Mapping[str, Any], **values: Any) -> BulkChange:
    """Build an update of all rows of `build(**values)`, with `values` as for `fetch_one`.

    `fields` are constants, which are part of the statement, or a `Placeholder` of one of the values.
    """
    return BulkChange(build, tuple(fields.items()), values)


def delete_all(build: QuerySetBuilder, **values: Any) -> BulkChange:
    """Build the deletion of all rows of `build(**values)`, with `values` as for `fetch_one`.

    Only for models whose rows nothing refers to: the database would refuse to delete a row that is referred to.
    """
    return BulkChange(build, (), values, deletes=True)


def execute(change: Change | BulkChange) -> None:
    """Write one change. Raises DatabaseError if the row to be updated does not exist, and what it requires."""
    if requirements := _requirements([change]):
        if _are_combined() and connection.in_atomic_block:
            execute_together([change])
            return
        _check(requirements)
    if not settings.DB_PREPARED or (isinstance(change, BulkChange) and not prepares_reads()):
        count = change.save()
    else:
        count = _execute(*change.statement(), is_one=isinstance(change, Change))
    change.finish(count)


def execute_together(changes: Sequence[Change | BulkChange]) -> None:
    """Write changes of different rows: on PostgreSQL in one statement, because its round trip costs more than its work.

    Raises TransactionManagementError outside a transaction, and for two changes of one row, since neither would see
    the other; DatabaseError if a row to be updated does not exist; and what a change requires.
    """
    require_transaction("Write several rows in a transaction.")
    rows = [change.row for change in changes if isinstance(change, Change)]
    if any(one == other for one, other in combinations(rows, 2)):
        raise TransactionManagementError("A row cannot be changed twice together.")
    requirements = _requirements(changes)
    if not (_are_combined() and len(changes) + len(requirements) > 1):
        _check(requirements)
        for change in changes:
            execute(replace(change, requires=()) if isinstance(change, Change) else change)
        return
    counts, are_met = _execute_as_one(
        [change.statement() for change in changes], [requirement.statement() for requirement in requirements]
    )
    for requirement, is_met in zip(requirements, are_met, strict=True):
        if not is_met:
            raise requirement.refusal()
    if any(isinstance(change, Change) and count != 1 for change, count in zip(changes, counts, strict=True)):
        raise DatabaseError(MISSING_ROW)
    for change, count in zip(changes, counts, strict=True):
        change.finish(count)


def _execute(sql: str, values: list[Any], *, is_one: bool = True) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        if is_one and cursor.rowcount != 1:
            raise DatabaseError(MISSING_ROW)
        count: int = cursor.rowcount
        return count


def _are_combined() -> bool:
    return settings.DB_PREPARED and connection.vendor == "postgresql"


def _requirements(changes: Sequence[Change | BulkChange]) -> list[Requirement]:
    """Return what these changes require, each once."""
    return list(dict.fromkeys(one for it in changes if isinstance(it, Change) for one in it.requires))


def _check(requirements: Sequence[Requirement]) -> None:
    for requirement in requirements:
        requirement.check()


Statement = tuple[str, list[Any]]


def _execute_as_one(statements: list[Statement], conditions: list[Statement]) -> tuple[Sequence[int], Sequence[bool]]:
    """Execute all of these in one statement. Return how many rows each has changed, and which conditions are met.

    All see the rows as they were before it.
    """
    sql = _combined(tuple(sql for sql, _ in statements), tuple(sql for sql, _ in conditions))
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for _, values in (*statements, *conditions) for value in values])
        found = cursor.fetchone()
        return found[: len(statements)], found[len(statements) :]


@lru_cache
def _combined(statements: tuple[str, ...], conditions: tuple[str, ...]) -> str:
    """Return a statement that executes all of these, and selects how many rows each has changed, and the conditions."""
    parts = ", ".join(f"change{number} AS ({sql} RETURNING 1)" for number, sql in enumerate(statements))
    counts = [f"(SELECT count(*) FROM change{number})" for number in range(len(statements))]  # noqa: S608
    return f"WITH {parts} SELECT {', '.join([*counts, *conditions])}"


@lru_cache
def _existence(build: QuerySetBuilder, names: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    rows = build(**{name: Placeholder(name) for name in names}).values("pk")
    sql, parameters = rows.query.sql_with_params()
    return f"EXISTS ({sql})", parameters


@lru_cache
def _insertion(model: type[models.Model]) -> tuple[str, list[Any]]:
    """Return the statement, and the fields whose values it takes: not those that the database alone has values for."""
    fields = [it for it in model._meta.concrete_fields if not _is_of_database(it)]
    columns, values = ", ".join(map(_column, fields)), ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {_quoted(model._meta.db_table)} ({columns}) VALUES ({values})", fields  # noqa: S608  model's names


def _is_of_database(field: Any) -> bool:
    return isinstance(field, models.AutoField) or (field.has_db_default() and field.default is models.NOT_PROVIDED)


@lru_cache
def _update(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, list[Any]]:
    """Return the statement, and the fields whose values it takes, the primary key last."""
    fields = [model._meta.get_field(name) for name in names]
    pk: Any = model._meta.pk
    changes = ", ".join(f"{_column(it)} = %s" for it in fields)
    return f"UPDATE {_quoted(model._meta.db_table)} SET {changes} WHERE {_column(pk)} = %s", [*fields, pk]  # noqa: S608


@lru_cache
def _bulk_update(
    build: QuerySetBuilder, fields: tuple[tuple[str, Any], ...], names: tuple[str, ...]
) -> tuple[str, tuple[Any, ...]]:
    query: Any = build(**{name: Placeholder(name) for name in names}).query.chain(UpdateQuery)
    query.add_update_values(dict(fields))
    statement: tuple[str, tuple[Any, ...]] = query.get_compiler("default").as_sql()
    return statement


@lru_cache
def _deletion(build: QuerySetBuilder, names: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    query: Any = build(**{name: Placeholder(name) for name in names}).query
    if query.is_sliced or query.distinct:  # which the statement would not have: it would delete more
        raise TypeError("Rows of a slice, or distinct ones, cannot be deleted.")
    statement: tuple[str, tuple[Any, ...]] = query.chain(DeleteQuery).get_compiler("default").as_sql()
    return statement


def _as_parameter(column: Any, value: Any, database: BaseDatabaseWrapper) -> Any:
    """Return the database's form of a value, which is mostly the value itself: fields take long to find that out."""
    kind = type(value)
    if kind in PASSED_UNCHANGED:
        return value
    if kind is datetime and type(column) is models.DateTimeField and value.tzinfo and database.vendor == "postgresql":
        return value
    return column.get_db_prep_save(value, database)


def _column(column: Any) -> str:
    return _quoted(column.column)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
