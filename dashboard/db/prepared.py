"""Statements that are compiled once: find and lock a row, list a page, insert a row, update some of its fields.

The ORM writes each statement once for a process; later calls only bind values. README.md has what that saves, when to
use it, and how to turn it off. Signals are not sent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from types import NoneType
from typing import Any, Self

from django.conf import settings
from django.db import DatabaseError, connection, models
from django.db.transaction import TransactionManagementError

from dashboard.db.instances import Row, all_columns, cacheable_columns, instance_from_columns

QuerySetBuilder = Callable[..., models.QuerySet[Any, Any]]
Annotate = Callable[[Any], Any]
Names = tuple[str, ...]
Statement = tuple[type[models.Model], Names, str, tuple[Any, ...]]  # the model, attributes, SQL, parameters

MISSING_ROW = "The row to be written does not exist."
PASSED_UNCHANGED = {str, int, NoneType}  # types whose values a field passes to the database as they are


class Placeholder(models.Value):
    """Stand in a query for the value that each execution binds under this name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)


# Reading


def fetch_one(build: QuerySetBuilder, *fixed: Any, **values: Any) -> Any:
    """Return the first row of `build(*fixed, **values)`, or None.

    `fixed` are hashable and part of the statement, of which there is one for each combination of them. `values` are
    bound at each execution. They must be what the database takes: text, numbers, datetimes.
    """
    if not _prepares_reads():
        return build(*fixed, **values).first()
    return next(iter(fetch_all(build, *fixed, **values)), None)


def fetch_all(build: QuerySetBuilder, *fixed: Any, **values: Any) -> list[Any]:
    """Return all rows of `build(*fixed, **values)`. Arguments as for `fetch_one`."""
    if not _prepares_reads():
        return list(build(*fixed, **values))
    model, attributes, sql, parameters = _selection(build, fixed, tuple(values))
    return [instance_from_columns(model, attributes, row) for row in _fetch(sql, _bind(parameters, values))]


def fetch_column(build: QuerySetBuilder, *fixed: Any, **values: Any) -> list[Any]:
    """Return all values of the one column that `build(*fixed, **values)` selects. Arguments as for `fetch_one`."""
    if not _prepares_reads():
        return list(build(*fixed, **values))
    *_, sql, parameters = _selection(build, fixed, tuple(values))
    return [value for (value,) in _fetch(sql, _bind(parameters, values))]


def fetch_page(build: QuerySetBuilder, *fixed: Any, offset: int, limit: int, **values: Any) -> list[Any]:
    """Return at most `limit` rows of `build(*fixed, **values)` from `offset` on. Other arguments as for `fetch_one`.

    The rows have their cacheable columns; others are deferred.
    """
    if not _prepares_reads():
        return list(_only_cacheable(build(*fixed, **values))[offset : offset + limit])
    model, names, sql, parameters = _page_selection(build, fixed, tuple(values))
    rows = _fetch(f"{sql} LIMIT %s OFFSET %s", [*_bind(parameters, values), limit, offset])
    return [instance_from_columns(model, names, row) for row in rows]


def select_for_update(model: type[Row], appid: str, pk: str, *annotate: Annotate) -> Row | None:
    """Return the row with this primary key, or None. PostgreSQL locks it until the transaction ends.

    `annotate` are functions that add annotations to the query. Raises TransactionManagementError outside a transaction.
    """
    _require_transaction("Lock rows in a transaction.")
    row: Row | None = fetch_one(_lockable, model, appid, *annotate, pk=pk)
    return row


def select_for_share(model: type[Row], appid: str, pk: str) -> Row | None:
    """Do what `select_for_update` does, but let others lock the row in the same way: nobody changes it meanwhile.

    A transaction must not go on to change the row, or two of them would wait for each other.
    """
    if not _prepares_reads():
        return select_for_update(model, appid, pk)
    _require_transaction("Lock rows in a transaction.")
    _, names, sql, parameters = _selection(_by_pk, (model, appid), ("pk",))
    rows = _fetch(f"{sql} FOR SHARE", _bind(parameters, {"pk": pk}))
    return instance_from_columns(model, names, rows[0]) if rows else None


def select_for_share_and_update(model: type[Row], appid: str, shared_pk: str, pk: str) -> tuple[Row | None, Row | None]:
    """Do what `select_for_share` does to one row and `select_for_update` to another, in one statement.

    The second is None also where others have locked it, so that nobody waits for it while holding the first; and where
    there are no prepared statements.
    """
    if not _prepares_reads():
        return select_for_share(model, appid, shared_pk), None
    _require_transaction("Lock rows in a transaction.")
    _, names, sql, parameters = _selection(_by_pk, (model, appid), ("pk",))
    rows = _fetch(_in_turn(sql), [*_bind(parameters, {"pk": shared_pk}), *_bind(parameters, {"pk": pk})])
    found = {row.pk: row for row in (instance_from_columns(model, names, row) for row in rows)}
    return found.get(shared_pk), found.get(pk)


@lru_cache
def _in_turn(sql: str) -> str:
    """Return a statement that selects two rows by this one. PostgreSQL locks them in turn, as UNION ALL has them."""
    shared, locked = f"{sql} FOR SHARE", f"{sql} FOR UPDATE SKIP LOCKED"
    return (
        f"WITH shared AS MATERIALIZED ({shared}), locked AS MATERIALIZED ({locked})"  # noqa: S608
        " SELECT * FROM shared UNION ALL SELECT * FROM locked"
    )


def _by_pk(model: type[models.Model], appid: str, pk: str) -> models.QuerySet[Any]:
    return model._base_manager.filter(appid=appid, pk=pk)


def _lockable(model: type[models.Model], appid: str, *annotate: Annotate, pk: str) -> models.QuerySet[Any]:
    rows = model._base_manager.filter(appid=appid, pk=pk).select_for_update(of=("self",))
    for function in annotate:
        rows = function(rows)
    return rows


def _prepares_reads() -> bool:
    """SQLite has no round trip to save, and its backend converts parameters while it compiles a query."""
    return settings.DB_PREPARED and connection.vendor == "postgresql"


@lru_cache
def _selection(build: QuerySetBuilder, fixed: tuple[Any, ...], names: tuple[str, ...]) -> Statement:
    queryset = build(*fixed, **{name: Placeholder(name) for name in names})
    model: type[models.Model] = queryset.model
    return _statement(queryset, all_columns(model))


@lru_cache
def _page_selection(build: QuerySetBuilder, fixed: tuple[Any, ...], names: tuple[str, ...]) -> Statement:
    queryset = _only_cacheable(build(*fixed, **{name: Placeholder(name) for name in names}))
    model: type[models.Model] = queryset.model
    return _statement(queryset, cacheable_columns(model)[1])


def _statement(queryset: models.QuerySet[Any, Any], columns: Names) -> Statement:
    """Return the statement of a queryset whose rows have these columns of the model, and its annotations."""
    return queryset.model, (*columns, *queryset.query.annotation_select), *queryset.query.sql_with_params()


def _only_cacheable(queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
    model: type[models.Model] = queryset.model
    return queryset.only(*cacheable_columns(model)[1])


def _bind(parameters: Sequence[Any], values: Mapping[str, Any]) -> list[Any]:
    return [values[it.value] if isinstance(it, Placeholder) else it for it in parameters]


def _fetch(sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


# Writing


@dataclass(frozen=True)
class Change:
    """A row to be inserted, or fields of it to be updated, when it is executed.

    `then` are called in order right after that, in the same transaction.
    """

    row: models.Model
    names: tuple[str, ...] = ()  # the fields to update; none: insert
    then: tuple[Callable[[], object], ...] = ()

    def and_then(self, function: Callable[[], object]) -> Self:
        """Return this change with a function to be called after its execution."""
        return replace(self, then=(*self.then, function))

    def statement(self) -> tuple[str, list[Any]]:
        """Return the SQL, and the values that the row has now."""
        sql, fields = _update(type(self.row), self.names) if self.names else _insertion(type(self.row))
        return sql, [_as_parameter(it, getattr(self.row, it.attname)) for it in fields]

    def save(self) -> None:
        """Have the ORM write it. `Model.save`, because overrides have effects of their own, such as `then`."""
        if self.names:
            models.Model.save(self.row, update_fields=self.names)
        else:
            models.Model.save(self.row, force_insert=True)

    def finish(self) -> None:
        """Do what follows its execution."""
        self.row._state.adding, self.row._state.db = False, "default"
        for function in self.then:
            function()


def insert(row: models.Model) -> Change:
    """Build the insertion of a row. An id that the database generates is not read back."""
    return Change(row)


def update(row: models.Model, *names: str) -> Change:
    """Build an update of these fields of a row."""
    if not names:
        raise ValueError("Name the fields to update.")
    return Change(row, names)


def execute(change: Change) -> None:
    """Write one change. Raises DatabaseError if the row to be updated does not exist."""
    if settings.DB_PREPARED:
        _execute(*change.statement())
    else:
        change.save()
    change.finish()


def execute_together(changes: Sequence[Change]) -> None:
    """Write changes of different rows: on PostgreSQL in one statement, because its round trip costs more than its work.

    Raises TransactionManagementError outside a transaction, and for two changes of one row, since neither would see
    the other; DatabaseError if a row to be updated does not exist.
    """
    _require_transaction("Write several rows in a transaction.")
    if any(one.row == other.row for one, other in combinations(changes, 2)):
        raise TransactionManagementError("A row cannot be changed twice together.")
    if not (settings.DB_PREPARED and connection.vendor == "postgresql" and len(changes) > 1):
        for change in changes:
            execute(change)
        return
    _execute_as_one([change.statement() for change in changes])
    for change in changes:
        change.finish()


def _execute(sql: str, values: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        if cursor.rowcount != 1:
            raise DatabaseError(MISSING_ROW)


def _execute_as_one(statements: list[tuple[str, list[Any]]]) -> None:
    sql = _combined(tuple(sql for sql, _ in statements))
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for _, values in statements for value in values])
        if cursor.fetchone() != (1,) * len(statements):
            raise DatabaseError(MISSING_ROW)


@lru_cache
def _combined(statements: tuple[str, ...]) -> str:
    """Return a statement that executes all of these and selects how many rows each has changed."""
    parts = ", ".join(f"change{number} AS ({sql} RETURNING 1)" for number, sql in enumerate(statements))
    counts = ", ".join(f"(SELECT count(*) FROM change{number})" for number in range(len(statements)))  # noqa: S608
    return f"WITH {parts} SELECT {counts}"


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


def _as_parameter(column: Any, value: Any) -> Any:
    """Return what the database takes for a value. Fields take long to find out that it is mostly the value itself."""
    return value if type(value) in PASSED_UNCHANGED else column.get_db_prep_save(value, connection)


def _require_transaction(message: str) -> None:
    if not connection.in_atomic_block:
        raise TransactionManagementError(message)


def _column(column: Any) -> str:
    return _quoted(column.column)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
