"""Raw requests to a route of each kind, and what a refusal looks like."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests.client import FORM, ApiClient

JSON = "application/json"
MEDIA_TYPES = (FORM, MULTIPART_CONTENT, JSON)
LONG = "a" * 100_000
UNREADABLE = (400, "invalid-request")

# A route of each kind: the caller, method and path
GUEST_POST = ("guest", "POST", "user/create-session")
GUEST_PATCH = ("guest", "PATCH", "user/reset-account-deleted")
USER_GET = ("user", "GET", "user/account")
USER_PATCH = ("user", "PATCH", "user/reset-session-key")
ADMINISTRATOR_GET = ("administrator", "GET", "administrator/account")
ADMINISTRATOR_POST = ("administrator", "POST", "administrator/create-reset-code")
ROUTES = (GUEST_POST, GUEST_PATCH, USER_GET, USER_PATCH, ADMINISTRATOR_GET, ADMINISTRATOR_POST)
ROUTES_WITH_BODY = tuple(route for route in ROUTES if route[1] != "GET")


def table(names: str, rows: Any) -> Any:
    """Parametrize a test; the column `caller` names a fixture."""
    return pytest.mark.parametrize(names.split(), rows, indirect=["caller"])


def send(caller: ApiClient, method: str, path: str, body: bytes = b"", media_type: str = FORM, **environ: Any) -> Any:
    """Send exactly this body with this Content-Type."""
    return caller.client.generic(method, path, body, media_type, **environ)


def encoded(fields: dict[str, Any], media_type: str) -> bytes:
    if media_type == JSON:
        return json.dumps(fields).encode()
    return urlencode(fields, doseq=True).encode() if media_type == FORM else encode_multipart(BOUNDARY, fields)


def is_refusal(response: Any, status: int, code: str) -> bool:
    """Return whether the response is a JSON error object with this status and code, and a full sentence as detail."""
    answer = response.json()
    return (
        (response.status_code, answer["message"]) == (status, code)
        and response["Content-Type"].startswith(JSON)
        and answer.keys() == {"object", "message", "detail"}
        and answer["object"] == "error"
        and answer["detail"].endswith(".")
    )


def path_about(route: str, caller: ApiClient) -> str:
    return f"/api/{route}?accountid={caller.account.accountid}" if caller.session else f"/api/{route}"
