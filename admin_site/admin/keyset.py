"""Pages of a list by keyset: each page begins after the last row of the one before.

A page costs the same wherever it is, because an index finds its start. Rows that are added meanwhile move no other row
to another page.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

from admin_site.admin.filters import SUPPORTED_YEARS
from dashboard.models import ID_PATTERN

Rows = QuerySet[Any]
CREATED = "created_at"
AFTER, BEFORE = "after", "before"
NONE = "none"
POSITION_PATTERN = re.compile(
    rf"(?P<none>{NONE}~)?(?P<time>[0-9T:.-]{{19,26}}\+00:00)~(?P<pk>[0-9]{{1,18}}|{ID_PATTERN.pattern})", re.ASCII
)


@dataclass(frozen=True)
class Order:
    """The order of a list: by a column of times, then by the primary key. Descending: newest first.

    Rows without a time come last in descending order, the latest created first, and first in ascending order.
    """

    column: str = CREATED
    is_descending: bool = True

    def names(self) -> list[str]:
        """Return the order as Django's `order_by` takes it."""
        sign = "-" if self.is_descending else ""
        return [f"{sign}{self.column}", f"{sign}pk"]


@dataclass(frozen=True)
class Position:
    """The place of a row in an order: the time that it is sorted by, and its id.

    For a row without a time in the column, `time` is when it was created, and `is_none` is true.
    """

    time: datetime
    pk: str
    is_none: bool = False

    @classmethod
    def of(cls, row: Model, column: str) -> Self:
        time = getattr(row, column)
        return cls(time or row.created_at, str(row.pk), time is None)  # type: ignore[attr-defined]

    def __str__(self) -> str:
        return f"{NONE + '~' if self.is_none else ''}{self.time.astimezone(UTC).isoformat()}~{self.pk}"

    @classmethod
    def parse(cls, text: str, model: type[Model], column: str) -> Self | None:
        """Return the position in an address, or None if it is not one of this list."""
        match = POSITION_PATTERN.fullmatch(text)
        if not match:
            return None
        try:
            time = datetime.fromisoformat(match["time"])
        except ValueError:
            return None
        is_none, has_numbers = bool(match["none"]), model._meta.pk.get_internal_type() == "BigAutoField"
        if has_numbers != match["pk"].isdigit() or time.year not in SUPPORTED_YEARS:
            return None
        return None if is_none and not model._meta.get_field(column).null else cls(time, match["pk"], is_none)


@dataclass(frozen=True)
class Cursor:
    """Where a page begins: after or before a position, or, without one, at the start of the list."""

    position: Position | None = None
    is_forward: bool = True

    @classmethod
    def read(cls, query: QueryDict, model: type[Model], column: str) -> Self:
        """Return the cursor in the parameters of a request. An invalid one is the start of the list."""
        if before := Position.parse(query.get(BEFORE, ""), model, column):
            return cls(before, is_forward=False)
        return cls(Position.parse(query.get(AFTER, ""), model, column))


@dataclass(frozen=True)
class Page:
    """The rows of a page, and whether the list has rows before and after them."""

    rows: list[Any]
    has_previous: bool
    has_next: bool


def read_page(rows: Rows, order: Order, cursor: Cursor, size: int) -> Page:
    """Return the page of at most `size` rows that begins at the cursor."""
    found = walk(rows, order, cursor, size + 1)
    has_more = len(found) > size
    page = found[:size] if cursor.is_forward else found[:size][::-1]
    has_start = cursor.position is not None
    return Page(page, has_start, has_more) if cursor.is_forward else Page(page, has_more, has_start)


def walk(rows: Rows, order: Order, cursor: Cursor, limit: int) -> list[Any]:
    """Return at most `limit` rows from the cursor on, in the direction of the cursor."""
    start, is_descending = cursor.position, order.is_descending == cursor.is_forward
    parts = _parts(rows, order.column)
    if not is_descending:
        parts.reverse()
    if start and parts[0].is_none != start.is_none:
        del parts[0]
    found: list[Any] = []
    for number, part in enumerate(parts):
        beginning = part.after(start, is_descending=is_descending) if number == 0 else part.rows
        found += beginning.order_by(*Order(part.column, is_descending).names())[: limit - len(found)]
        if len(found) >= limit:
            break
    return found


@dataclass(frozen=True)
class _Part:
    """Rows with a time in the column of the order, or those without, which are in the order of their creation."""

    rows: Rows
    column: str
    is_none: bool

    def after(self, start: Position | None, *, is_descending: bool) -> Rows:
        """Select what follows a position. The second condition lets an index find the start."""
        if start is None:
            return self.rows
        sign = "lt" if is_descending else "gt"
        further = Q(**{f"{self.column}__{sign}": start.time}) | Q(**{f"pk__{sign}": start.pk})
        return self.rows.filter(further, **{f"{self.column}__{sign}e": start.time})


def _parts(rows: Rows, column: str) -> list[_Part]:
    """Return the parts of a list in descending order."""
    if not rows.model._meta.get_field(column).null:
        return [_Part(rows, column, is_none=False)]
    return [
        _Part(rows.filter(**{f"{column}__isnull": False}), column, is_none=False),
        _Part(rows.filter(**{f"{column}__isnull": True}), CREATED, is_none=True),
    ]
