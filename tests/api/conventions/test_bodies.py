"""Bodies that cannot be read, are too long or of another type, and those that are read all the same."""

import json
import logging
from io import BytesIO
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests.api.conventions.sending import (
    GUEST_POST,
    JSON,
    LONG,
    MEDIA_TYPES,
    ROUTES,
    ROUTES_WITH_BODY,
    UNREADABLE,
    USER_GET,
    USER_PATCH,
    encoded,
    is_refusal,
    send,
    table,
)
from tests.application import application, kept_connections
from tests.client import FORM, ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        pytest.param(JSON, b"{", id="broken JSON"),
        pytest.param(JSON, b'{"username": "somebody"} and more', id="more than JSON"),
        pytest.param(JSON, b" ", id="blank JSON"),
        pytest.param(JSON, b'["username"]', id="JSON list"),
        pytest.param(JSON, b'"username"', id="JSON text"),
        pytest.param(JSON, b"1", id="JSON number"),
        pytest.param(JSON, b"null", id="JSON null"),
        pytest.param(JSON, b"[" * 100_000, id="deep JSON list"),
        pytest.param(JSON, b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="deep JSON object"),
        pytest.param(JSON, b'{"username": ' + b"9" * 10_000 + b"}", id="endless JSON number"),
        pytest.param(JSON, b'{"username": "\xff\xfe"}', id="JSON in no UTF-8"),
        pytest.param(JSON, '{"username": "somebody"}'.encode("utf-16"), id="JSON in UTF-16"),
        pytest.param(JSON, b"\xef\xbb\xbf{}", id="JSON after a byte order mark"),
        pytest.param(JSON, b'{"username": "\x00"}', id="JSON with a bare NUL"),
        pytest.param("multipart/form-data", b"--x\r\n", id="multipart without boundary"),
        pytest.param("multipart/form-data; boundary=", b"--x\r\n", id="multipart with empty boundary"),
        pytest.param("multipart/form-data; boundary=\xff", b"--x\r\n", id="multipart with boundary not ASCII"),
        pytest.param(
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="username"; filename="f"\r\n'
            b"Content-Transfer-Encoding: base64\r\n\r\na\r\n--x--\r\n",
            id="multipart with broken base64",
        ),
        pytest.param(FORM, b"&".join(b"f%d=1" % n for n in range(1001)), id="form of too many fields"),
        pytest.param(
            MULTIPART_CONTENT,
            encode_multipart(BOUNDARY, {f"f{n}": "1" for n in range(1001)}),
            id="multipart of too many fields",
        ),
        pytest.param(
            MULTIPART_CONTENT,
            encode_multipart(BOUNDARY, {f"f{n}": SimpleUploadedFile("f", b"1") for n in range(101)}),
            id="multipart of too many files",
        ),
    ],
)
@table("caller method route", [GUEST_POST, USER_PATCH])
def test_unreadable_body(caller: ApiClient, method: str, route: str, media_type: str, body: bytes) -> None:
    assert is_refusal(send(caller, method, f"/api/{route}", body, media_type), *UNREADABLE)


@table("caller method route", ROUTES_WITH_BODY)
def test_unreadable_body_on_every_kind_of_route(caller: ApiClient, method: str, route: str) -> None:
    assert is_refusal(send(caller, method, f"/api/{route}", b"{", JSON), *UNREADABLE)


class GoneAway(BytesIO):
    """The input of a client that hung up amid its body."""

    def read(self, size: int | None = -1) -> bytes:
        raise ConnectionResetError("the client is gone")

    readline = read


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_a_body_that_stops_coming_is_unreadable(
    guest: ApiClient, caplog: pytest.LogCaptureFixture, media_type: str
) -> None:
    gone = {"wsgi.input": GoneAway()}
    assert is_refusal(send(guest, "POST", "/api/user/create-session", b"body", media_type, **gone), *UNREADABLE)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("length", ["many", "1e3"])
@table("caller method route", [GUEST_POST, USER_GET])
def test_a_content_length_that_is_no_number_is_no_fault(
    caller: ApiClient, method: str, route: str, length: str
) -> None:
    assert send(caller, method, f"/api/{route}", CONTENT_LENGTH=length).status_code == 400


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
@table("caller method route", ROUTES)
def test_too_long_a_body(caller: ApiClient, method: str, route: str, *, settings: Any, media_type: str) -> None:
    body = encoded({"username": LONG}, media_type)
    settings.MAXIMUM_POST_DATA_LENGTH = len(body)
    assert send(caller, method, f"/api/{route}", body, media_type).status_code != 413
    settings.MAXIMUM_POST_DATA_LENGTH = len(body) - 1
    response = send(caller, method, f"/api/{route}", body, media_type)
    assert is_refusal(response, 413, "invalid-request-length")
    assert str(len(body) - 1) in response.json()["detail"]


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_a_body_of_two_million_bytes_is_read(guest: ApiClient, media_type: str) -> None:
    without = len(encoded({"username": "", "password": PASSWORD}, media_type))
    body = encoded({"username": "a" * (2_000_000 - without), "password": PASSWORD}, media_type)
    response = send(guest, "POST", "/api/user/create-session", body, media_type)
    assert outcome(response) == (401, "invalid-username")


@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "application/xml", "application/octet-stream", "application/jsonp", "json", "*/*", "/", "", "\xff"],
)
@table("caller method route", [GUEST_POST, USER_PATCH])
def test_unsupported_media_type(caller: ApiClient, method: str, route: str, media_type: str) -> None:
    response = send(caller, method, f"/api/{route}", b"username=somebody", CONTENT_TYPE=media_type)
    assert is_refusal(response, 415, "invalid-content-type")


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
@pytest.mark.parametrize(
    "parameter",
    [
        "",
        "charset=utf-8",
        "charset=latin-1",
        "charset=utf-16",
        "charset=base64",
        "charset=rot13",
        "charset=nonsense",
        "charset=",
        "x=y",
    ],
)
def test_every_media_type_is_read_as_utf8_whatever_its_charset(
    guest: ApiClient, media_type: str, parameter: str
) -> None:
    AccountFactory(username="sómebödy-ж", raw_password="pässwörd-ж")
    body = encoded({"username": "sómebödy-ж", "password": "pässwörd-ж"}, media_type)
    typed = f"{media_type}; {parameter}" if parameter else media_type
    assert outcome(send(guest, "POST", "/api/user/create-session", body, typed)) == (200, "")


def status_from_the_application(path: str, query: str, media_type: str, body: bytes) -> tuple[str, dict[str, Any]]:
    """The status line and the answer of the WSGI application, which sees a request before Django does."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "HTTP_HOST": "testserver",
        "CONTENT_TYPE": media_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
    }
    setup_testing_defaults(environ)
    statuses: list[str] = []
    with kept_connections():
        response = application(environ, lambda status, headers: statuses.append(status))
    return statuses[0], json.loads(b"".join(response))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "parameter", ["charset=base64", "charset=rot13", "charset=utf-16", "charset=undefined", "charset=nonsense"]
)
@pytest.mark.parametrize("path", ["/api/user/create-session", "/api/nothing"])
def test_a_charset_does_not_change_how_the_query_is_read(path: str, parameter: str) -> None:
    AccountFactory(username="somebody")
    body = encoded({"username": "somebody", "password": PASSWORD}, FORM)
    status, _ = status_from_the_application(path, "a=1", f"{FORM}; {parameter}", body)
    assert status == ("404 Not Found" if path == "/api/nothing" else "200 OK")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        pytest.param(f"{FORM}; charset*=nonsense''x", b"username=somebody", id="form"),
        pytest.param(f"{JSON}; charset*=nonsense''x", b"{}", id="JSON"),
        pytest.param("multipart/form-data; boundary*=nonsense''x", b"--x--\r\n", id="multipart"),
        pytest.param("multipart/form-data; boundary=x; charset=\xff", b"--x--\r\n", id="not ASCII"),
        pytest.param(
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data; name*=nonsense''username\r\n\r\na\r\n--x--\r\n",
            id="part of multipart",
        ),
    ],
)
def test_a_parameter_in_an_unknown_encoding_is_no_fault(media_type: str, body: bytes) -> None:
    """RFC 2231 lets a parameter name the encoding of its value."""
    status, answer = status_from_the_application("/api/user/create-session", "", media_type, body)
    assert (status, answer["object"]) == ("400 Bad Request", "error")
