"""Lists, newest first: a page by offset, a page by the id it comes after, or all rows, streamed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, Self

from django.conf import settings
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from dashboard.api.parameters import QueryParameter
from dashboard.api.responses import JSONResponse, json_array, stream_json
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.json import JSON
from dashboard.db import prepared
from dashboard.models import ID_PATTERN, Record, RecordQuerySet

MAX_LIMIT = 1000
MAX_OFFSET = 2**31 - 1
DIGITS = re.compile(r"[0-9]{1,10}")

OFFSET = QueryParameter(
    "offset",
    "How many rows to skip.",
    lambda: {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET, "default": 0},
    required=False,
)
LIMIT = QueryParameter(
    "limit",
    "How many rows to answer.",
    lambda: {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": settings.PAGE_SIZE},
    required=False,
)
ALL = QueryParameter(
    "all",
    "Whether to answer every row, streamed.",
    lambda: {"type": "string", "enum": ["true", "false"], "default": "false"},
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


@dataclass(frozen=True)
class PageQuery:
    """Which rows of a list are wanted."""

    offset: int
    limit: int
    all: bool
    after: str

    @classmethod
    def of(cls, request: Request) -> Self:
        """Raises invalid-offset, invalid-limit, invalid-all (400) for what does not parse or is out of range."""
        return cls(
            offset=_number(request, OFFSET, 0, range(MAX_OFFSET + 1), ErrorCode.OFFSET_INVALID),
            limit=_number(request, LIMIT, settings.PAGE_SIZE, range(1, MAX_LIMIT + 1), ErrorCode.LIMIT_INVALID),
            all=_boolean(request, ALL, ErrorCode.ALL_INVALID),
            after=AFTER.read(request),
        )


def _number(request: Request, query: QueryParameter, default: int, valid: range, refusal: ErrorCode) -> int:
    if not query.is_present(request):
        return default
    given = query.read(request)
    if not DIGITS.fullmatch(given) or int(given) not in valid:
        raise DashboardError(refusal)
    return int(given)


def _boolean(request: Request, query: QueryParameter, refusal: ErrorCode) -> bool:
    given = query.read(request)
    if query.is_present(request) and given not in ("true", "false"):
        raise DashboardError(refusal)
    return given == "true"


def paginate(request: Request, records: "Listing", among: RecordQuerySet[Any] | None = None) -> HttpResponseBase:
    """The page that the request asks for, with a Link header (RFC 8288) to the next one where there is one.

    `after` names one of the list's rows, or where rows may leave the list meanwhile, one `among` others. Raises as
    `PageQuery.of`, and the model's `unknown` (404) where it names none.
    """
    paging = PageQuery.of(request)
    after = (records.queryset() if among is None else among).get_or_refuse(paging.after) if paging.after else None
    if paging.all:
        chunks = records.queryset(after).in_chunks()
        return stream_json(json_array([records.as_json(row) for row in chunk] for chunk in chunks))
    found = records.page(after, paging.offset, paging.limit + 1)
    page = found[: paging.limit]
    response = JSONResponse([records.as_json(row) for row in page])
    if len(found) > len(page):
        response["Link"] = f'<{_next(request, page[-1].public_id)}>; rel="next"'
    return response


def _next(request: Request, last: str) -> str:
    query = request.query_params.copy()
    query.pop(OFFSET.name, None)
    query[AFTER.name] = last
    return f"{request.path}?{query.urlencode()}"


class Listing(Protocol):
    """The rows that `paginate` makes pages of, newest first."""

    def queryset(self, after: Any = None) -> Any:
        """Return all rows, or those that come after one of them."""

    def page(self, after: Any, offset: int, limit: int) -> list[Any]:
        """Return at most `limit` rows from `offset` on, of all or of those that come after a row."""

    def as_json(self, row: Any) -> JSON:
        """Return a row as the reader of the list may see it."""


@dataclass(frozen=True)
class RecordList:
    """The rows of a manager's method, such as `Session.objects.all`: all of them, or those of one account."""

    rows: Callable[[], RecordQuerySet[Any]]
    accountid: str = ""

    def queryset(self, after: Record | None = None) -> RecordQuerySet[Any]:
        rows = self.rows().of_account(self.accountid).newest_first()
        return rows.older_than(after) if after else rows

    def page(self, after: Record | None, offset: int, limit: int) -> list[Any]:
        """Return at most `limit` rows from `offset` on, of all or of those that come after a row, in one query."""
        if self.accountid and not ID_PATTERN.fullmatch(self.accountid):
            return []
        values: dict[str, Any] = {"account": self.accountid} if self.accountid else {}
        if after:
            values |= {"created_at": after.created_at, "pk": after.pk}
        return prepared.fetch_page(_listed, self.rows, settings.APPID, offset=offset, limit=limit, **values)

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
