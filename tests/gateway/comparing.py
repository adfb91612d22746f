"""A handler of Django's test client that sends each request through the gateway, too, and compares the responses."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.db import transaction
from django.http import HttpResponse
from django.test.client import ClientHandler

import tests.client
from tests.application import application
from tests.gateway.asgi import Caller, calling, scope
from tests.isolation import transaction_of_test

COUNTING = {"django_assert_num_queries", "test_token_is_compared_in_constant_time"}
# What differs between two answers to the same request: ids, secrets and times that it has made up.
MADE_UP = re.compile(
    r'(?<="cursor":")[\w-]+|'  # where the feed is: all transactions of the server move it
    r"(?:[0-9A-Z]{4}-){6}[0-9A-Z]{4}|[a-z]{4}_[0-9a-f]{16}|[0-9a-f]{16,}|[0-9A-Za-z]{32,}"
    r"|\d{4}-\d\d-\d\dT[\d:.]+Z|\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT"
)
ENVIRON = {"CONTENT_TYPE": "content-type", "CONTENT_LENGTH": "content-length"}


class ComparingHandler(ClientHandler):
    """Answers by the gateway, and compares with what Django alone answers, in a transaction that is undone."""

    def __init__(self, caller: Caller, application: Any) -> None:
        super().__init__(enforce_csrf_checks=False)
        self.caller, self.application = caller, application
        self.compared = self.hot = 0

    def __call__(self, environ: dict[str, Any]) -> HttpResponse:
        try:
            body: bytes | None = environ["wsgi.input"].read()
        except OSError:
            body = None  # the client goes away
        expected = self._by_django(environ, body)
        reply = self._by_gateway(environ, body)
        assert comparable(*reply) == comparable(*expected)
        self.compared += 1
        response = _response(*reply)
        response.wsgi_request = WSGIRequest(environ)  # the test client wants it
        return response

    def _by_django(self, environ: dict[str, Any], body: bytes | None) -> Any:
        with transaction_of_test():
            started: list[Any] = []
            given = environ if body is None else environ | {"wsgi.input": BytesIO(body)}
            parts = self.application(given, lambda status, headers, error=None: started.append((status, headers)))
            answer = b"".join(parts)
            if hasattr(parts, "close"):
                parts.close()
            transaction.set_rollback(True)
        status, headers = started[0]
        answer = b"" if environ["REQUEST_METHOD"] == "HEAD" else answer
        return int(status[:3]), [(name.lower(), value) for name, value in headers], answer

    def _by_gateway(self, environ: dict[str, Any], body: bytes | None) -> Any:
        names = {name: ENVIRON.get(name) or name[5:].lower().replace("_", "-") for name in environ if _is_header(name)}
        headers = [
            (name.encode(), environ[key].encode("latin-1"))
            for key, name in names.items()
            if environ[key] or key not in ENVIRON
        ]
        path = _quoted(environ["PATH_INFO"]) + (f"?{environ['QUERY_STRING']}" if environ["QUERY_STRING"] else "")
        asked = scope(environ["REQUEST_METHOD"], path, headers, server=(environ["SERVER_NAME"], environ["SERVER_PORT"]))
        reply = self.caller.run(self.caller.send(asked, [] if body is None else [body]))
        return reply.status, reply.headers, b"" if asked["method"] == "HEAD" else reply.body  # the server cuts it


def _is_header(name: str) -> bool:
    return name.startswith("HTTP_") or name in ENVIRON


def _quoted(path: str) -> str:
    return "".join(
        f"%{byte:02x}" if byte > 126 or byte < 33 or byte in b"%?#" else chr(byte) for byte in path.encode("latin-1")
    )


def comparable(status: int, headers: list[tuple[str, str]], body: bytes) -> Any:
    """Return a response without what was made up for it, and without a right length: cursors differ in theirs."""
    length = ("content-length", str(len(body)))
    masked = [(name, "right" if (name, value) == length else MADE_UP.sub("?", value)) for name, value in headers]
    return status, masked, MADE_UP.sub("?", body.decode("utf-8", "surrogateescape"))


def _response(status: int, headers: list[tuple[str, str]], body: bytes) -> HttpResponse:
    response = HttpResponse(
        body, status=status, headers={name: value for name, value in headers if name != "set-cookie"}
    )
    for name, value in headers:
        if name == "set-cookie":
            response.cookies.load(value)
    return response


@pytest.fixture(autouse=True)
def comparing(
    request: pytest.FixtureRequest, _empty_process_memories: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ComparingHandler]:
    """Have the clients of a test send their requests through the gateway."""
    if COUNTING.intersection([request.function.__name__, *request.fixturenames]):
        pytest.skip("counts what one request does")
    with calling() as caller:
        handler = ComparingHandler(caller, application)
        monkeypatch.setattr(tests.client, "HANDLER", handler)
        monkeypatch.setattr(WSGIRequest, "_dont_enforce_csrf_checks", True, raising=False)  # as Django's test client
        yield handler
