"""The document says all that the code declares: every route, who may call it, and every refusal."""

import json
from collections.abc import Iterator
from functools import reduce
from operator import getitem
from typing import Any

import pytest
from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator

from dashboard.api.routing import Access, Route, declared
from dashboard.api.schema import errors, openapi
from dashboard.core.errors import ErrorCode
from tests.client import ApiClient

ROUTES = list(declared())
WAYS_TO_SIGN_IN = [
    {"bearer"},
    {"sessionidCookie", "tokenCookie"},
    {"applicationServer", "applicationServerToken", "accountidHeader", "sessionidHeader"},
    {"serviceCredential", "accountidHeader", "sessionidHeader"},
    {"serviceCredential"},
]
WAYS = {
    Access.PUBLIC: [],
    Access.CHECK: WAYS_TO_SIGN_IN[:2],
    Access.USER: WAYS_TO_SIGN_IN[:4],
    Access.ADMINISTRATOR: WAYS_TO_SIGN_IN,
    Access.SERVICE: WAYS_TO_SIGN_IN[4:],
}
AUTH = {
    Access.PUBLIC: {},
    Access.CHECK: {"401": "Sign in required"},
    Access.USER: {"401": "Sign in required"},
    Access.SERVICE: {"401": "Sign in required"},
    Access.ADMINISTRATOR: {"401": "Sign in required", "403": "Administrator required"},
}

each_route = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    answer: dict[str, Any] = Client().get("/api/openapi.json").json()
    return answer


def test_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()


def operation_of(document: dict[str, Any], route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = document["paths"][route.path][route.spec.method.lower()]
    return operation


def resolved(document: dict[str, Any], part: Any) -> Any:
    """A part of the document with everything that it refers to; what stands beside a reference overrides it."""
    if isinstance(part, list):
        return [resolved(document, it) for it in part]
    if not isinstance(part, dict):
        return part
    beside = {name: resolved(document, it) for name, it in part.items() if name != "$ref"}
    if "$ref" not in part:
        return beside
    target = reduce(getitem, part["$ref"].removeprefix("#/").split("/"), document)
    return {**resolved(document, target), **beside}


def responses_of(document: dict[str, Any], route: Route) -> dict[str, Any]:
    responses: dict[str, Any] = resolved(document, operation_of(document, route)["responses"])
    return responses


def codes(response: dict[str, Any]) -> set[str]:
    """The codes that its schema allows."""
    schema = response["content"]["application/json"]["schema"]
    messages = [it["properties"]["message"] for it in schema.get("oneOf", [schema])]
    return {code for message in messages for code in message.get("enum", [message.get("const")])}


def reasons(response: dict[str, Any]) -> list[str]:
    """What its description says of this operation, a reason each."""
    said: list[str] = response["description"].split("\n\n")
    return said


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
def test_ways_to_sign_in(document: dict[str, Any], route: Route) -> None:
    ways = [set(way) for way in operation_of(document, route)["security"]]
    assert ways == WAYS[route.access]
    assert set().union(*WAYS_TO_SIGN_IN) == set(document["components"]["securitySchemes"])


@each_route
def test_every_refusal_is_a_code_of_its_status_and_a_reason_of_the_operation(
    document: dict[str, Any], route: Route
) -> None:
    responses = responses_of(document, route)
    refusals = (*route.spec.errors, *errors.common_errors(route.spec.method, route.access))
    for refusal in refusals:
        assert refusal.code in codes(responses[str(refusal.status.value)])
    expected = {(str(it.status.value), f"`{it.code}`: {it.detail}") for it in refusals}
    expected |= {(status, f"{message}.") for status, message in AUTH[route.access].items()}
    described = {
        (status, reason) for status, it in responses.items() if status not in ("200", "204") for reason in reasons(it)
    }
    assert expected <= described <= expected | {("401", "Sign in required.")}


@each_route
def test_reasons_stand_in_the_order_of_the_checks(document: dict[str, Any], route: Route) -> None:
    responses = responses_of(document, route)
    for status in {it.status for it in route.spec.errors}:
        of_status = [it for it in dict.fromkeys(route.spec.errors) if it.status is status]
        in_order = [f"`{it.code}`: {it.detail}" for it in of_status]
        assert [it for it in reasons(responses[str(status.value)]) if it in in_order] == in_order


@each_route
def test_body_is_a_named_schema_of_json_alone(document: dict[str, Any], route: Route) -> None:
    """Generators send what stands first, or the last, or a mixture, where several media types are described."""
    if not route.spec.body:
        return
    content = operation_of(document, route)["requestBody"]["content"]
    assert list(content) == ["application/json"]
    assert list(content["application/json"]["schema"]) == ["$ref"]
    schema = resolved(document, content["application/json"]["schema"])
    assert set(schema["required"]) <= set(schema["properties"]) <= {it.name for it in route.spec.body}


@each_route
def test_operation_is_named_by_its_path(document: dict[str, Any], route: Route) -> None:
    assert operation_of(document, route)["operationId"] == route.path.removeprefix("/api/").replace("/", "-")


def test_nothing_is_described_twice(document: dict[str, Any]) -> None:
    described = json.dumps(document["paths"])
    assert '"properties"' not in described
    assert '"enum"' not in described
    inline = [
        (route.path, status)
        for route in ROUTES
        for status, it in operation_of(document, route)["responses"].items()
        if status != "200" and "content" in it
    ]
    assert inline == []


def test_every_component_is_referred_to(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    components = [
        f"#/components/{kind}/{name}" for kind in ("schemas", "responses") for name in document["components"][kind]
    ]
    assert [it for it in components if f'"{it}"' not in text] == []


def test_every_constant_has_a_type(document: dict[str, Any]) -> None:
    def untyped(part: Any) -> Iterator[Any]:
        if isinstance(part, dict) and ({"const", "enum"} & part.keys()) and "type" not in part:
            yield part
        for it in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            yield from untyped(it)

    assert list(untyped(document["components"]["schemas"])) == []


@pytest.mark.parametrize("route", [it for it in ROUTES if it.spec.body], ids=lambda route: route.path)
def test_no_name_is_one_that_generators_make(document: dict[str, Any], route: Route) -> None:
    """openapi-generator, orval and openapi-ts name their own types after the operation, with these endings."""
    operation = route.path.removeprefix("/api/").replace("/", "-").title().replace("-", "")
    ends = ("", "Request", "Response", "Responses", "Params", "Data", "Error", "Errors")
    assert {f"{operation}{end}" for end in ends}.isdisjoint(document["components"]["schemas"])


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
    schema = openapi.body_schema(route.spec.body)
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


@pytest.mark.parametrize("path", ["/api/openapi.json", "/api/docs"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_document_and_explorer_can_be_turned_off(settings: Any, path: str, method: str) -> None:
    settings.API_DOCS = False
    response = getattr(Client(), method)(path)
    assert (response.status_code, response.json()["message"]) == (404, "invalid-route")
