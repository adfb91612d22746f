"""Errors in the OpenAPI document: one schema and one response for each status, which operations refer to."""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby

from dashboard.api.exception_handler import ADMINISTRATOR_REQUIRED, SIGN_IN_REQUIRED
from dashboard.api.routing import Access, Method, RouteSpec
from dashboard.api.schema.objects import constant, hex_digits, one_of
from dashboard.core.errors import ErrorCode
from dashboard.core.json import Schema

ALWAYS_POSSIBLE = (
    ErrorCode.MALFORMED_REQUEST,
    ErrorCode.REQUEST_TOO_LARGE,
    ErrorCode.SERVER_ERROR,
    ErrorCode.SERVICE_UNAVAILABLE,
)
POSSIBLE_WITH_BODY = (ErrorCode.UNSUPPORTED_CONTENT_TYPE, ErrorCode.CROSS_ORIGIN)
POSSIBLE_WITH_CREDENTIAL = (
    ErrorCode.CREDENTIAL_WRONG,
    ErrorCode.CREDENTIAL_REVOKED,
    ErrorCode.CREDENTIAL_EXPIRED,
    ErrorCode.CREDENTIAL_NETWORK,
    ErrorCode.SCOPE_MISSING,
)
POSSIBLE_ON_BEHALF = (
    ErrorCode.ACCOUNTID_MISSING,
    ErrorCode.ACCOUNTID_UNKNOWN,
    ErrorCode.SESSIONID_MISSING,
    ErrorCode.SESSIONID_UNKNOWN,
    ErrorCode.NOT_OWNED,
)
TEMPORARY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)  # these have Retry-After

# The name of each status' response; its schema has the same one with Error at its end.
NAMES = {
    HTTPStatus.BAD_REQUEST: "BadRequest",
    HTTPStatus.UNAUTHORIZED: "Unauthorized",
    HTTPStatus.FORBIDDEN: "Forbidden",
    HTTPStatus.NOT_FOUND: "NotFound",
    HTTPStatus.METHOD_NOT_ALLOWED: "MethodNotAllowed",
    HTTPStatus.CONFLICT: "Conflict",
    HTTPStatus.GONE: "Gone",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "ContentTooLarge",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "UnsupportedMediaType",
    HTTPStatus.TOO_MANY_REQUESTS: "TooManyRequests",
    HTTPStatus.INTERNAL_SERVER_ERROR: "InternalServer",
    HTTPStatus.SERVICE_UNAVAILABLE: "ServiceUnavailable",
}


OF_SECOND_STEP: Schema = {  # further fields of second-factor-required
    "challenge": {**hex_digits(64), "description": "For complete-session, within five minutes."},
    "factors": {
        "type": "array",
        "items": one_of(("totp", "passkey", "recovery-code")),
        "description": "What complete-session can take.",
    },
    "passkeyOptions": {
        "type": "object",
        "description": "PublicKeyCredentialRequestOptionsJSON (WebAuthn), if the account has a passkey.",
        "additionalProperties": True,
    },
}


@dataclass(frozen=True)
class Uncoded:
    """An error without a code: the name of its schema, its body, and the name of "this or an error with a code"."""

    name: str
    body: dict[str, str]
    union: str


UNCODED = {
    HTTPStatus.UNAUTHORIZED: Uncoded("SignInRequired", SIGN_IN_REQUIRED, "AuthenticationError"),
    HTTPStatus.FORBIDDEN: Uncoded("AdministratorRequired", ADMINISTRATOR_REQUIRED, "AuthorizationError"),
}


def common_errors(method: Method, access: Access) -> tuple[ErrorCode, ...]:
    """Return the errors that any route of this kind can return, besides those that it declares."""
    if access is Access.CHECK:
        return ErrorCode.SERVER_ERROR, ErrorCode.SERVICE_UNAVAILABLE, ErrorCode.SECOND_FACTOR_ENROLMENT_REQUIRED
    is_for_accounts = access in (Access.USER, Access.ADMINISTRATOR)
    on_behalf = (*POSSIBLE_ON_BEHALF, ErrorCode.SECOND_FACTOR_ENROLMENT_REQUIRED) if is_for_accounts else ()
    with_body = () if method == "GET" else POSSIBLE_WITH_BODY
    return (*ALWAYS_POSSIBLE, *with_body, *POSSIBLE_WITH_CREDENTIAL, *on_behalf)


def errors_of(spec: RouteSpec, access: Access) -> dict[HTTPStatus, list[ErrorCode]]:
    """Return the errors that a route can return, by status; those that it declares in the order of its checks."""
    errors = dict.fromkeys((*spec.errors, *common_errors(spec.method, access)))
    by_status = {
        status: list(group) for status, group in groupby(sorted(errors, key=lambda it: it.status), lambda it: it.status)
    }
    by_status.setdefault(HTTPStatus.UNAUTHORIZED, [])  # wrong headers of an application server are 401 on every route
    if access is Access.ADMINISTRATOR:
        by_status.setdefault(HTTPStatus.FORBIDDEN, [])
    return dict(sorted(by_status.items()))


def references(spec: RouteSpec, access: Access) -> Schema:
    """Return the error responses of an operation: the component of each status, with the reasons of this operation."""
    return {
        str(status.value): _reference(status, _reasons(status, errors, has_uncoded=_has_uncoded(status, access)))
        for status, errors in errors_of(spec, access).items()
    }


def _reference(status: HTTPStatus, description: str) -> Schema:
    """Return a reference; its description overrides the component's (OpenAPI 3.1), if that says something else."""
    reference = {"$ref": f"#/components/responses/{NAMES[status]}"}
    return reference if description == _all_reasons(status) else {**reference, "description": description}


def _has_uncoded(status: HTTPStatus, access: Access) -> bool:
    return status in UNCODED and (status is not HTTPStatus.FORBIDDEN or access is Access.ADMINISTRATOR)


def _all_reasons(status: HTTPStatus) -> str:
    return _reasons(status, _with_status(status), has_uncoded=status in UNCODED)


def _reasons(status: HTTPStatus, errors: Iterable[ErrorCode], *, has_uncoded: bool) -> str:
    uncoded = [f"{UNCODED[status].body['message']}."] if has_uncoded else []
    return "\n\n".join(dict.fromkeys([*uncoded, *(f"`{error.code}`: {error.detail}" for error in errors)]))


def _with_status(status: HTTPStatus) -> list[ErrorCode]:
    return [error for error in ErrorCode if error.status is status and error is not ErrorCode.SIGN_IN_REQUIRED]


def components(statuses: Iterable[HTTPStatus]) -> Schema:
    """Return the schemas and the responses of the errors with these statuses."""
    schemas: Schema = {}
    responses: Schema = {}
    for status in sorted(statuses):
        schemas[_schema_name(status)] = _coded_schema(status)
        if status in UNCODED:
            schemas |= _uncoded_schemas(status)
        responses[NAMES[status]] = _response(status)
    return {"schemas": schemas, "responses": responses}


def _schema_name(status: HTTPStatus) -> str:
    return f"{NAMES[status]}Error"


def _coded_schema(status: HTTPStatus) -> Schema:
    codes = sorted({error.code for error in _with_status(status)})
    return {
        "type": "object",
        "properties": {
            "object": constant("error"),
            "message": one_of(codes) | {"description": "The code."},
            "detail": {"type": "string", "description": "One sentence for people."},
            **(OF_SECOND_STEP if status is HTTPStatus.UNAUTHORIZED else {}),
        },
        "required": ["object", "message", "detail"],
        "additionalProperties": False,
    }


def _uncoded_schemas(status: HTTPStatus) -> Schema:
    uncoded = UNCODED[status]
    schema = {
        "type": "object",
        "properties": {name: constant(value) for name, value in uncoded.body.items()},
        "required": list(uncoded.body),
        "additionalProperties": False,
    }
    union = {"oneOf": [_reference_to(uncoded.name), _reference_to(_schema_name(status))]}
    return {uncoded.name: schema, uncoded.union: union}


def _reference_to(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _response(status: HTTPStatus) -> Schema:
    uncoded = UNCODED.get(status)
    schema = _reference_to(uncoded.union if uncoded else _schema_name(status))
    is_for_all = status is HTTPStatus.UNAUTHORIZED  # the one without a code comes from administrators' routes alone
    example = uncoded.body if uncoded and is_for_all else _with_status(status)[0].as_json()
    response: Schema = {
        "description": _all_reasons(status),
        "content": {"application/json": {"schema": schema, "example": example}},
    }
    if status in TEMPORARY:
        response["headers"] = {"Retry-After": {"description": "Seconds (RFC 9110).", "schema": {"type": "integer"}}}
    return response
