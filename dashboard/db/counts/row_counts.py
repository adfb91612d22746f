# ruff: noqa: S608  the statements are made of our own names
"""How many rows a table has, and which row is at an offset, at a cost that does not grow with the table.

PostgreSQL keeps the numbers of rows by the hour and the day of their creation (dashboard/models/row_counts.py).
Triggers add a row of changes for each statement that adds or deletes rows, so that nobody waits for a sum that others
update. Now and then a statement folds the changes into the sums. Each statement sees sums and changes that agree with
the rows that it sees. See docs/decisions/0020-row-counts.md.

Elsewhere rows are counted.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, connections, transaction

from dashboard.db.postgresql import without_statement_timeout
from dashboard.db.routers import read_alias

# Of pg_advisory_xact_lock: one transaction at a time changes sums. Statements do not wait for it.
FOLD_LOCK = 20_261_127
SAMPLED_HOURS = 50
SECONDS_OF_HOUR = 3600
Position = tuple[datetime, str]  # a row's `created_at` and primary key

# With the condition on the id, the primary key finds the few rows left among pages that deletions have emptied.
CHANGES = "SELECT hour, change FROM dashboard_rowcountchange WHERE appid = %(appid)s AND kind = %(kind)s AND id > 0"


def hour_of(moment: str) -> str:
    """Return the SQL for the hour of a moment, in hours since 1970 in UTC."""
    return f"floor(extract(epoch FROM {moment}) / 3600)::integer"


def _day_of(hour: str) -> str:
    return f"{hour} - (({hour} %% 24) + 24) %% 24"


@dataclass(frozen=True)
class CountedRows:
    """Rows whose number is maintained: those of a table, or only those in which a column is not null.

    Where rows are inserted `one_by_one`, a trigger for each row takes less time than one for each statement.
    """

    kind: str
    table: str
    pk: str
    column: str = ""
    one_by_one: bool = False

    @property
    def condition(self) -> str:
        return f"{self.column} IS NOT NULL" if self.column else ""


def are_kept() -> bool:
    """Return whether the database keeps the numbers."""
    return connection.vendor == "postgresql"


def count(rows: CountedRows, appid: str) -> int:
    """Return how many of these rows an APPID has. Only where the numbers are kept."""
    sql = f"""
        SELECT coalesce(sum(number), 0)::bigint FROM (
            SELECT number FROM dashboard_rowcount WHERE appid = %(appid)s AND kind = %(kind)s AND hours = 24
            UNION ALL SELECT change FROM ({CHANGES}) AS changes
        ) AS it
    """
    return int(_fetch_one(sql, {"appid": appid, "kind": rows.kind})[0])


def find(rows: CountedRows, appid: str, offset: int, after: Position | None = None) -> Position | None:
    """Return the position of the row that has `offset` rows before it in the list, newest first, or None.

    With `after`, count from the first row that comes after that one, which need not be there any more. The hour of the
    row is found by the sums; only rows of that hour are read, from an index.
    """
    values: dict[str, Any] = {"appid": appid, "kind": rows.kind, "offset": offset}
    if after:
        values["offset"] += _count_up_to(rows, appid, after)
    condition = f"AND {rows.condition}" if rows.condition else ""
    sql = f"""
        WITH days AS (
            SELECT begins, sum(number) AS number FROM (
                SELECT begins, number FROM dashboard_rowcount
                WHERE appid = %(appid)s AND kind = %(kind)s AND hours = 24
                UNION ALL SELECT {_day_of("hour")}, change FROM ({CHANGES}) AS changes
            ) AS it GROUP BY begins
        ), day AS (
            SELECT begins, before FROM (
                SELECT begins, number, sum(number) OVER (ORDER BY begins DESC) - number AS before FROM days
            ) AS it WHERE before <= %(offset)s AND before + number > %(offset)s ORDER BY begins DESC LIMIT 1
        ), hours AS (
            SELECT begins, sum(number) AS number FROM (
                SELECT begins, number FROM dashboard_rowcount
                WHERE appid = %(appid)s AND kind = %(kind)s AND hours = 1
                AND begins >= (SELECT begins FROM day) AND begins < (SELECT begins + 24 FROM day)
                UNION ALL SELECT hour, change FROM ({CHANGES}) AS changes
                WHERE hour >= (SELECT begins FROM day) AND hour < (SELECT begins + 24 FROM day)
            ) AS it GROUP BY begins
        ), hour AS (
            SELECT begins, before FROM (
                SELECT begins, number,
                    (SELECT before FROM day) + sum(number) OVER (ORDER BY begins DESC) - number AS before FROM hours
            ) AS it WHERE before <= %(offset)s AND before + number > %(offset)s ORDER BY begins DESC LIMIT 1
        )
        SELECT created_at, {rows.pk} FROM {rows.table}
        WHERE appid = %(appid)s {condition}
        AND created_at < (SELECT to_timestamp((begins + 1) * 3600.0) FROM hour)
        ORDER BY created_at DESC, {rows.pk} DESC
        OFFSET (SELECT (%(offset)s - before)::bigint FROM hour) LIMIT 1
    """
    found: Position | None = _fetch_one(sql, values)
    return found


def _count_up_to(rows: CountedRows, appid: str, position: Position) -> int:
    """Return how many rows the list has up to this position, including a row that has it."""
    created_at, pk = position
    hour = int(created_at.timestamp() // SECONDS_OF_HOUR)
    values = {"appid": appid, "kind": rows.kind, "created_at": created_at, "pk": pk, "hour": hour}
    values |= {"day": hour - hour % 24, "until": datetime.fromtimestamp((hour + 1) * SECONDS_OF_HOUR, UTC)}
    sql = f"""
        SELECT coalesce(sum(number), 0)::bigint FROM (
            SELECT number FROM dashboard_rowcount
            WHERE appid = %(appid)s AND kind = %(kind)s AND hours = 24 AND begins > %(day)s
            UNION ALL
            SELECT number FROM dashboard_rowcount
            WHERE appid = %(appid)s AND kind = %(kind)s AND hours = 1 AND begins > %(hour)s AND begins < %(day)s + 24
            UNION ALL
            SELECT change FROM ({CHANGES}) AS changes WHERE hour > %(hour)s
            UNION ALL
            SELECT count(*) FROM {rows.table}
            WHERE appid = %(appid)s {f"AND {rows.condition}" if rows.condition else ""}
            AND created_at >= %(created_at)s AND created_at < %(until)s
            AND (created_at, {rows.pk}) >= (%(created_at)s, %(pk)s)
        ) AS it
    """
    return int(_fetch_one(sql, values)[0])


def tidy() -> None:
    """Fold the changes into the sums, and delete the sums of periods without rows, unless others fold them now."""
    if not are_kept():
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT dashboard_fold_row_counts()")
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [FOLD_LOCK])
        if cursor.fetchone() == (True,):
            cursor.execute("DELETE FROM dashboard_rowcount WHERE number = 0")


def recount(rows: CountedRows) -> list[int]:
    """Count all of these rows, of every APPID, and correct the numbers; return each hour's correction.

    It is negative if the number was too high. One statement compares rows and numbers in one snapshot, so that others
    may write meanwhile. It reads all rows.
    """
    values = {"kind": rows.kind}
    sql = f"""
        INSERT INTO dashboard_rowcountchange (appid, kind, hour, change)
        SELECT appid, %(kind)s, hour, sum(number) FROM (
            SELECT appid, {hour_of("created_at")} AS hour, count(*) AS number FROM {rows.table}
            {f"WHERE {rows.condition}" if rows.condition else ""} GROUP BY 1, 2
            UNION ALL SELECT appid, begins, -number FROM dashboard_rowcount WHERE kind = %(kind)s AND hours = 1
            UNION ALL SELECT appid, hour, -change FROM dashboard_rowcountchange WHERE kind = %(kind)s
        ) AS it GROUP BY appid, hour HAVING sum(number) <> 0 RETURNING change
    """
    days = f"""
        INSERT INTO dashboard_rowcount (appid, kind, hours, begins, number)
        SELECT appid, kind, 24, {_day_of("begins")}, sum(number) FROM dashboard_rowcount
        WHERE kind = %(kind)s AND hours = 1 GROUP BY appid, kind, 4
    """
    with without_statement_timeout(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FOLD_LOCK])
        cursor.execute(sql, values)
        missing = [change for (change,) in cursor.fetchall()]
        cursor.execute("DELETE FROM dashboard_rowcount WHERE kind = %(kind)s AND hours = 24", values)
        cursor.execute(days, values)
        cursor.execute("SELECT dashboard_fold_row_counts()")
    return missing


def sample_errors(rows: CountedRows, appid: str) -> int:
    """Return in how many hours of a sample the number is wrong: the last 24, and SAMPLED_HOURS others."""
    condition = f"AND {rows.condition}" if rows.condition else ""
    sql = f"""
        SELECT count(*) FROM (
            (SELECT begins FROM dashboard_rowcount WHERE appid = %(appid)s AND kind = %(kind)s AND hours = 1
             ORDER BY random() LIMIT {SAMPLED_HOURS})
            UNION SELECT generate_series({hour_of("now()")} - 23, {hour_of("now()")})
        ) AS hours WHERE (
            SELECT coalesce(sum(number), 0) FROM (
                SELECT number FROM dashboard_rowcount
                WHERE appid = %(appid)s AND kind = %(kind)s AND hours = 1 AND begins = hours.begins
                UNION ALL SELECT change FROM ({CHANGES}) AS changes WHERE hour = hours.begins
            ) AS it
        ) <> (
            SELECT count(*) FROM {rows.table} WHERE appid = %(appid)s {condition}
            AND created_at >= to_timestamp(hours.begins * 3600.0)
            AND created_at < to_timestamp((hours.begins + 1) * 3600.0)
        )
    """
    return int(_fetch_one(sql, {"appid": appid, "kind": rows.kind})[0])


def _fetch_one(sql: str, values: dict[str, Any]) -> Any:
    with connections[read_alias()].cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()
