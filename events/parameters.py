"""Parameters of the routes of events and metrics."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from django.utils.dateparse import parse_datetime
from rest_framework.request import Request

from dashboard.api.pagination import MAX_LIMIT, read_number
from dashboard.api.parameters import QueryParameter
from dashboard.core.errors import DashboardError, ErrorCode
from events.models import Action
from events.services import feed
from events.services.feed_cursors import Cursor
from events.services.feed_readers import NAME_PATTERN
from events.services.metric_keys import METRIC_KEY

MAX_WAIT = 30  # seconds
DEFAULT_FEED_LIMIT = 100
ANY_ACTION = f"({'|'.join(Action.values)})"

ACTION_FILTER = QueryParameter(
    "action",
    "Only events of this operation, by the name of its route. If it is empty, all; if it is unknown, none.",
    lambda: {"type": "string"},
    required=False,
)
METRIC_KEYS = QueryParameter(
    "keys",
    "The metrics, separated by commas: name/total, name/YYYY, name/YYYY-MM or name/YYYY-MM-DD.",
    lambda: {"type": "string", "pattern": f"^{METRIC_KEY}(,{METRIC_KEY})*$"},
)
CURSOR = QueryParameter(
    "after",
    "The cursor that the call before has returned; `beginning` for all events that are kept, or a time for those since."
    " Without it, the feed begins now.",
    lambda: {"type": "string"},
    required=False,
)
WAIT = QueryParameter(
    "wait",
    "How many seconds to wait where there are no events after the cursor yet.",
    lambda: {"type": "integer", "minimum": 0, "maximum": MAX_WAIT, "default": 0},
    required=False,
)
ACTIONS = QueryParameter(
    "action",
    "Only events of these operations, by the names of their routes, separated by commas.",
    lambda: {"type": "string", "pattern": f"^{ANY_ACTION}(,{ANY_ACTION})*$"},
    required=False,
)
FEED_LIMIT = QueryParameter(
    "limit",
    "How many events to return at most.",
    lambda: {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_FEED_LIMIT},
    required=False,
)
READER = QueryParameter(
    "reader",
    "A name under which what `after` has not passed yet is kept from `purge_events`.",
    lambda: {"type": "string", "pattern": f"^{NAME_PATTERN}$"},
    required=False,
)
FEED_PARAMETERS = (CURSOR, WAIT, ACTIONS, FEED_LIMIT, READER)
FEED_ERRORS = (
    ErrorCode.WAIT_INVALID,
    ErrorCode.ACTION_INVALID,
    ErrorCode.LIMIT_INVALID,
    ErrorCode.READER_NAME,
    ErrorCode.CURSOR_INVALID,
    ErrorCode.FEED_RESTARTED,
    ErrorCode.FEED_OVERTAKEN,
)


@dataclass(frozen=True)
class FeedQuery:
    """The parameters of a read of the feed. `is_new` says that the feed has not returned its cursor before."""

    cursor: Cursor
    is_new: bool
    wait: int
    actions: frozenset[str]
    limit: int
    reader: str

    @classmethod
    def read(cls, request: Request) -> Self:
        """Read the parameters. Raises FEED_ERRORS but the last two, all 400, in their order."""
        wait = read_number(request, WAIT, 0, range(MAX_WAIT + 1), ErrorCode.WAIT_INVALID)
        actions = frozenset(ACTIONS.read(request).split(",")) if ACTIONS.is_present(request) else frozenset()
        if not actions <= set(Action.values):
            raise DashboardError(ErrorCode.ACTION_INVALID)
        limit = read_number(request, FEED_LIMIT, DEFAULT_FEED_LIMIT, range(1, MAX_LIMIT + 1), ErrorCode.LIMIT_INVALID)
        reader = READER.read(request)
        if READER.is_present(request) and not re.fullmatch(NAME_PATTERN, reader):
            raise DashboardError(ErrorCode.READER_NAME)
        after = CURSOR.read(request)
        if not CURSOR.is_present(request):
            wait = 0  # what happened during the wait would be before the cursor of the answer
        new = _new_cursor(after, is_given=CURSOR.is_present(request))
        return cls(new or Cursor.read(after), new is not None, wait, actions, limit, reader)


def _new_cursor(after: str, *, is_given: bool) -> Cursor | None:
    """Return the cursor for a reader that begins, or None for one that continues."""
    if not is_given:
        return feed.from_now()
    if after == "beginning":
        return feed.from_beginning()
    moment = _time(after)
    return feed.from_time(moment) if moment else None


def _time(text: str) -> datetime | None:
    """Return the time in UTC, which one without a time zone is in, or None for text that is none or out of range."""
    try:
        moment = parse_datetime(text)
        if moment is None:
            return None
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # well formed, but no time, or before the year 1 or after 9999 in UTC
        return None
