"""Lists, newest first: a page by offset, a page by the id it comes after, or all rows, streamed."""

import re
from dataclasses import dataclass
from typing import Any, Self

from django.conf import settings
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from dashboard.api.parameters import Query
from dashboard.api.responses import Answer, array, streamed
from dashboard.core.errors import DashboardError, Refusal
from dashboard.db.listing import Listing
from dashboard.models import RecordQuerySet

LONGEST_PAGE = 1000
HIGHEST_OFFSET = 2**31 - 1
DIGITS = re.compile(r"[0-9]{1,10}")

OFFSET = Query(
    "offset",
    "How many rows to skip.",
    lambda: {"type": "integer", "minimum": 0, "maximum": HIGHEST_OFFSET, "default": 0},
    required=False,
)
LIMIT = Query(
    "limit",
    "How many rows to answer.",
    lambda: {"type": "integer", "minimum": 1, "maximum": LONGEST_PAGE, "default": settings.PAGE_SIZE},
    required=False,
)
ALL = Query(
    "all",
    "Whether to answer every row, streamed.",
    lambda: {"type": "string", "enum": ["true", "false"], "default": "false"},
    required=False,
)
AFTER = Query(
    "after",
    "The id of the row that the page comes after; the Link header of a page gives the next one.",
    lambda: {"type": "string", "pattern": "^([a-z]{4}_[0-9a-f]{16})?$"},
    required=False,
)
PAGING = (OFFSET, LIMIT, ALL, AFTER)
PAGING_ERRORS = (Refusal.OFFSET, Refusal.LIMIT, Refusal.ALL)


@dataclass(frozen=True)
class Paging:
    """Which rows of a list are wanted."""

    offset: int
    limit: int
    all: bool
    after: str

    @classmethod
    def of(cls, request: Request) -> Self:
        """Raises invalid-offset, invalid-limit, invalid-all (400) for what does not parse or is out of range."""
        return cls(
            offset=_number(request, OFFSET, 0, range(HIGHEST_OFFSET + 1), Refusal.OFFSET),
            limit=_number(request, LIMIT, settings.PAGE_SIZE, range(1, LONGEST_PAGE + 1), Refusal.LIMIT),
            all=_boolean(request, ALL, Refusal.ALL),
            after=AFTER.of(request),
        )


def _number(request: Request, query: Query, default: int, valid: range, refusal: Refusal) -> int:
    if not query.is_in(request):
        return default
    given = query.of(request)
    if not DIGITS.fullmatch(given) or int(given) not in valid:
        raise DashboardError(refusal)
    return int(given)


def _boolean(request: Request, query: Query, refusal: Refusal) -> bool:
    given = query.of(request)
    if query.is_in(request) and given not in ("true", "false"):
        raise DashboardError(refusal)
    return given == "true"


def listed(request: Request, records: Listing, among: RecordQuerySet[Any] | None = None) -> HttpResponseBase:
    """The page that the request asks for, with a Link header (RFC 8288) to the next one where there is one.

    `after` names one of the list's rows, or where rows may leave the list meanwhile, one `among` others. Raises as
    `Paging.of`, and the model's `unknown` (404) where it names none.
    """
    paging = Paging.of(request)
    after = (records.queryset() if among is None else among).by_id(paging.after) if paging.after else None
    if paging.all:
        chunks = records.queryset(after).in_chunks()
        return streamed(array([records.as_wire(row) for row in chunk] for chunk in chunks))
    found = records.page(after, paging.offset, paging.limit + 1)
    page = found[: paging.limit]
    response = Answer([records.as_wire(row) for row in page])
    if len(found) > len(page):
        response["Link"] = f'<{_next(request, page[-1].public_id)}>; rel="next"'
    return response


def _next(request: Request, last: str) -> str:
    query = request.query_params.copy()
    query.pop(OFFSET.name, None)
    query[AFTER.name] = last
    return f"{request.path}?{query.urlencode()}"
