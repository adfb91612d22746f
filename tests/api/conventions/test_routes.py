"""Which routes and methods there are, and how others are refused."""

from typing import Any

import pytest

from tests.api.conventions.sending import ROUTES, is_refusal, send
from tests.client import ApiClient

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nothing",
        "/api",
        "/api/",
        "/api/user",
        "/api/user/",
        "/api/user/nothing",
        "/api/user/account/",
        "/api/user/account.json",
        "/api/user/account%0A",
        "/api/administrator/nothing",
        "/api//user/account",
        "/API/user/account",
        "/%00%FF",
    ],
)
def test_unknown_route(guest: ApiClient, path: str, method: str) -> None:
    assert is_refusal(send(guest, method, path), 404, "invalid-route")


@pytest.mark.parametrize("path", ["/", "/api/nothing", "/nothing"])
def test_unknown_route_with_debug(guest: ApiClient, settings: Any, path: str) -> None:
    settings.DEBUG = True
    assert is_refusal(send(guest, "GET", path), 404, "invalid-route")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("_", "right_method", "route"), ROUTES)
def test_wrong_method(guest: ApiClient, method: str, _: str, right_method: str, route: str) -> None:
    """The route is there for callers who are not signed in too: which methods it takes is no secret."""
    allowed = {"GET", "HEAD"} if right_method == "GET" else {right_method}
    response = send(guest, method, f"/api/{route}")
    assert (response.status_code == 405) == (method not in allowed)
    if method not in allowed:
        assert set(response["Allow"].split(", ")) == allowed
        assert method == "HEAD" or is_refusal(response, 405, "invalid-method")


@pytest.mark.parametrize("method", METHODS)
def test_wrong_method_of_somebody_signed_in(administrator: ApiClient, method: str) -> None:
    status = 400 if method == "PATCH" else 405  # without an id
    assert send(administrator, method, "/api/administrator/reset-session-key").status_code == status


def test_head_answers_as_get_without_a_body(user: ApiClient) -> None:
    response = user.call("HEAD", "user/account", accountid=user.account.accountid)
    assert (response.status_code, response.content) == (200, b"")
