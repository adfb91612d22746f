"""The OpenAPI 3.1 document, built from the declarations of the routes."""

from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus
from itertools import groupby
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema

from dashboard.api import cookies
from dashboard.api.exception_handler import ADMINISTRATOR_REQUIRED, SIGN_IN_REQUIRED
from dashboard.api.parameters import Parameter
from dashboard.api.routing import Access, Method, RouteSpec, declared
from dashboard.api.schema.objects import ListOf, ObjectSchema, objects_in
from dashboard.api.viewsets import APIViewSet
from dashboard.core.errors import ErrorCode
from dashboard.core.json import Schema

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data", "application/json")

COOKIES: dict[str, list[str]] = {"sessionidCookie": [], "tokenCookie": []}
BEARER: dict[str, list[str]] = {"bearer": []}
ON_BEHALF: dict[str, list[str]] = {
    "applicationServer": [],
    "applicationServerToken": [],
    "accountidHeader": [],
    "sessionidHeader": [],
}

SECURITY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "<sessionid>.<token>"},
    "applicationServer": {"type": "apiKey", "in": "header", "name": "x-application-server"},
    "applicationServerToken": {"type": "apiKey", "in": "header", "name": "x-application-server-token"},
    "accountidHeader": {"type": "apiKey", "in": "header", "name": "x-accountid"},
    "sessionidHeader": {"type": "apiKey", "in": "header", "name": "x-sessionid"},
}

ALWAYS_POSSIBLE = (
    ErrorCode.MALFORMED_REQUEST,
    ErrorCode.REQUEST_TOO_LARGE,
    ErrorCode.SERVER_ERROR,
    ErrorCode.SERVICE_UNAVAILABLE,
)
TEMPORARY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)  # these have Retry-After
POSSIBLE_WITH_BODY = (ErrorCode.UNSUPPORTED_CONTENT_TYPE, ErrorCode.CROSS_ORIGIN)
POSSIBLE_ON_BEHALF = (
    ErrorCode.ACCOUNTID_MISSING,
    ErrorCode.ACCOUNTID_UNKNOWN,
    ErrorCode.SESSIONID_MISSING,
    ErrorCode.SESSIONID_UNKNOWN,
    ErrorCode.NOT_OWNED,
)


def common_errors(method: Method, access: Access) -> tuple[ErrorCode, ...]:
    """Return the errors that any route of this kind can return, besides those that it declares."""
    on_behalf = () if access is Access.PUBLIC else POSSIBLE_ON_BEHALF
    with_body = () if method == "GET" else POSSIBLE_WITH_BODY
    return (*ALWAYS_POSSIBLE, *with_body, *on_behalf)


class RouteSchema(AutoSchema):
    """drf-spectacular's schema of a view, fed from the route's declaration instead of serializers."""

    view: Any

    def is_excluded(self) -> bool:
        return not isinstance(self.view, APIViewSet)

    @property
    def spec(self) -> RouteSpec:
        spec: RouteSpec = getattr(self.view, self.view.action).spec
        return spec

    def get_operation_id(self) -> str:
        return f"{self.view.prefix}-{self.spec.name}".lstrip("-")

    def get_tags(self) -> list[str]:
        return [self.view.prefix or "service"]

    def get_summary(self) -> str:
        return self.spec.description.partition(". ")[0].rstrip(".")

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular's own
        return f"{self.spec.description} For {self.view.access.value}."

    def get_auth(self) -> list[dict[str, list[str]]]:
        return [] if self.view.access is Access.PUBLIC else [BEARER, COOKIES, ON_BEHALF]

    def _get_parameters(self) -> list[Schema]:
        return [_parameter(query) for query in self.spec.query]

    def _get_request_body(self, direction: str = "request") -> Schema | None:
        return _body(self.spec.body) if self.spec.body else None

    def _get_response_bodies(self, direction: str = "response") -> Schema:
        return {"200": _success(self.spec), **_error_responses(self.spec, self.view.access)}

    def get_operation(self, *args: Any) -> Schema | None:
        """Keep empty `parameters` and `security`, which say that a route needs none."""
        operation: Schema | None = super().get_operation(*args)
        return operation and {"parameters": [], "security": [], **operation}


def _parameter(query: Parameter) -> Schema:
    return {
        "name": query.name,
        "in": "query",
        "required": query.required,
        "description": query.description,
        "schema": query.schema(),
    }


def _body(fields: Iterable[Parameter]) -> Schema:
    read = [field for field in fields if field.enabled is None or field.enabled()]
    schema = {
        "type": "object",
        "properties": {field.name: field.schema() | {"description": field.description} for field in read},
        "required": [field.name for field in read if field.required or field.enabled],
    }
    return {"required": True, "content": {form: {"schema": schema} for form in FORMS}}


def _success(spec: RouteSpec) -> Schema:
    returns = spec.returns
    content: Schema = {"schema": returns.reference}
    if isinstance(returns, ObjectSchema):
        content["example"] = returns.example
    if isinstance(returns, ListOf):
        content["example"] = [returns.item.example]
    response: Schema = {"description": returns.name, "content": {"application/json": content}}
    if isinstance(returns, ListOf):
        response["headers"] = {
            "Link": {"description": 'The next page, rel="next" (RFC 8288).', "schema": {"type": "string"}}
        }
    return response


def _error_responses(spec: RouteSpec, access: Access) -> Schema:
    """Return the errors by status: the codes as an enum, each reason as an example."""
    refusals = {*spec.errors, *common_errors(spec.method, access)}
    by_status = groupby(sorted(refusals, key=lambda refusal: (refusal.status, refusal.code)), lambda it: it.status)
    responses = {str(status.value): _refusal(list(reasons)) for status, reasons in by_status}
    _add_auth(responses, "401", SIGN_IN_REQUIRED)
    if access is Access.ADMINISTRATOR:
        _add_auth(responses, "403", ADMINISTRATOR_REQUIRED)
    return responses


def _refusal(reasons: list[ErrorCode]) -> Schema:
    codes = sorted({reason.code for reason in reasons})
    schema = {
        "type": "object",
        "properties": {"object": {"const": "error"}, "message": {"enum": codes}, "detail": {"type": "string"}},
        "required": ["object", "message", "detail"],
        "additionalProperties": False,
    }
    examples = {reason.name.lower(): {"summary": reason.detail, "value": reason.as_json()} for reason in reasons}
    sentences = sorted({f"`{reason.code}`: {reason.detail}" for reason in reasons})
    refusal: Schema = {
        "description": "\n\n".join(sentences),
        "content": {"application/json": {"schema": schema, "examples": examples}},
    }
    if reasons[0].status in TEMPORARY:
        refusal["headers"] = {"Retry-After": {"description": "Seconds (RFC 9110).", "schema": {"type": "integer"}}}
    return refusal


def _add_auth(responses: Schema, status: str, answer: dict[str, str]) -> None:
    schema = {
        "type": "object",
        "properties": {name: {"const": value} for name, value in answer.items()},
        "required": list(answer),
        "additionalProperties": False,
    }
    response = responses.setdefault(status, {"description": "", "content": {"application/json": {"examples": {}}}})
    content = response["content"]["application/json"]
    content["schema"] = {"anyOf": [schema, content["schema"]]} if "schema" in content else schema
    content["examples"]["auth"] = {"summary": answer["message"], "value": answer}
    response["description"] = "\n\n".join(filter(None, [f"{answer['message']}.", response["description"]]))


def add_components(result: Schema, **options: Any) -> Schema:
    """Add the schemas that operations refer to. A postprocessing hook of drf-spectacular."""
    objects = objects_in(route.spec.returns for route in declared())
    result["components"] = {
        "schemas": {it.name: it.as_schema() for it in objects},
        "securitySchemes": {**_cookie_schemes(), **SECURITY_SCHEMES},
    }
    return result


def _cookie_schemes() -> Schema:
    return {
        scheme: {"type": "apiKey", "in": "cookie", "name": name}
        for scheme, name in zip(COOKIES, cookies.own_names(), strict=True)
    }


@lru_cache(maxsize=1)
def document() -> Schema:
    """Return the document, which depends only on code and settings."""
    schema: Schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return schema
