"""Bodies as the server hands them over: with and without a length, whole and cut off."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.test import RequestFactory

from accounts.models import Account
from tests.application import application, kept_connections

FORM = "application/x-www-form-urlencoded"
BODIES = {
    FORM: b"username=somebody&password=a+long+password",
    "application/json": json.dumps({"username": "somebody", "password": "a long password"}).encode(),
}


def posted(body: bytes, content_type: str, **environ: Any) -> tuple[int, dict[str, Any]]:
    """Status and answer of create-account; a value of None takes a variable away."""
    request = RequestFactory().post("/api/user/create-account")
    given = {"wsgi.input": BytesIO(body), "CONTENT_TYPE": content_type, "HTTP_HOST": "localhost"}
    changed = {**request.META, **given, **environ}
    status: list[str] = []
    environ = {name: value for name, value in changed.items() if value is not None}
    with kept_connections():
        answer = application(environ, lambda line, headers, error=None: status.append(line))
    return int(status[0][:3]), json.loads(b"".join(answer))


@pytest.mark.parametrize("content_type", BODIES)
def test_a_whole_body_is_read(db: None, content_type: str) -> None:
    body = BODIES[content_type]
    assert posted(body, content_type, CONTENT_LENGTH=str(len(body)))[0] == 200


@pytest.mark.parametrize("content_type", BODIES)
@pytest.mark.parametrize("sent", [0, 1, 30])
def test_a_body_that_is_cut_off_is_refused_and_changes_nothing(db: None, content_type: str, sent: int) -> None:
    body = BODIES[content_type]
    status, answer = posted(body[:sent], content_type, CONTENT_LENGTH=str(len(body)))
    assert (status, answer["message"]) == (400, "invalid-request")
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("application/json", BODIES["application/json"], 200),
        ("application/json; charset=utf-8", BODIES["application/json"], 200),
        ("application/json", BODIES["application/json"][:30], 400),
        (FORM, BODIES[FORM], 400),  # nobody could tell whether it is whole
        ("multipart/form-data; boundary=x", b"--x--", 400),
    ],
)
def test_a_chunked_body_is_read_where_it_can_be_seen_to_be_whole(
    db: None, content_type: str, body: bytes, expected: int
) -> None:
    status, answer = posted(body, content_type, CONTENT_LENGTH=None, HTTP_TRANSFER_ENCODING="chunked")
    assert status == expected
    assert answer.get("message") == (None if expected == 200 else "invalid-request")
    assert Account.objects.exists() is (expected == 200)


def test_a_chunked_body_may_not_be_too_long(db: None, settings: Any) -> None:
    settings.MAXIMUM_POST_DATA_LENGTH = 10
    body = BODIES["application/json"]
    status, answer = posted(body, "application/json", CONTENT_LENGTH=None, HTTP_TRANSFER_ENCODING="chunked")
    assert (status, answer["message"]) == (413, "invalid-request-length")
