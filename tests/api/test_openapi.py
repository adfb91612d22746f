"""The document says all that the code declares: every route, who may call it, and every refusal."""

from typing import Any

import pytest
from django.test import Client

from dashboard.api.routing import Access, Route, declared
from dashboard.api.schema import openapi
from dashboard.core.errors import ErrorCode
from tests.client import ApiClient

ROUTES = list(declared())
WAYS_TO_SIGN_IN = [
    {"bearer"},
    {"sessionidCookie", "tokenCookie"},
    {"applicationServer", "applicationServerToken", "accountidHeader", "sessionidHeader"},
]
AUTH = {
    Access.PUBLIC: {},
    Access.USER: {"401": "Sign in required"},
    Access.ADMINISTRATOR: {"401": "Sign in required", "403": "Administrator required"},
}

each_route = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    answer: dict[str, Any] = Client().get("/api/openapi.json").json()
    return answer


def operation_of(document: dict[str, Any], route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = document["paths"][route.path][route.spec.method.lower()]
    return operation


def answers(response: dict[str, Any]) -> list[dict[str, Any]]:
    """The values of its examples."""
    return [example["value"] for example in response["content"]["application/json"]["examples"].values()]


def codes(response: dict[str, Any]) -> set[str]:
    """The codes that its schema allows."""
    schema = response["content"]["application/json"]["schema"]
    messages = [it["properties"]["message"] for it in schema.get("anyOf", [schema])]
    return {code for message in messages for code in message.get("enum", [message.get("const")])}


def test_every_route_is_in_the_document_and_nothing_else(document: dict[str, Any]) -> None:
    described = {(path, method.upper()) for path, operations in document["paths"].items() for method in operations}
    assert described == {(route.path, route.spec.method) for route in ROUTES}


def test_document_is_openapi_3_1_of_this_service(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == "Dashboard"


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    names = [operation_of(document, route)["operationId"] for route in ROUTES]
    assert len(set(names)) == len(names)


@each_route
def test_route_is_described(document: dict[str, Any], route: Route) -> None:
    operation = operation_of(document, route)
    assert route.spec.description in operation["description"]
    assert route.access.value in operation["description"]
    assert [it["name"] for it in operation["parameters"]] == [it.name for it in route.spec.query]
    assert all(it["in"] == "query" and it["description"] for it in operation["parameters"])
    assert ("requestBody" in operation) == bool(route.spec.body)


@each_route
def test_three_ways_to_sign_in(document: dict[str, Any], route: Route) -> None:
    ways = [set(way) for way in operation_of(document, route)["security"]]
    assert ways == ([] if route.access is Access.PUBLIC else WAYS_TO_SIGN_IN)
    assert set().union(*WAYS_TO_SIGN_IN) == set(document["components"]["securitySchemes"])


@each_route
def test_every_refusal_is_an_enum_and_an_example(document: dict[str, Any], route: Route) -> None:
    responses = operation_of(document, route)["responses"]
    refusals = (*route.spec.errors, *openapi.common_errors(route.spec.method, route.access))
    for refusal in refusals:
        response = responses[str(refusal.status.value)]
        assert refusal.code in codes(response)
        assert refusal.as_json() in answers(response)
        assert refusal.detail in response["description"]
    expected = {(str(it.status.value), it.code) for it in refusals} | set(AUTH[route.access].items())
    described = {(status, code) for status, it in responses.items() if status != "200" for code in codes(it)}
    assert expected <= described <= expected | {("401", "Sign in required")}


@each_route
def test_body_may_come_in_each_form(document: dict[str, Any], route: Route) -> None:
    for media_type in openapi.FORMS if route.spec.body else ():
        schema = operation_of(document, route)["requestBody"]["content"][media_type]["schema"]
        assert set(schema["required"]) <= set(schema["properties"]) <= {it.name for it in route.spec.body}


@pytest.mark.parametrize(
    ("path", "require_profile", "fields", "expected"),
    [
        ("/api/user/create-account", False, ["full-name"], set()),
        ("/api/user/create-account", True, ["full-name", "dob"], {"full-name", "dob"}),
        ("/api/user/create-profile", False, ["website"], {"website"}),
        ("/api/user/create-profile", True, [], set()),
    ],
)
def test_profile_fields_that_are_asked_for_are_required_and_no_others_are_there(
    settings: Any, path: str, require_profile: bool, fields: list[str], expected: set[str]
) -> None:
    settings.REQUIRE_PROFILE, settings.USER_PROFILE_FIELDS = require_profile, fields
    route = next(route for route in ROUTES if route.path == path)
    schema = openapi._body(route.spec.body)["content"]["application/json"]["schema"]
    others = {"username", "password", "default"}
    assert set(schema["required"]) - others == set(schema["properties"]) - others == expected


# What the service tells about itself


def test_catalogue_lists_every_refusal(guest: ApiClient) -> None:
    listed = guest.get("errors").json()
    expected = [
        {"object": "errorCode", "message": it.code, "status": it.status.value, "detail": it.detail} for it in ErrorCode
    ]
    assert len(listed) == len(expected)
    assert all(it in listed for it in expected)
    assert [(it["message"], it["status"]) for it in listed] == sorted((it["message"], it["status"]) for it in listed)


def test_document_is_read_by_anybody_without_a_query(django_assert_num_queries: Any, db: None) -> None:
    with django_assert_num_queries(0):
        response = Client().get("/api/openapi.json")
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("path", ["/api/openapi.json", "/api/docs"])
def test_document_and_explorer_are_only_read(path: str, method: str) -> None:
    response = getattr(Client(), method)(path)
    assert (response.status_code, response.json()["message"]) == (405, "invalid-method")
    assert set(response["Allow"].split(", ")) == {"GET", "HEAD"}


def test_explorer_has_its_parts_from_here() -> None:
    response = Client().get("/api/docs")
    assert response.status_code == 200
    assert "//cdn" not in response.content.decode()
    assert "https://" not in response.content.decode()
