"""The routes of events and figures, and how they refuse."""

from dashboard.core.errors import ErrorCode
from events.services import feed
from events.services.feed_cursors import Cursor
from tests.accounts.cases import OWN_ACCOUNTID, accountid
from tests.cases import Case, InvalidInput, RequestContext, missing, paging
from tests.factories import EventFactory


def eventid(context: RequestContext) -> str:
    return EventFactory(account=context.account).public_id


WRONG_KEYS = (
    "accounts-created",
    "accounts-created/",
    "/total",
    "accounts-created/ever",
    "accounts-created/TOTAL",
    "Accounts-created/total",
    "accounts-created/22",
    "accounts-created/20220",
    "accounts-created/2022-1",
    "accounts-created/2022-00",
    "accounts-created/2022-13",
    "accounts-created/2022-01-1",
    "accounts-created/2022-01-00",
    "accounts-created/2022-01-32",
    "accounts-created/٢٠٢٢",
    "accounts-created/total\n",
    "accounts-created/total\0",
    "accounts-created/total,",
    ",accounts-created/total",
    "accounts-created/total, sessions-created/total",
    "accounts-created/total,sessions-created",
    "a" * 10_000,
    ["accounts-created/total", "sessions-created/total"],
)


def overtaken(context: RequestContext) -> str:
    """Return a cursor after which an event was purged."""
    cursor = feed.from_now()
    event = EventFactory(account=context.account)
    state = feed.feed_state(cursor.history)
    state.purged_through, state.purged_transaction_id = event.pk + 1, 2**62
    state.save()
    return cursor.encode()


WRONG_CURSORS = (
    "",
    "evnt_0123456789abcdef",
    "2022-13-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "x" * 30_000,
    "lQEGA8DA",
    "beginning\0",
    ["a", "b"],
)
FEED = Case(
    "GET",
    "feed",
    "administrator",
    query={"after": "beginning", "wait": "0"},
    invalid_inputs=(
        *(InvalidInput(ErrorCode.WAIT_INVALID, query={"wait": value}) for value in ("31", "-1", "", "1.5", "a")),
        *(
            InvalidInput(ErrorCode.ACTION_INVALID, query={"action": value})
            for value in ("", "sign-in", "create-session,")
        ),
        *(InvalidInput(ErrorCode.LIMIT_INVALID, query={"limit": value}) for value in ("0", "1001", "")),
        *(InvalidInput(ErrorCode.READER_NAME, query={"reader": value}) for value in ("", "a b", "é", "a" * 51)),
        *(InvalidInput(ErrorCode.CURSOR_INVALID, query={"after": value}) for value in WRONG_CURSORS),
        InvalidInput(ErrorCode.FEED_RESTARTED, query={"after": Cursor("other", last=2**40).encode()}),
        InvalidInput(ErrorCode.FEED_OVERTAKEN, query={"after": overtaken}),
    ),
)

CASES = (
    FEED,
    Case("GET", "administrator/events", "administrator", invalid_inputs=paging(ErrorCode.EVENTID_UNKNOWN, eventid)),
    Case("GET", "administrator/events-count", "administrator"),
    Case(
        "GET",
        "user/events",
        "user",
        query={"accountid": accountid},
        invalid_inputs=(*OWN_ACCOUNTID, *paging(ErrorCode.EVENTID_UNKNOWN, eventid)),
    ),
    Case("GET", "user/events-count", "user", query={"accountid": accountid}, invalid_inputs=OWN_ACCOUNTID),
    Case(
        "GET",
        "administrator/metric-keys",
        "administrator",
        query={"keys": "accounts-created/total,active-sessions/total"},
        invalid_inputs=(
            *missing(ErrorCode.METRIC_KEYS_MISSING, "keys"),
            *(InvalidInput(ErrorCode.METRIC_KEY_INVALID, query={"keys": value}) for value in WRONG_KEYS),
        ),
    ),
)
