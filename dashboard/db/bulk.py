"""Insert many rows without a model instance for each, on which the ORM would spend most of the time."""

from collections.abc import Sequence

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
