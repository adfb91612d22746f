"""The OpenAPI 3.1 document, made from the declarations of the routes: each code with status, sentence and example."""

from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus
from itertools import groupby
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema

from dashboard.api.exception_handler import ADMINISTRATOR_REQUIRED, SIGN_IN_REQUIRED
from dashboard.api.parameters import Input
from dashboard.api.routing import APIViewSet, Caller, Declaration, Method
from dashboard.api.schema.objects import ListOf, WireObject, objects_of
from dashboard.core.errors import Refusal
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
    "sessionidCookie": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
    "tokenCookie": {"type": "apiKey", "in": "cookie", "name": "token"},
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "<sessionid>.<token>"},
    "applicationServer": {"type": "apiKey", "in": "header", "name": "x-application-server"},
    "applicationServerToken": {"type": "apiKey", "in": "header", "name": "x-application-server-token"},
    "accountidHeader": {"type": "apiKey", "in": "header", "name": "x-accountid"},
    "sessionidHeader": {"type": "apiKey", "in": "header", "name": "x-sessionid"},
}

ALWAYS_POSSIBLE = (Refusal.REQUEST_UNREADABLE, Refusal.REQUEST_TOO_LONG, Refusal.SERVER_FAULT, Refusal.UNAVAILABLE)
TEMPORARY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)  # their answers say until when
POSSIBLE_WITH_BODY = (Refusal.CONTENT_TYPE_WRONG, Refusal.ORIGIN_WRONG)
POSSIBLE_ON_BEHALF = (
    Refusal.ACCOUNTID_MISSING,
    Refusal.ACCOUNTID_UNKNOWN,
    Refusal.SESSIONID_MISSING,
    Refusal.SESSIONID_UNKNOWN,
    Refusal.ANOTHERS,
)


def common_refusals(method: Method, caller: Caller) -> tuple[Refusal, ...]:
    """What any route of this kind may answer, besides what it declares."""
    on_behalf = () if caller is Caller.ANYBODY else POSSIBLE_ON_BEHALF
    with_body = () if method == "GET" else POSSIBLE_WITH_BODY
    return (*ALWAYS_POSSIBLE, *with_body, *on_behalf)


class DeclaredSchema(AutoSchema):
    """What a declared route looks like in the document."""

    def get_operation(self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any) -> Schema | None:
        view: Any = self.view
        if not isinstance(view, APIViewSet):
            return None
        declaration: Declaration = getattr(view, view.action).declaration
        caller = view.caller
        operation: Schema = {
            "operationId": f"{view.prefix}-{declaration.name}".lstrip("-"),
            "tags": [view.prefix or "service"],
            "summary": declaration.sentence.partition(". ")[0].rstrip("."),
            "description": f"{declaration.sentence} For {caller.value}.",
            "parameters": [_parameter(query) for query in declaration.query],
            "responses": {"200": _success(declaration), **_refusals(declaration, caller)},
            "security": [] if caller is Caller.ANYBODY else [BEARER, COOKIES, ON_BEHALF],
        }
        if declaration.body:
            operation["requestBody"] = _body(declaration.body)
        return operation


def _parameter(query: Input) -> Schema:
    return {
        "name": query.name,
        "in": "query",
        "required": query.required,
        "description": query.meaning,
        "schema": query.schema(),
    }


def _body(fields: Iterable[Input]) -> Schema:
    read = [field for field in fields if field.wanted is None or field.wanted()]
    schema = {
        "type": "object",
        "properties": {field.name: field.schema() | {"description": field.meaning} for field in read},
        "required": [field.name for field in read if field.required or field.wanted],
    }
    return {"required": True, "content": {form: {"schema": schema} for form in FORMS}}


def _success(declaration: Declaration) -> Schema:
    returns = declaration.returns
    content: Schema = {"schema": returns.reference}
    if isinstance(returns, WireObject):
        content["example"] = returns.example
    if isinstance(returns, ListOf):
        content["example"] = [returns.item.example]
    response: Schema = {"description": returns.name, "content": {"application/json": content}}
    if isinstance(returns, ListOf):
        response["headers"] = {
            "Link": {"description": 'The next page, rel="next" (RFC 8288).', "schema": {"type": "string"}}
        }
    return response


def _refusals(declaration: Declaration, caller: Caller) -> Schema:
    """By status: the codes as an enum, each reason as an example."""
    refusals = {*declaration.errors, *common_refusals(declaration.method, caller)}
    by_status = groupby(sorted(refusals, key=lambda refusal: (refusal.status, refusal.code)), lambda it: it.status)
    responses = {str(status.value): _refusal(list(reasons)) for status, reasons in by_status}
    _add_auth(responses, "401", SIGN_IN_REQUIRED)
    if caller is Caller.ADMINISTRATOR:
        _add_auth(responses, "403", ADMINISTRATOR_REQUIRED)
    return responses


def _refusal(reasons: list[Refusal]) -> Schema:
    codes = sorted({reason.code for reason in reasons})
    schema = {
        "type": "object",
        "properties": {"object": {"const": "error"}, "message": {"enum": codes}, "detail": {"type": "string"}},
        "required": ["object", "message", "detail"],
        "additionalProperties": False,
    }
    examples = {reason.name.lower(): {"summary": reason.detail, "value": reason.as_wire()} for reason in reasons}
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


def with_components(result: Schema, **options: Any) -> Schema:
    """drf-spectacular's hook for what the operations refer to."""
    from dashboard.api.routing import declared  # noqa: PLC0415
    from dashboard_project.urls import router  # noqa: PLC0415  urls imports the views, whose schema class is here

    objects = objects_of(route.declaration.returns for route in declared(router))
    result["components"] = {
        "schemas": {it.name: it.as_schema() for it in objects},
        "securitySchemes": SECURITY_SCHEMES,
    }
    return result


@lru_cache(maxsize=1)
def document() -> Schema:
    """The whole document. It depends on nothing but code and settings."""
    schema: Schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return schema
