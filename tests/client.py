"""A client of the API that sends what an application would send."""

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.test import Client
from django.test.client import ClientHandler
from whitenoise.middleware import WhiteNoiseMiddleware

from sessions_app.models import Session

FORM = "application/x-www-form-urlencoded"
# Shared by all clients: a new handler reads the settings and loads the middleware.
HANDLER = ClientHandler(enforce_csrf_checks=False)
CSRF_HANDLER = ClientHandler(enforce_csrf_checks=True)

_scan = WhiteNoiseMiddleware.add_files_from_finders
_static_files: dict[str, dict[str, Any]] = {}


def _scan_once(middleware: Any) -> None:
    """Find the static files below a prefix once for all handlers: that takes longer than most tests."""
    if middleware.static_prefix not in _static_files:
        _scan(middleware)
        _static_files[middleware.static_prefix] = dict(middleware.files)
    middleware.files.update(_static_files[middleware.static_prefix])


WhiteNoiseMiddleware.add_files_from_finders = _scan_once


class ApiClient:
    """A caller of the API: signed in by the cookies of a session, a service with a credential, or a guest."""

    def __init__(
        self, session: Session | None = None, address: str = "127.0.0.1", *, service_token: str | None = None
    ) -> None:
        self.client = Client(raise_request_exception=False, REMOTE_ADDR=address)
        self.client.handler = HANDLER
        self.session = session
        if service_token:
            self.client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {service_token}"
        if session:
            self.client.cookies["sessionid"] = session.sessionid
            self.client.cookies["token"] = session.token or ""

    @property
    def account(self) -> Any:
        assert self.session
        return self.session.account

    def call(
        self, method: str, route: str, body: Any = None, headers: dict[str, str] | None = None, **query: Any
    ) -> Any:
        """Return the response to `method` on /api/<route>, with `query` as the query string and `body` as a form.

        A list in `query` or `body` repeats its name. `body` may also be bytes, which are sent as they are.
        """
        path = f"/api/{route}?{urlencode(query, doseq=True)}" if query else f"/api/{route}"
        data = body if isinstance(body, bytes) else urlencode(body or {}, doseq=True)
        response: Any = self.client.generic(method, path, data, FORM, headers=headers)
        if response.streaming:
            response.json = lambda: json.loads(response.getvalue())
        return response

    def get(self, route: str, **query: Any) -> Any:
        return self.call("GET", route, **query)

    def post(self, route: str, body: Any = None, **query: Any) -> Any:
        return self.call("POST", route, body, **query)

    def patch(self, route: str, body: Any = None, **query: Any) -> Any:
        return self.call("PATCH", route, body, **query)

    def delete(self, route: str, **query: Any) -> Any:
        return self.call("DELETE", route, **query)


def outcome(response: Any) -> tuple[int, str]:
    """Return the status and error code of a response; the code of a success is ""."""
    answer = response.json() if response.status_code != HTTPStatus.NO_CONTENT else None
    return response.status_code, answer["message"] if isinstance(answer, dict) and "message" in answer else ""
