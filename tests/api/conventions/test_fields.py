"""Fields of a body that are not what a route takes."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import MULTIPART_CONTENT

from tests.api.conventions.sending import (
    ADMINISTRATOR_POST,
    GUEST_PATCH,
    GUEST_POST,
    JSON,
    LONG,
    MEDIA_TYPES,
    encoded,
    is_refusal,
    path_about,
    send,
    table,
)
from tests.client import FORM, ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory
from tests.isolation import isolated

FIELDS_OF_ROUTES = (
    (*GUEST_POST, "username", "invalid-username"),
    (*GUEST_POST, "password", "invalid-password"),
    (*GUEST_PATCH, "username", "invalid-username"),
    (*GUEST_PATCH, "password", "invalid-password"),
    ("guest", "POST", "user/create-account", "username", "invalid-username"),
    ("guest", "POST", "user/create-account", "password", "invalid-password"),
    ("user", "PATCH", "user/set-account-deleted", "password", "invalid-password"),
    (*ADMINISTRATOR_POST, "secret-code", "invalid-secret-code"),
)


def with_field(name: str, value: Any) -> dict[str, Any]:
    return {"username": "somebody", "password": PASSWORD, "secret-code": "abc123def456", name: value}


NOT_ONE_TEXT: tuple[tuple[str, str, Any], ...] = (
    ("empty in a form", FORM, ""),
    ("NUL in a form", FORM, "some\0body"),
    ("twice in a form", FORM, ["somebody", "somebody"]),
    ("twice in a form, once empty", FORM, ["somebody", ""]),
    ("empty in multipart", MULTIPART_CONTENT, ""),
    ("NUL in multipart", MULTIPART_CONTENT, "some\0body"),
    ("twice in multipart", MULTIPART_CONTENT, ["somebody", "somebody"]),
    ("file", MULTIPART_CONTENT, SimpleUploadedFile("somebody", b"somebody")),
    ("empty file", MULTIPART_CONTENT, SimpleUploadedFile("somebody", b"")),
    ("text and file", MULTIPART_CONTENT, ["somebody", SimpleUploadedFile("somebody", b"somebody")]),
    ("empty in JSON", JSON, ""),
    ("NUL in JSON", JSON, "some\0body"),
    ("high surrogate", JSON, "somebody\ud800"),
    ("low surrogate", JSON, "\udfffsomebody"),
    ("integer", JSON, 123456),
    ("fraction", JSON, 123.456),
    ("NaN", JSON, float("nan")),
    ("true", JSON, True),
    ("false", JSON, False),
    ("null", JSON, None),
    ("empty list", JSON, []),
    ("list", JSON, ["somebody"]),
    ("empty object", JSON, {}),
    ("object", JSON, {"somebody": "somebody"}),
)


@table("caller method route name code", FIELDS_OF_ROUTES)
def test_a_field_that_is_not_one_text_is_missing(
    caller: ApiClient, method: str, route: str, *, name: str, code: str, subtests: pytest.Subtests
) -> None:
    for form, media_type, value in NOT_ONE_TEXT:
        with subtests.test(form), isolated():
            for given in value if isinstance(value, list) else [value]:
                if isinstance(given, SimpleUploadedFile):
                    given.seek(0)
            body = encoded(with_field(name, value), media_type)
            response = send(caller, method, path_about(route, caller), body, media_type)
            assert is_refusal(response, 400, code)
            assert "missing" in response.json()["detail"]


@table("caller method route name code", FIELDS_OF_ROUTES)
def test_a_name_given_twice_in_json_is_missing(
    caller: ApiClient, method: str, route: str, name: str, code: str
) -> None:
    body = json.dumps(with_field(name, "somebody"))[:-1] + f', "{name}": "somebody"}}'
    response = send(caller, method, path_about(route, caller), body.encode(), JSON)
    assert is_refusal(response, 400, code)


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
@table(
    "caller method route name expected",
    [
        (*GUEST_POST, "username", (401, "invalid-username")),
        (*GUEST_POST, "password", (401, "invalid-password")),
        (*GUEST_POST, "remember", (200, "")),
        (*GUEST_PATCH, "username", (401, "invalid-username")),
        (*GUEST_PATCH, "password", (401, "invalid-password")),
        ("guest", "POST", "user/create-account", "username", (400, "invalid-username-length")),
        ("guest", "POST", "user/create-account", "password", (400, "invalid-password-length")),
        ("user", "PATCH", "user/set-account-deleted", "password", (401, "invalid-password")),
        (*ADMINISTRATOR_POST, "secret-code", (400, "invalid-secret-code-length")),
    ],
)
def test_an_endless_field_is_refused_as_any_other(
    caller: ApiClient, method: str, route: str, *, name: str, expected: Any, media_type: str
) -> None:
    AccountFactory(username="somebody")
    body = encoded(with_field(name, LONG), media_type)
    response = send(caller, method, path_about(route, caller), body, media_type)
    assert outcome(response) == expected


@pytest.mark.parametrize(
    "remember", [b"remember=hours&remember=days", b"remember=%00", b"remember=", b"remember=always"]
)
def test_remember_that_means_nothing_is_as_if_left_out(guest: ApiClient, remember: bytes) -> None:
    AccountFactory(username="somebody")
    body = encoded({"username": "somebody", "password": PASSWORD}, FORM) + b"&" + remember
    assert guest.post("user/create-session", body).json()["duration"] == 1200


@pytest.mark.parametrize("body", [b"username=%ff%fe&password=%ed%a0%80", b"username=\xff\xfe&password=\xed\xa0\x80"])
def test_a_form_in_no_utf8_is_no_fault(guest: ApiClient, body: bytes) -> None:
    assert outcome(guest.post("user/create-session", body)) == (401, "invalid-username")


def test_fields_that_nobody_asked_for_are_ignored(guest: ApiClient) -> None:
    AccountFactory(username="somebody")
    body = {"username": "somebody", "password": PASSWORD, "owner": "true", "accountid": "acct_0123456789abcdef"}
    assert outcome(guest.post("user/create-session", body)) == (200, "")
