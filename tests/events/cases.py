"""The routes of events and figures, and how they refuse."""

from dashboard.core.errors import ErrorCode
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

CASES = (
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
