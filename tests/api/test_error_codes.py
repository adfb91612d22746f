"""Every declared refusal is reached by a request, and every refusal in the tables is declared, in the same order."""

from itertools import groupby

from dashboard.api.routing import Access, declared
from dashboard.api.schema.openapi import common_errors
from dashboard.core.errors import ErrorCode
from dashboard_project.urls import router
from tests.cases import CONTRACT, each_case
from tests.client import outcome
from tests.rows import in_one_test
from tests.tables import CASES

CALLERS = {Access.PUBLIC: ["guest"], Access.USER: ["user"], Access.ADMINISTRATOR: ["administrator", "owner"]}
OF_NO_ROUTE = {ErrorCode.UNKNOWN_ROUTE, ErrorCode.METHOD_NOT_ALLOWED}
OF_THE_SITE = {ErrorCode.SIGN_IN_NOT_ADMINISTRATOR}  # tests/admin reaches them

DECLARED = {
    (route.spec.method, route.path.removeprefix("/api/")): (route.access, route.spec) for route in declared(router)
}
TABLES = {(case.method, case.route): case for case in CASES}


def reasons(case):
    """The faults of a route, those of each reason together; one refusal may be there for two reasons."""
    return [list(faults) for _, faults in groupby(case.faults, lambda fault: fault.refusal)]


each_declared = in_one_test((" ".join(key), {"key": key}) for key in DECLARED)
each_refusal = in_one_test(
    (f"{key[1]} {place} {refusal.name}", {"key": key, "place": place})
    for key, (_, route) in DECLARED.items()
    for place, refusal in enumerate(route.errors)
)


def test_every_route_has_one_table():
    assert len(TABLES) == len(CASES)
    assert set(TABLES) == set(DECLARED)


@each_declared
def test_table_has_the_caller_and_the_refusals_that_are_declared(key):
    caller, route = DECLARED[key]
    case = TABLES[key]
    assert case.caller in CALLERS[caller]
    assert list(route.errors) == [faults[0].refusal for faults in reasons(case)]


@each_declared
def test_declared_refusals_are_told_apart_by_their_answers(key):
    errors = set(DECLARED[key][1].errors)
    assert len({(*CONTRACT[refusal], refusal.detail) for refusal in errors}) == len(errors)


@each_refusal
def test_declared_refusal_is_reached(key, place, settings, db):
    refusal = DECLARED[key][1].errors[place]
    fault = reasons(TABLES[key])[place][0]
    assert fault.refusal is refusal
    response = TABLES[key].scene(settings, fault).send()
    assert outcome(response) == CONTRACT[refusal]
    assert response.json()["detail"] == refusal.detail


@each_case(CASES)
def test_request_without_a_fault_is_accepted(case, settings, db):
    assert outcome(case.scene(settings).send()) == (200, "")


def test_no_refusal_of_the_catalogue_is_idle():
    common = {it for caller, route in DECLARED.values() for it in common_errors(route.method, caller)}
    of_routes = {refusal for _, route in DECLARED.values() for refusal in route.errors}
    assert set(ErrorCode) == common | of_routes | OF_NO_ROUTE | OF_THE_SITE
    assert of_routes == set(CONTRACT)


def test_catalogue_is_answered(guest):
    entries = guest.get("errors").json()
    assert sorted((entry["message"], entry["status"], entry["detail"]) for entry in entries) == sorted(
        (refusal.code, refusal.status, refusal.detail) for refusal in ErrorCode
    )
    assert all(entry.keys() == {"object", "message", "status", "detail"} for entry in entries)
    assert {entry["object"] for entry in entries} == {"errorCode"}
    assert {(status, code) for status, code in CONTRACT.values()} <= {(it["status"], it["message"]) for it in entries}
