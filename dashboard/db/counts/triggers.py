# ruff: noqa: S608  the statements are made of our own names
"""Triggers that note in dashboard_rowcountchange how many rows were added and deleted, whatever writes them.

Migrations create them, and then call `row_counts.recount` for the rows that were there before. PostgreSQL only. To
change what is counted, write a migration that replaces them and counts anew.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from dashboard.db.counts.row_counts import FOLD_LOCK, CountedRows, hour_of

CHANGES_PER_FOLD = 500  # on average; it bounds what a reader adds up

FOLD = f"""
CREATE OR REPLACE FUNCTION dashboard_fold_row_counts() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock({FOLD_LOCK}) THEN
        RETURN;
    END IF;
    WITH taken AS (
        DELETE FROM dashboard_rowcountchange WHERE id > 0 RETURNING appid, kind, hour, change
    ), periods AS (
        SELECT appid, kind, 1 AS hours, hour AS begins, sum(change) AS number FROM taken GROUP BY appid, kind, hour
        UNION ALL
        SELECT appid, kind, 24, hour - ((hour % 24) + 24) % 24, sum(change) FROM taken GROUP BY appid, kind, 4
    )
    INSERT INTO dashboard_rowcount AS it (appid, kind, hours, begins, number)
    SELECT appid, kind, hours, begins, number FROM periods WHERE number <> 0 ORDER BY 1, 2, 3, 4
    ON CONFLICT (appid, kind, hours, begins) DO UPDATE SET number = it.number + excluded.number;
END $$
"""
FOLD_SOMETIMES = f"""
    GET DIAGNOSTICS changes = ROW_COUNT;
    IF random() * {CHANGES_PER_FOLD} < changes THEN
        PERFORM dashboard_fold_row_counts();
    END IF;
    RETURN NULL;
"""


def create_functions(schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FOLD, params=None)


def drop_functions(schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION dashboard_fold_row_counts()")


def create(schema_editor: Any, kinds: Sequence[CountedRows]) -> None:
    """Create the triggers of a table. `kinds` are all rows of it, and others that meet a condition."""
    if schema_editor.connection.vendor == "postgresql":
        for statement in _statements(kinds):
            schema_editor.execute(statement, params=None)


def drop(schema_editor: Any, kinds: Sequence[CountedRows]) -> None:
    if schema_editor.connection.vendor == "postgresql":
        table = kinds[0].table
        for event in ("insert", "update", "delete"):
            schema_editor.execute(f"DROP TRIGGER {table}_count_{event} ON {table}")
            schema_editor.execute(f"DROP FUNCTION {table}_count_{event}()")


def _statements(kinds: Sequence[CountedRows]) -> Iterator[str]:
    table = kinds[0].table
    columns = ["appid", "created_at", *(it.column for it in kinds if it.column)]
    events = [("insert", "NEW", "count(*)"), ("delete", "OLD", "-count(*)")]
    if all(it.one_by_one for it in kinds):
        yield _function(f"{table}_count_insert", _of_new_row(kinds))
        yield (
            f"CREATE TRIGGER {table}_count_insert AFTER INSERT ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {table}_count_insert()"
        )
        del events[0]
    for event, rows, change in events:
        yield _function(f"{table}_count_{event}", _of_statement(kinds, change))
        yield (
            f"CREATE TRIGGER {table}_count_{event} AFTER {event} ON {table} REFERENCING {rows} TABLE AS changed"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_count_{event}()"
        )
    yield _function(f"{table}_count_update", _of_row(kinds))
    before, after = (", ".join(_counted(it, row) for it in columns) for row in ("OLD", "NEW"))
    yield (
        f"CREATE TRIGGER {table}_count_update AFTER UPDATE OF {', '.join(columns)} ON {table} FOR EACH ROW"
        f" WHEN (({before}) IS DISTINCT FROM ({after})) EXECUTE FUNCTION {table}_count_update()"
    )


def _counted(column: str, row: str) -> str:
    """Return what the count depends on: for the column of a condition, only whether it is null."""
    return f"{row}.{column}" if column in {"appid", "created_at"} else f"{row}.{column} IS NULL"


def _function(name: str, selection: str) -> str:
    return f"""
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changes integer;
BEGIN
    INSERT INTO dashboard_rowcountchange (appid, kind, hour, change)
    {selection};
    {FOLD_SOMETIMES.strip()}
END $$
"""


def _of_statement(kinds: Sequence[CountedRows], change: str) -> str:
    """Select the changes of a statement, which has written the rows of the transition table `changed`."""
    return "\n    UNION ALL ".join(
        f"SELECT appid, '{it.kind}', {hour_of('created_at')}, {change} FROM changed"
        f"{f' WHERE {it.condition}' if it.condition else ''} GROUP BY appid, {hour_of('created_at')}"
        for it in kinds
    )


def _of_new_row(kinds: Sequence[CountedRows]) -> str:
    return " UNION ALL ".join(
        f"SELECT NEW.appid, '{it.kind}', {hour_of('NEW.created_at')}, 1"
        f"{f' WHERE NEW.{it.condition}' if it.condition else ''}"
        for it in kinds
    )


def _of_row(kinds: Sequence[CountedRows]) -> str:
    """Select the changes of an updated row: the old version is deleted, and the new one added."""
    parts = " UNION ALL ".join(
        f"SELECT {row}.appid, '{it.kind}' AS kind, {hour_of(f'{row}.created_at')} AS hour, {change} AS change"
        f"{f' WHERE {row}.{it.condition}' if it.condition else ''}"
        for it in kinds
        for row, change in (("OLD", -1), ("NEW", 1))
    )
    return f"SELECT appid, kind, hour, sum(change) FROM ({parts}) AS it GROUP BY 1, 2, 3 HAVING sum(change) <> 0"
