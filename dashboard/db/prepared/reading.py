"""Statements that are compiled once: find a row, lock it, list a page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models

from dashboard.db.instances import Row, all_columns, cacheable_columns, instance_from_columns
from dashboard.db.prepared.statements import (
    Names,
    Placeholder,
    QuerySetBuilder,
    bind,
    prepares_reads,
    require_transaction,
)
from dashboard.db.routers import read_alias

Annotate = Callable[[Any], Any]
Statement = tuple[type[models.Model], Names, str, tuple[Any, ...]]  # the model, attributes, SQL, parameters


def fetch_one(build: QuerySetBuilder, *fixed: Any, **values: Any) -> Any:
    """Return the first row of `build(*fixed, **values)`, or None.

    `fixed` are hashable and part of the statement, of which there is one for each combination of them. `values` are
    bound at each execution. They must be what the database takes: text, numbers, datetimes.
    """
    if not prepares_reads():
        return build(*fixed, **values).first()
    return next(iter(fetch_all(build, *fixed, **values)), None)


def fetch_all(build: QuerySetBuilder, *fixed: Any, **values: Any) -> list[Any]:
    """Return all rows of `build(*fixed, **values)`. Arguments as for `fetch_one`."""
    if not prepares_reads():
        return list(build(*fixed, **values))
    model, attributes, sql, parameters = _selection(build, fixed, tuple(values))
    return [instance_from_columns(model, attributes, row) for row in _fetch(sql, bind(parameters, values))]


def fetch_column(build: QuerySetBuilder, *fixed: Any, **values: Any) -> list[Any]:
    """Return all values of the one column that `build(*fixed, **values)` selects. Arguments as for `fetch_one`."""
    if not prepares_reads():
        return list(build(*fixed, **values))
    *_, sql, parameters = _selection(build, fixed, tuple(values))
    return [value for (value,) in _fetch(sql, bind(parameters, values))]


@dataclass(frozen=True)
class Column:
    """All values of the one column that `build(*fixed, **values)` selects. Arguments as for `fetch_one`."""

    build: QuerySetBuilder
    fixed: tuple[Any, ...]
    values: Mapping[str, Any]


def column(build: QuerySetBuilder, *fixed: Any, **values: Any) -> Column:
    """Build a column for `fetch_columns`."""
    return Column(build, fixed, values)


def fetch_columns(*columns: Column) -> list[list[Any]]:
    """Return what `fetch_column` returns for each of these: on PostgreSQL by one statement."""
    if not prepares_reads() or len(columns) <= 1:
        return [fetch_column(it.build, *it.fixed, **it.values) for it in columns]
    selections = [_selection(it.build, it.fixed, tuple(it.values)) for it in columns]
    parameters = [it for (*_, given), one in zip(selections, columns, strict=True) for it in bind(given, one.values)]
    (arrays,) = _fetch(_arrays(tuple(sql for *_, sql, _ in selections)), parameters)
    return list(arrays)


@lru_cache
def _arrays(statements: tuple[str, ...]) -> str:
    """Return a statement that selects the column of each of these as an array."""
    return f"SELECT {', '.join(f'ARRAY({sql})' for sql in statements)}"


def fetch_page(build: QuerySetBuilder, *fixed: Any, offset: int, limit: int, **values: Any) -> list[Any]:
    """Return at most `limit` rows of `build(*fixed, **values)` from `offset` on. Other arguments as for `fetch_one`.

    The rows have their cacheable columns; others are deferred. Alone among these functions, it reads from a replica
    inside `reading_from`.
    """
    if not prepares_reads():
        return list(_only_cacheable(build(*fixed, **values))[offset : offset + limit])
    model, names, sql, parameters = _page_selection(build, fixed, tuple(values))
    rows = _fetch(f"{sql} LIMIT %s OFFSET %s", [*bind(parameters, values), limit, offset], read_alias())
    return [instance_from_columns(model, names, row) for row in rows]


def select(model: type[Row], appid: str, pk: str, related: str = "") -> Row | None:
    """Return the row with this primary key, or None.

    `related` names a foreign key that is never null, whose row is read by the same statement.
    """
    if not prepares_reads():
        return _by_pk_with(model, appid, related, pk).first()
    _, names, sql, parameters = _selection(_by_pk_with, (model, appid, related), ("pk",))
    found = _fetch(sql, bind(parameters, {"pk": pk}))
    if not found:
        return None
    (columns,) = found
    row = instance_from_columns(model, names, columns[: len(names)])
    if related:
        other: Any = model._meta.get_field(related).related_model
        setattr(row, related, instance_from_columns(other, all_columns(other), columns[len(names) :]))
    return row


def select_for_update(model: type[Row], appid: str, pk: str, *annotate: Annotate) -> Row | None:
    """Return the row with this primary key, or None. PostgreSQL locks it until the transaction ends.

    `annotate` are functions that add annotations to the query. Raises TransactionManagementError outside a transaction.
    """
    require_transaction("Lock rows in a transaction.")
    row: Row | None = fetch_one(_lockable, model, appid, *annotate, pk=pk)
    return row


def select_for_share(model: type[Row], appid: str, pk: str) -> Row | None:
    """Do what `select_for_update` does, but let others lock the row in the same way: nobody changes it meanwhile.

    A transaction must not go on to change the row, or two of them would wait for each other.
    """
    if not prepares_reads():
        return select_for_update(model, appid, pk)
    require_transaction("Lock rows in a transaction.")
    _, names, sql, parameters = _selection(_by_pk, (model, appid), ("pk",))
    rows = _fetch(f"{sql} FOR SHARE", bind(parameters, {"pk": pk}))
    return instance_from_columns(model, names, rows[0]) if rows else None


def select_for_share_and_update(model: type[Row], appid: str, shared_pk: str, pk: str) -> tuple[Row | None, Row | None]:
    """Do what `select_for_share` does to one row and `select_for_update` to another, in one statement.

    The second is None also where others have locked it, so that nobody waits for it while holding the first; and where
    there are no prepared statements.
    """
    if not prepares_reads():
        return select_for_share(model, appid, shared_pk), None
    require_transaction("Lock rows in a transaction.")
    _, names, sql, parameters = _selection(_by_pk, (model, appid), ("pk",))
    rows = _fetch(_in_turn(sql), [*bind(parameters, {"pk": shared_pk}), *bind(parameters, {"pk": pk})])
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


def _by_pk_with(model: type[models.Model], appid: str, related: str, pk: str) -> models.QuerySet[Any]:
    rows = _by_pk(model, appid, pk)
    return rows.select_related(related) if related else rows


def _lockable(model: type[models.Model], appid: str, *annotate: Annotate, pk: str) -> models.QuerySet[Any]:
    rows = model._base_manager.filter(appid=appid, pk=pk).select_for_update(of=("self",))
    for function in annotate:
        rows = function(rows)
    return rows


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


def _fetch(sql: str, parameters: list[Any], using: str = DEFAULT_DB_ALIAS) -> list[tuple[Any, ...]]:
    with connections[using].cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
