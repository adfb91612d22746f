"""What headers cannot do."""

from typing import Any

import pytest

from tests.api.conventions.sending import JSON, LONG, UNREADABLE, encoded, is_refusal, send
from tests.client import FORM, ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory

WEIRD = ["", " ", ";", "=", ";;;===", '"', '"\\', "\xff\xfe", "\x01\x02", "{}", "'; drop table accounts", LONG]


@pytest.mark.parametrize("cookie", [*WEIRD, *(f"sessionid={value}; token={value}" for value in WEIRD)])
def test_weird_cookies_sign_nobody_in(guest: ApiClient, cookie: str) -> None:
    assert outcome(send(guest, "GET", "/api/user/account", HTTP_COOKIE=cookie)) == (401, "Sign in required")


@pytest.mark.parametrize(
    "value", [*WEIRD, *(f"Bearer {value}" for value in WEIRD), *(f"Bearer {v}.{v}" for v in WEIRD)]
)
def test_weird_authorization_signs_nobody_in(guest: ApiClient, value: str) -> None:
    assert outcome(send(guest, "GET", "/api/user/account", HTTP_AUTHORIZATION=value)) == (401, "Sign in required")


@pytest.mark.parametrize("value", [*WEIRD, *(f"Bearer {value}" for value in WEIRD)])
def test_weird_credentials_do_not_keep_a_guest_from_signing_in(guest: ApiClient, value: str) -> None:
    AccountFactory(username="somebody")
    body = encoded({"username": "somebody", "password": PASSWORD}, FORM)
    headers = {"HTTP_AUTHORIZATION": value, "HTTP_COOKIE": value}
    assert outcome(send(guest, "POST", "/api/user/create-session", body, **headers)) == (200, "")


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "testserver:port", "a b", "", "\xff"])
@pytest.mark.parametrize("path", ["/api/user/create-session", "/"])
def test_host_that_is_not_allowed(guest: ApiClient, path: str, host: str) -> None:
    assert is_refusal(send(guest, "POST", path, HTTP_HOST=host), *UNREADABLE)


def test_host_that_is_not_allowed_with_debug(guest: ApiClient, settings: Any) -> None:
    settings.DEBUG = True
    assert is_refusal(send(guest, "POST", "/api/user/create-session", HTTP_HOST="evil.example"), *UNREADABLE)


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "nonsense", "", "*/*;q=0", "\xff"])
def test_answers_are_json_whatever_is_accepted(user: ApiClient, accept: str) -> None:
    response = user.call(
        "GET", "user/account", headers={"accept": accept}, accountid=user.account.accountid, format="x"
    )
    assert (response.status_code, response["Content-Type"]) == (200, JSON)
    assert response.json()["accountid"] == user.account.accountid


def test_sign_in_required_comes_with_a_challenge(guest: ApiClient) -> None:
    for route in ("user/account", "administrator/account"):
        assert guest.get(route)["WWW-Authenticate"] == 'Bearer realm="dashboard"'


@pytest.mark.parametrize(("username", "code"), [("nobody", "invalid-username"), ("somebody", "invalid-password")])
def test_refused_sign_in_comes_with_a_challenge(guest: ApiClient, username: str, code: str) -> None:
    AccountFactory(username="somebody")
    response = guest.post("user/create-session", {"username": username, "password": "wrong"})
    assert is_refusal(response, 401, code)
    assert response["WWW-Authenticate"] == 'Bearer realm="dashboard"'
