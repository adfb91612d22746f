"""The rows of a list, newest first. After a session check, a page is what applications and administrators ask for most.

On PostgreSQL the ORM writes a list's statement once; then a page costs the execution of that and its rows, and not the
making of a query, which would cost twice as much again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection

from dashboard.core.json import JSON
from dashboard.db.instances import cacheable_columns, instance_from_columns
from dashboard.models import ID_PATTERN, Record, RecordQuerySet

Rows = Callable[[], RecordQuerySet[Any]]

# What stands in a statement while it is written, for what each execution puts there
ACCOUNTID = "acct_0000000000000000"
CREATED_AT = datetime(2000, 1, 1, tzinfo=UTC)
PK = "none_0000000000000000"


@dataclass(frozen=True)
class RecordList:
    """All rows of a manager's method, such as `Session.objects.all`, or those of one account."""

    rows: Rows
    accountid: str = ""
    cursor_rows: Rows | None = None

    def cursor(self, pk: str) -> Any:
        """Return the row that `after` names: one of the list, or of `cursor_rows` where rows may leave the list."""
        return (self.cursor_rows() if self.cursor_rows else self.queryset()).get_or_refuse(pk)

    def queryset(self, after: Record | None = None) -> RecordQuerySet[Any]:
        rows = self.rows().of_account(self.accountid).newest_first()
        return rows.older_than(after) if after else rows

    def page(self, after: Record | None, offset: int, limit: int) -> list[Any]:
        """At most `limit` rows from `offset` on, of those that come after a row, in one query."""
        if connection.vendor != "postgresql" or (self.accountid and not ID_PATTERN.fullmatch(self.accountid)):
            return list(self.queryset(after)[offset : offset + limit])
        model, sql, parameters = _statement(
            self.rows, settings.APPID, of_account=bool(self.accountid), older=after is not None
        )
        values: dict[Any, Any] = {ACCOUNTID: self.accountid}
        if after:
            values |= {CREATED_AT: after.created_at, PK: after.pk}
        with connection.cursor() as cursor:
            cursor.execute(sql, [*(values.get(parameter, parameter) for parameter in parameters), limit, offset])
            _, names = cacheable_columns(model)
            return [instance_from_columns(model, names, row) for row in cursor.fetchall()]

    def as_json(self, row: Any) -> JSON:
        wire: JSON = row.as_json()
        return wire


@lru_cache
def _statement(rows: Rows, appid: str, *, of_account: bool, older: bool) -> tuple[Any, str, tuple[Any, ...]]:
    """The model, the statement, and its parameters, among which are those that an execution replaces."""
    listed = RecordList(rows, ACCOUNTID if of_account else "").queryset()
    model: Any = listed.model
    if older:
        listed = listed.older_than(model(pk=PK, created_at=CREATED_AT))
    sql, parameters = listed.only(*cacheable_columns(model)[1]).query.sql_with_params()
    return model, f"{sql} LIMIT %s OFFSET %s", parameters
