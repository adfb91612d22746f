"""Every declared error code is in the route tables, and every one of the tables is declared, in the same order.

test_error_order.py sends the requests.
"""

import pytest

from dashboard.api.routing import Access, declared
from dashboard.api.schema.errors import common_errors
from dashboard.core.errors import ErrorCode
from tests.api.cases import CASES
from tests.cases import CONTRACT, each_case
from tests.client import outcome

CALLERS = {
    Access.PUBLIC: ["guest"],
    Access.CHECK: ["user"],
    Access.USER: ["user"],
    Access.SERVICE: ["service"],
    Access.ADMINISTRATOR: ["administrator", "owner"],
}
OF_NO_ROUTE = {ErrorCode.UNKNOWN_ROUTE, ErrorCode.METHOD_NOT_ALLOWED}
OF_ADDED_CLASSES = {ErrorCode.PERMISSION_DENIED, ErrorCode.TOO_MANY_REQUESTS}  # tests/api/test_drf.py reaches them
OF_RACES = {ErrorCode.ADMINISTRATOR_REQUIRED, ErrorCode.SIGN_IN_REQUIRED}  # tests/attacks reaches them
OF_THE_SITE = {  # tests/admin and tests/service_credentials reach them
    ErrorCode.SIGN_IN_NOT_ADMINISTRATOR,
    ErrorCode.CREDENTIALID_MISSING,
    ErrorCode.CREDENTIALID_UNKNOWN,
    ErrorCode.CREDENTIAL_NAME,
    ErrorCode.CREDENTIAL_SCOPES,
    ErrorCode.CREDENTIAL_NETWORKS,
    ErrorCode.CREDENTIAL_EXPIRY,
    ErrorCode.CREDENTIAL_ALREADY_REVOKED,
    ErrorCode.WEBHOOKID_MISSING,
    ErrorCode.WEBHOOKID_UNKNOWN,
    ErrorCode.DELIVERYID_UNKNOWN,
    ErrorCode.WEBHOOK_URL,
    ErrorCode.WEBHOOK_DISABLED,
    ErrorCode.WEBHOOK_ENABLED,
    ErrorCode.READERS_BEHIND,
}

DECLARED = {(route.spec.method, route.path.removeprefix("/api/")): (route.access, route.spec) for route in declared()}
TABLES = {(case.method, case.route): case for case in CASES}


each_declared = pytest.mark.parametrize("key", DECLARED, ids=lambda key: key[1])


def test_every_route_has_one_table():
    assert len(TABLES) == len(CASES)
    assert set(DECLARED) - set(TABLES) == set(), "Add a Case for each of these routes to the cases.py of its app."
    assert set(TABLES) - set(DECLARED) == set()


@each_declared
def test_table_has_the_caller_and_the_refusals_that_are_declared(key):
    caller, route = DECLARED[key]
    case = TABLES.get(key) or pytest.fail("This route has no Case.")
    assert case.caller in CALLERS[caller]
    assert list(route.errors) == [inputs[0].error_code for inputs in case.by_error_code()]


@each_declared
def test_declared_refusals_are_told_apart_by_their_answers(key):
    errors = set(DECLARED[key][1].errors)
    assert errors - set(CONTRACT) == set(), "Add these errors to CONTRACT in tests/cases.py."
    assert len({(*CONTRACT[refusal], refusal.detail) for refusal in errors}) == len(errors)


@each_case(CASES)
def test_request_without_a_fault_is_accepted(case, settings, db):
    assert outcome(case.context(settings).send()) == case.success


def test_no_refusal_of_the_catalogue_is_idle():
    common = {it for caller, route in DECLARED.values() for it in common_errors(route.method, caller)}
    of_routes = {refusal for _, route in DECLARED.values() for refusal in route.errors}
    assert set(ErrorCode) == common | of_routes | OF_NO_ROUTE | OF_ADDED_CLASSES | OF_THE_SITE | OF_RACES
    assert of_routes == set(CONTRACT)


def test_catalogue_is_answered(guest):
    entries = guest.get("errors").json()
    assert sorted((entry["message"], entry["status"], entry["detail"]) for entry in entries) == sorted(
        (refusal.code, refusal.status, refusal.detail) for refusal in ErrorCode
    )
    assert all(entry.keys() == {"object", "message", "status", "detail"} for entry in entries)
    assert {entry["object"] for entry in entries} == {"errorCode"}
    assert {(status, code) for status, code in CONTRACT.values()} <= {(it["status"], it["message"]) for it in entries}
