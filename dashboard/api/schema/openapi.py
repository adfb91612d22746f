"""The OpenAPI 3.1 document, built from the declarations of the routes."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema

from dashboard.api.access import cookies
from dashboard.api.parameters import Parameter
from dashboard.api.routing import Access, RouteSpec, audience, declared
from dashboard.api.schema import errors
from dashboard.api.schema.objects import ListOf, NoContent, ResponseSchema, objects_in
from dashboard.api.viewsets import APIViewSet
from dashboard.core.json import Schema

COOKIES: dict[str, list[str]] = {"sessionidCookie": [], "tokenCookie": []}
BEARER: dict[str, list[str]] = {"bearer": []}
ON_BEHALF: dict[str, list[str]] = {
    "applicationServer": [],
    "applicationServerToken": [],
    "accountidHeader": [],
    "sessionidHeader": [],
}
SERVICE: dict[str, list[str]] = {"serviceCredential": []}
SERVICE_ON_BEHALF: dict[str, list[str]] = {**SERVICE, "accountidHeader": [], "sessionidHeader": []}
WAYS_TO_SIGN_IN = {
    Access.PUBLIC: [],
    Access.CHECK: [BEARER, COOKIES],
    Access.USER: [BEARER, COOKIES, ON_BEHALF, SERVICE_ON_BEHALF],
    Access.ADMINISTRATOR: [BEARER, COOKIES, ON_BEHALF, SERVICE_ON_BEHALF, SERVICE],
    Access.SERVICE: [SERVICE],
}

SECURITY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "`<sessionid>.<token>`"},
    "serviceCredential": {"type": "http", "scheme": "bearer", "description": "A service credential: `dsk_…`"},
    "applicationServer": {"type": "apiKey", "in": "header", "name": "x-application-server"},
    "applicationServerToken": {"type": "apiKey", "in": "header", "name": "x-application-server-token"},
    "accountidHeader": {"type": "apiKey", "in": "header", "name": "x-accountid"},
    "sessionidHeader": {"type": "apiKey", "in": "header", "name": "x-sessionid"},
}


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
        return operation_id(self.view.prefix, self.spec)

    def get_tags(self) -> list[str]:
        return [self.view.prefix or "service"]

    def get_summary(self) -> str:
        return self.spec.description.partition(". ")[0].rstrip(".")

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular's own
        return f"{self.spec.description} For {audience(self.view.access, self.view.service_scope)}."

    def get_auth(self) -> list[dict[str, list[str]]]:
        return [*WAYS_TO_SIGN_IN[self.view.access]]

    def _get_parameters(self) -> list[Schema]:
        return [_parameter(query) for query in self.spec.query]

    def _get_request_body(self, direction: str = "request") -> Schema | None:
        if not self.spec.body:
            return None
        schema = {"$ref": f"#/components/schemas/{body_name(self.view.prefix, self.spec)}"}
        is_required = bool(body_schema(self.spec.body)["required"])
        return {"required": is_required, "content": {"application/json": {"schema": schema}}}

    def _get_response_bodies(self, direction: str = "response") -> Schema:
        return {**_success(self.spec.returns), **errors.references(self.spec, self.view.access)}

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


def body_schema(fields: Iterable[Parameter]) -> Schema:
    """Return the schema of a body with those of these fields that the settings enable."""
    read = [field for field in fields if field.enabled is None or field.enabled()]
    return {
        "type": "object",
        "properties": {field.name: _field_schema(field) for field in read},
        "required": [field.name for field in read if field.required or field.enabled],
    }


def _field_schema(field: Parameter) -> Schema:
    schema = field.schema() | {"description": field.description}
    return {**schema, "example": field.example} if field.example else schema


def operation_id(prefix: str, spec: RouteSpec) -> str:
    """Return the name of an operation, such as user-create-session: generated clients name their functions by it."""
    return f"{prefix}-{spec.name}".lstrip("-")


def body_name(prefix: str, spec: RouteSpec) -> str:
    """Return the name of the schema of an operation's body, such as UserCreateSessionBody.

    Generators make names ending with Request, Response, Params, Data and Error of the operation's id themselves.
    """
    return "".join(word.capitalize() for word in operation_id(prefix, spec).split("-")) + "Body"


def _success(returns: ResponseSchema) -> Schema:
    if isinstance(returns, NoContent):
        headers = {
            name: {"description": description, "schema": {"type": "string"}}
            for name, description in returns.headers.items()
        }
        return {"204": {"description": returns.name, "headers": headers}}
    response: Schema = {
        "description": returns.name,
        "content": {"application/json": {"schema": returns.reference}},
    }
    if isinstance(returns, ListOf):
        response["headers"] = {
            "Link": {"description": 'The next page, rel="next" (RFC 8288).', "schema": {"type": "string"}}
        }
    return {"200": response}


def add_components(result: Schema, **options: Any) -> Schema:
    """Add the schemas and responses that operations refer to. A postprocessing hook of drf-spectacular."""
    routes = list(declared())
    errors_by_status = errors.components({status for it in routes for status in errors.errors_of(it.spec, it.access)})
    result["components"] = {
        "schemas": {
            **{it.component: it.as_schema() for it in objects_in(route.spec.returns for route in routes)},
            **{body_name(it.prefix, it.spec): body_schema(it.spec.body) for it in routes if it.spec.body},
            **errors_by_status["schemas"],
        },
        "responses": errors_by_status["responses"],
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
