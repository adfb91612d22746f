"""Lists, newest first: a page by `offset`, a page `after` a row's id, or all rows."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, Self

from django.conf import settings
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.api.parameters import QueryParameter
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.json import JSON
from dashboard.db import prepared
from dashboard.db.counts import row_counts
from dashboard.db.counts.row_counts import CountedRows
from dashboard.models import ID_PATTERN, Record, RecordQuerySet
from dashboard.models.querysets import Read, read_at_once

MAX_LIMIT = 1000
MAX_OFFSET = 2**31 - 1
FAR = 1_000  # from this offset on, the row before the page is looked up, instead of reading all that are skipped
DIGITS = re.compile(r"[0-9]{1,10}")

OFFSET = QueryParameter(
    "offset",
    "How many rows to skip.",
    lambda: {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET, "default": 0},
    required=False,
)
LIMIT = QueryParameter(
    "limit",
    "How many rows to return.",
    lambda: {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": settings.PAGE_SIZE},
    required=False,
)
ALL = QueryParameter(
    "all",
    "Whether to return all rows, streamed.",
    lambda: {"type": "boolean", "default": False},
    required=False,
)
AFTER = QueryParameter(
    "after",
    "The id of the row that the page comes after; the Link header of a page gives the next one.",
    lambda: {"type": "string", "pattern": "^([a-z]{4}_[0-9a-f]{16})?$"},
    required=False,
)
PAGINATION_PARAMETERS = (OFFSET, LIMIT, ALL, AFTER)
PAGINATION_ERRORS = (ErrorCode.OFFSET_INVALID, ErrorCode.LIMIT_INVALID, ErrorCode.ALL_INVALID)


class Listing(Protocol):
    """A list of rows that `ListPagination` cuts pages from."""

    def queryset(self, after: Any = None) -> Any:
        """Return all rows, or those that come after a row."""

    def page(self, after: Any, offset: int, limit: int) -> list[Any]:
        """Return at most `limit` rows from `offset` on, of those that come after a row."""

    def cursor(self, pk: str) -> Any:
        """Return the row of this id, which `after` names. Raises the model's error (404) where there is none."""

    def count(self) -> int:
        """Return how many rows there are."""

    def as_json(self, row: Any) -> JSON:
        """Return a row as the reader of this list may see it."""


@dataclass(frozen=True)
class PageQuery:
    """The rows of a list that a request asks for."""

    offset: int
    limit: int
    all: bool
    after: str

    @classmethod
    def read(cls, request: Request) -> Self:
        """Read the parameters.

        Raises invalid-offset, invalid-limit, invalid-all (400) for values that do not parse or are out of range.
        """
        return cls(
            offset=read_number(request, OFFSET, 0, range(MAX_OFFSET + 1), ErrorCode.OFFSET_INVALID),
            limit=read_number(request, LIMIT, settings.PAGE_SIZE, range(1, MAX_LIMIT + 1), ErrorCode.LIMIT_INVALID),
            all=_read_boolean(request, ALL, ErrorCode.ALL_INVALID),
            after=AFTER.read(request),
        )


def read_number(request: Request, parameter: QueryParameter, default: int, valid: range, error_code: ErrorCode) -> int:
    """Return a parameter that is a number, or its default. Raises the error if it is not a number, or out of range."""
    if not parameter.is_present(request):
        return default
    value = parameter.read(request)
    if not DIGITS.fullmatch(value) or int(value) not in valid:
        raise DashboardError(error_code)
    return int(value)


def _read_boolean(request: Request, parameter: QueryParameter, error_code: ErrorCode) -> bool:
    value = parameter.read(request)
    if parameter.is_present(request) and value not in ("true", "false"):
        raise DashboardError(error_code)
    return value == "true"


class ListPagination(BasePagination):
    """Pages with a Link header (RFC 8288) to the next one. With `all=true` there are no pages."""

    request: Request
    query: PageQuery
    after: Any
    next_pk: str

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """Return the rows of the page, or None where the request asks for all rows: `chunks` has these.

        The view's `reader` reads the rows, but not the one that `after` names: what another database has shown may not
        be in this one yet. Raises as `PageQuery.read` and `Listing.cursor`.
        """
        listing: Listing = queryset
        read: Read = getattr(view, "reader", read_at_once)
        self.request, self.query = request, PageQuery.read(request)
        self.after = listing.cursor(self.query.after) if self.query.after else None
        if self.query.all:
            return None
        query, after = self.query, self.after
        rows: list[Any] = read(lambda: listing.page(after, query.offset, query.limit + 1))
        page = rows[: self.query.limit]
        self.next_pk = page[-1].public_id if len(rows) > len(page) else ""
        return page

    def chunks(self, listing: Listing, read: Read = read_at_once) -> Iterator[list[Any]]:
        """Yield all rows, or those after `after`, some at a time, by this reader."""
        chunks: Iterator[list[Any]] = listing.queryset(self.after).in_chunks(read)
        return chunks

    def get_paginated_response(self, data: Any) -> Response:
        return Response(data, headers={"Link": f'<{self._next_path()}>; rel="next"'} if self.next_pk else None)

    def _next_path(self) -> str:
        query = self.request.query_params.copy()
        query.pop(OFFSET.name, None)
        query[AFTER.name] = self.next_pk
        return f"{self.request.path}?{query.urlencode()}"


@dataclass(frozen=True)
class RecordList:
    """The rows of a manager's method, such as `Session.objects.all`: all of them, or those of one account.

    `counted` are the same rows, where the database keeps their number.
    """

    rows: Callable[[], RecordQuerySet[Any]]
    accountid: str = ""
    cursor_rows: Callable[[], RecordQuerySet[Any]] | None = None
    counted: CountedRows | None = None

    def cursor(self, pk: str) -> Any:
        """Return the row that `after` names: one of the list, or of `cursor_rows` where rows may leave the list."""
        return (self.cursor_rows() if self.cursor_rows else self.queryset()).get_or_refuse(pk)

    def queryset(self, after: Record | None = None) -> RecordQuerySet[Any]:
        rows = self.rows().of_account(self.accountid).newest_first()
        return rows.older_than(after) if after else rows

    def page(self, after: Record | None, offset: int, limit: int) -> list[Any]:
        """Return at most `limit` rows from `offset` on, of all or of those that come after a row.

        It takes one query, and up to two more for an offset from FAR on.
        """
        if self.accountid and not ID_PATTERN.fullmatch(self.accountid):
            return []
        if offset >= FAR:
            after, offset = self._row_at(after, offset - 1), 0
            if after is None:
                return []
        values: dict[str, Any] = {"account": self.accountid} if self.accountid else {}
        if after:
            values |= {"created_at": after.created_at, "pk": after.pk}
        return prepared.fetch_page(_listed, self.rows, settings.APPID, offset=offset, limit=limit, **values)

    def count(self) -> int:
        """Return how many rows the list has."""
        if self.counted and not self.accountid and row_counts.are_kept():
            return row_counts.count(self.counted, settings.APPID)
        return self.rows().of_account(self.accountid).count()

    def _row_at(self, after: Record | None, offset: int) -> Any:
        """Return a row with the position of the one at `offset`, of all or of those that come after a row, or None."""
        model = self.rows().model
        if self.counted and not self.accountid and row_counts.are_kept():
            start = (after.created_at, after.pk) if after else None
            found = row_counts.find(self.counted, settings.APPID, offset, start)
        else:  # the columns of an index, without what else a page has of each row
            found = self.queryset(after).values_list("created_at", "pk")[offset : offset + 1].first()
        return model(created_at=found[0], pk=found[1]) if found else None

    def as_json(self, row: Any) -> JSON:
        json: JSON = row.as_json()
        return json


def _listed(rows: Callable[[], Any], appid: str, **values: Any) -> RecordQuerySet[Any]:
    """Build the query of a page. `appid` is already a condition of `rows()`: with it, each APPID has a statement."""
    listed: RecordQuerySet[Any] = rows().newest_first()
    if "account" in values:
        listed = listed.filter(account=values["account"])
    if "pk" in values:
        listed = listed.older_than(listed.model(pk=values["pk"], created_at=values["created_at"]))
    return listed
