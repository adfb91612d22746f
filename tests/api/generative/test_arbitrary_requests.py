"""Whatever arrives at a route, the answer is JSON of a form that the document has for its status, and never a fault."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

import pytest
from django.db import transaction
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dashboard.api.routing import Route, declared
from dashboard.api.schema import openapi
from tests.client import FORM, ApiClient
from tests.factories import PASSWORD, TOKEN, AccountFactory, ProfileFactory, ResetCodeFactory, SessionFactory
from tests.isolation import transaction_of_test

ROUTES = list(declared())
NAMES = sorted({it.name for route in ROUTES for it in (*route.spec.query, *route.spec.body)})
IDS = [f"{prefix}_0123456789abcdef" for prefix in ("acct", "sess", "prof", "code")]
HEADERS = (
    "HTTP_ACCEPT",
    "HTTP_AUTHORIZATION",
    "HTTP_COOKIE",
    "HTTP_ORIGIN",
    "HTTP_SEC_FETCH_SITE",
    "HTTP_USER_AGENT",
    "HTTP_X_ACCOUNTID",
    "HTTP_X_APPLICATION_SERVER",
    "HTTP_X_APPLICATION_SERVER_TOKEN",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_HTTP_METHOD_OVERRIDE",
    "HTTP_X_SESSIONID",
    "REMOTE_ADDR",
)

ADDRESSES = ["::1", "fe80::1%eth0", "[2001:db8::1%x]:443", "192.0.2.7:5678", "::ffff:192.0.2.7", "192.0.2.7, unknown"]
CREDENTIALS = ["", "null", f"Bearer {IDS[1]}.{TOKEN}", f"sessionid={IDS[1]}; token={TOKEN}", "sessionid=\xff; token"]

header_texts = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=40) | st.sampled_from(
    [*CREDENTIALS, *ADDRESSES]
)
texts = st.text(max_size=60) | st.sampled_from(
    ["", "true", "0", "1000", "99999999999", "a@example.com", PASSWORD, *IDS]
)
names = st.sampled_from(NAMES) | st.text(max_size=10)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda values: st.lists(values, max_size=3) | st.dictionaries(names, values, max_size=5),
    max_leaves=10,
)
fields = st.dictionaries(names, texts | st.lists(texts, max_size=3), max_size=6)


def encoded(values: dict[str, Any]) -> bytes:
    return urlencode(values, doseq=True, errors="surrogatepass").encode()


def as_multipart(values: dict[str, Any]) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{values[name]}\r\n' for name in values
    ]
    return f"{''.join(parts)}--{BOUNDARY}--\r\n".encode(errors="replace")


bodies = st.one_of(
    st.tuples(st.just(FORM), fields.map(encoded)),
    st.tuples(st.just(MULTIPART_CONTENT), fields.map(as_multipart)),
    st.tuples(st.just("application/json"), json_values.map(lambda value: json.dumps(value).encode())),
    st.tuples(st.sampled_from([FORM, MULTIPART_CONTENT, "application/json"]) | header_texts, st.binary(max_size=60)),
)
queries = (
    fields.map(encoded) | st.binary(max_size=40) | st.binary(max_size=40).map(lambda it: quote_from_bytes(it).encode())
)


@pytest.fixture
def callers(db: None) -> dict[str, ApiClient]:
    """Nobody, a user, to whom the rows of IDS belong, and an administrator."""
    user = AccountFactory(accountid=IDS[0])
    ProfileFactory(account=user, profileid=IDS[2])
    ResetCodeFactory(account=user, codeid=IDS[3])
    administrator = AccountFactory(owner=True)
    return {
        "guest": ApiClient(),
        "user": ApiClient(SessionFactory(account=user, sessionid=IDS[1])),
        "administrator": ApiClient(SessionFactory(account=administrator)),
    }


def answered(client: Client, route: Route, query: bytes, body: tuple[str, bytes], headers: dict[str, str]) -> Any:
    media_type, content = body
    environ = {"QUERY_STRING": query.decode("latin-1"), "CONTENT_TYPE": media_type, **headers}
    with transaction_of_test():
        response = client.generic(route.spec.method, route.path, content, media_type, **environ)
        answer = response.getvalue()
        transaction.set_rollback(True)
    return response, answer


def documented(route: Route) -> Callable[[int], Draft202012Validator]:
    """The form of the answer for each status of the route."""
    document = openapi.document()
    responses = document["paths"][route.path][route.spec.method.lower()]["responses"]

    def form_of(status: int) -> Draft202012Validator:
        assert str(status) in responses, f"{status} is not in the document"
        response = responses[str(status)]
        if "$ref" in response:
            response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        schema = response["content"]["application/json"]["schema"]
        return Draft202012Validator({**schema, "components": document["components"]})

    return form_of


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.spec.method} {route.path}")
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(queries, bodies, st.dictionaries(st.sampled_from(HEADERS), header_texts, max_size=3))
def test_every_answer_is_of_a_documented_form(
    callers: dict[str, ApiClient], route: Route, query: bytes, body: tuple[str, bytes], headers: dict[str, str]
) -> None:
    form_of = documented(route)
    for caller in callers.values():
        response, answer = answered(caller.client, route, query, body, headers)
        assert response.status_code < 500, answer
        if response.status_code == HTTPStatus.NO_CONTENT:
            assert answer == b""
            continue
        assert response["Content-Type"] == "application/json"
        form_of(response.status_code).validate(json.loads(answer))
