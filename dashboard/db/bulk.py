"""Insert or update many rows, where the ORM would spend most of the time on instances and expressions."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, models

Value = str | int | None


def insert(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Value]]) -> None:
    """Insert new rows: by COPY on PostgreSQL, elsewhere by `executemany`.

    `names` are the model's fields in the order of each row's values. Values are in the database's own form: times as
    `2026-11-21 03:23:03.424` in UTC. Other columns get their default of the database. The cache is not marked, because
    it cannot have entries of new rows.
    """
    quote = connection.ops.quote_name
    column_of = {field.name: str(field.column) for field in model._meta.concrete_fields}
    columns = ", ".join(quote(column_of[name]) for name in names)
    table = quote(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            values = ", ".join(["%s"] * len(names))
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({values})", rows)  # noqa: S608  model's names


def set_each(model: type[models.Model], name: str, values: Mapping[str, Any]) -> None:
    """Set a field of each row to a value of its own: `values` has these by primary key.

    On PostgreSQL it is one statement with two parameters; `bulk_update` makes an expression for each row. No row is
    marked in the cache.
    """
    if not values:
        return
    if connection.vendor != "postgresql":
        rows = [model(pk=pk, **{name: value}) for pk, value in values.items()]
        model._base_manager.bulk_update(rows, [name])
        return
    quote: Any = connection.ops.quote_name
    pk: Any = model._meta.pk
    field: Any = model._meta.get_field(name)
    sql = (
        f"UPDATE {quote(model._meta.db_table)} SET {quote(field.column)} = given.value"  # noqa: S608  model's names
        f" FROM unnest(%s::{pk.db_type(connection)}[], %s::{field.db_type(connection)}[]) AS given (pk, value)"
        f" WHERE {quote(pk.column)} = given.pk"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [[*values], [*values.values()]])
