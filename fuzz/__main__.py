"""`make fuzz`: send requests to the application that coverage has guided, until one is answered with a fault.

atheris (libFuzzer) makes the bytes, and keeps those that reach new code. They become the parts of a request that are
parsed: the cookies, any header, the media type, the query and the body. The request is sent to the application in this
process, on an SQLite database of its own, by a guest, a user or an administrator. An answer with status 500, or an
exception, ends the run; the request is printed. Make it a test in tests/api/generative.

Options are libFuzzer's, such as -max_total_time=600 (seconds).
"""

import os
import sys
from collections.abc import Callable
from http import HTTPStatus
from tempfile import TemporaryDirectory
from typing import Any

import atheris  # type: ignore[import-untyped]  # installed by `make fuzz` alone

from fuzz.environment import environment

_folder = TemporaryDirectory(prefix="dashboard-fuzz-")  # removed at the end
os.environ |= environment(_folder.name)
os.environ.pop("REDIS_URL", None)

with atheris.instrument_imports(
    include=["dashboard", "accounts", "second_factors", "sessions_app", "resetcodes", "events", "http.cookies"]
):
    import django

    django.setup()

    from django.core.management import call_command
    from django.db import transaction
    from django.test import RequestFactory
    from django.test.client import ClientHandler

    from dashboard.api.routing import Route, declared
    from fuzz.callers import Caller, callers

HEADERS = [
    *("HTTP_AUTHORIZATION", "HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE", "HTTP_USER_AGENT", "HTTP_X_FORWARDED_FOR"),
    *("HTTP_X_APPLICATION_SERVER", "HTTP_X_APPLICATION_SERVER_TOKEN", "HTTP_X_ACCOUNTID", "HTTP_X_SESSIONID"),
    *(
        "HTTP_X_CLIENT_ADDRESS",
        "HTTP_X_REQUEST_ID",
        "HTTP_ACCEPT",
        "HTTP_HOST",
        "REMOTE_ADDR",
        "HTTP_TRANSFER_ENCODING",
    ),
]
MEDIA_TYPES = [
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json; charset=utf-16",
]
MAX_BODY = 2_000


def make_request(data: Any, routes: list[Route], people: list[Caller]) -> Any:
    """Return a request whose route and caller are valid, and some of whose parts are arbitrary bytes."""
    route, caller = data.PickValueInList(routes), data.PickValueInList(people)
    extra: dict[str, Any] = {"HTTP_COOKIE": caller.cookie}
    for _ in range(data.ConsumeIntInRange(0, 3)):
        extra[data.PickValueInList(HEADERS)] = _text(data)
    if data.ConsumeBool():
        extra["HTTP_COOKIE"] = f"{caller.cookie}; {_text(data)}" if data.ConsumeBool() else _text(data)
    media_type = data.PickValueInList(MEDIA_TYPES) if data.ConsumeBool() else _text(data)
    query = _text(data) if data.ConsumeBool() else "&".join(f"{it.name}={_text(data)}" for it in route.spec.query)
    body = data.ConsumeBytes(MAX_BODY)
    factory = RequestFactory(SERVER_NAME="localhost")
    return factory.generic(route.spec.method, f"{route.path}?{query}", body, media_type, **extra)


def _text(data: Any) -> str:
    """Return a header as WSGI has it: bytes, decoded as latin-1. A server lets no line break through."""
    text: str = data.ConsumeBytes(80).decode("latin-1")
    return text.replace("\r", "").replace("\n", "").replace("\0", "")


def main() -> None:
    call_command("migrate", verbosity=0)
    people, routes = callers(), list(declared())
    handler = ClientHandler(enforce_csrf_checks=False)

    def send(given: bytes) -> None:
        data = atheris.FuzzedDataProvider(given)
        request = make_request(data, routes, people)
        with transaction.atomic():  # undone, so that no request depends on those before
            response: Any = handler(request.environ)
            content = b"".join(response.streaming_content) if response.streaming else response.content
            transaction.set_rollback(True)
        response.close()
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise AssertionError(_report(request, content))

    run: Callable[..., None] = atheris.Setup
    run(sys.argv, send)
    atheris.Fuzz()


def _report(request: Any, content: bytes) -> str:
    parts = {name: value for name, value in request.environ.items() if isinstance(value, str)}
    return f"{request.method} {request.get_full_path()}: {content!r}\n{parts}\n{request.body!r}"


if __name__ == "__main__":
    main()
