"""What a page of another origin may not do with the cookie of somebody's browser."""

from typing import Any

import pytest

from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, TOKEN, AccountFactory

PASSES = True
IS_REFUSED = False
REFUSAL = (403, "invalid-origin")
EVIL = "https://evil.example"

TABLE = [
    # A client that is no browser
    ({}, PASSES),
    # Sec-Fetch-Site
    ({"sec-fetch-site": "same-origin"}, PASSES),
    ({"sec-fetch-site": "none"}, PASSES),
    ({"sec-fetch-site": "same-site"}, IS_REFUSED),
    ({"sec-fetch-site": "cross-site"}, IS_REFUSED),
    ({"sec-fetch-site": "nonsense"}, IS_REFUSED),
    ({"sec-fetch-site": "same-origin, cross-site"}, IS_REFUSED),
    # It decides over Origin
    ({"sec-fetch-site": "same-origin", "origin": EVIL}, PASSES),
    ({"sec-fetch-site": "none", "origin": "null"}, PASSES),
    ({"sec-fetch-site": "same-site", "origin": "http://testserver"}, IS_REFUSED),
    ({"sec-fetch-site": "cross-site", "origin": "http://testserver"}, IS_REFUSED),
    ({"sec-fetch-site": "cross-site", "origin": "https://accounts.example.com"}, IS_REFUSED),
    ({"sec-fetch-site": "", "origin": EVIL}, IS_REFUSED),
    # Origin names the host that was asked
    ({"origin": "http://testserver"}, PASSES),
    ({"origin": "https://testserver"}, PASSES),
    ({"origin": "http://localhost:8000", "host": "localhost:8000"}, PASSES),
    ({"origin": "http://[::1]:8000", "host": "[::1]:8000"}, PASSES),
    ({"origin": "https://testserver", "host": "testserver:443"}, PASSES),
    ({"origin": "http://testserver", "host": "testserver:80"}, PASSES),
    ({"origin": "https://testserver", "host": "testserver:80"}, IS_REFUSED),
    ({"origin": "http://testserver", "host": "testserver:443"}, IS_REFUSED),
    ({"origin": "ftp://testserver", "host": "testserver:21"}, IS_REFUSED),
    ({"origin": "http://testserver:8000"}, IS_REFUSED),
    ({"origin": "http://localhost:8001", "host": "localhost:8000"}, IS_REFUSED),
    ({"origin": "http://localhost", "host": "localhost:8000"}, IS_REFUSED),
    ({"origin": "http://testserver", "host": "localhost"}, IS_REFUSED),
    # or DASHBOARD_SERVER
    ({"origin": "https://accounts.example.com"}, PASSES),
    ({"origin": "https://accounts.example.com", "host": "localhost:8000"}, PASSES),
    ({"origin": "https://accounts.example.com:8443"}, IS_REFUSED),
    ({"origin": "https://example.com"}, IS_REFUSED),
    # and nothing else
    ({"origin": EVIL}, IS_REFUSED),
    ({"origin": "null"}, IS_REFUSED),
    ({"origin": ""}, IS_REFUSED),
    ({"origin": "testserver"}, IS_REFUSED),
    ({"origin": "https://testserver.evil.example"}, IS_REFUSED),
    ({"origin": "https://evil.example/testserver"}, IS_REFUSED),
    ({"origin": "https://testserver@evil.example"}, IS_REFUSED),
    ({"origin": "https://evil.example testserver"}, IS_REFUSED),
    ({"origin": "http://["}, IS_REFUSED),
    ({"origin": "file://"}, IS_REFUSED),
]
CROSS_SITE = [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": EVIL}, {"origin": "null"}]


@pytest.fixture(autouse=True)
def _server(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "localhost", "[::1]"]
    settings.DASHBOARD_SERVER = "https://accounts.example.com"


@pytest.mark.parametrize(("headers", "passes"), TABLE)
def test_unsafe_request_with_a_session_cookie(user: ApiClient, headers: dict[str, str], passes: bool) -> None:
    response = user.call("PATCH", "user/reset-session-key", headers=headers, accountid=user.account.accountid)
    assert outcome(response) == ((200, "") if passes else REFUSAL)
    user.account.refresh_from_db()
    assert (user.account.session_key_number == 2) == passes


@pytest.mark.parametrize(("headers", "passes"), TABLE)
def test_guest_route_with_a_session_cookie(user: ApiClient, headers: dict[str, str], passes: bool) -> None:
    response = user.call("POST", "user/create-session", headers=headers)
    assert outcome(response) == ((400, "invalid-username") if passes else REFUSAL)


@pytest.mark.parametrize("headers", CROSS_SITE)
@pytest.mark.parametrize(
    ("caller", "method", "route"),
    [
        ("user", "POST", "user/create-account"),
        ("user", "PATCH", "user/reset-account-deleted"),
        ("user", "PATCH", "user/set-account-deleted"),
        ("user", "PATCH", "user/set-session-ended"),
        ("administrator", "PATCH", "administrator/reset-session-key"),
        ("administrator", "POST", "administrator/create-reset-code"),
    ],
)
def test_every_unsafe_route_refuses(
    request: pytest.FixtureRequest, headers: dict[str, str], caller: str, method: str, route: str
) -> None:
    assert outcome(request.getfixturevalue(caller).call(method, route, headers=headers)) == REFUSAL


@pytest.mark.parametrize("headers", CROSS_SITE)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_safe_methods_pass(user: ApiClient, method: str, headers: dict[str, str]) -> None:
    response = user.call(method, "user/account", headers=headers, accountid=user.account.accountid)
    assert response.status_code == 200


@pytest.mark.parametrize("headers", CROSS_SITE)
def test_without_a_cookie_any_page_may_ask(guest: ApiClient, headers: dict[str, str]) -> None:
    AccountFactory(username="somebody")
    body = {"username": "somebody", "password": PASSWORD}
    assert outcome(guest.call("POST", "user/create-session", body, headers)) == (200, "")


@pytest.mark.parametrize("headers", CROSS_SITE)
def test_a_bearer_alone_passes_since_no_browser_adds_it(user: ApiClient, headers: dict[str, str]) -> None:
    assert user.session
    headers = {**headers, "authorization": f"Bearer {user.session.sessionid}.{TOKEN}"}
    query = {"accountid": user.account.accountid}
    assert outcome(ApiClient().call("PATCH", "user/reset-session-key", headers=headers, **query)) == (200, "")


@pytest.mark.parametrize("headers", CROSS_SITE)
def test_a_cookie_is_refused_whatever_it_is_worth(guest: ApiClient, headers: dict[str, str]) -> None:
    guest.client.cookies["sessionid"] = "sess_0123456789abcdef"
    assert outcome(guest.call("PATCH", "user/reset-session-key", headers=headers)) == REFUSAL


@pytest.mark.parametrize(
    "address",
    [
        "https://accounts.example.com/",
        "https://accounts.example.com/path",
        "https://Accounts.Example.com",
        "https://accounts.example.com:443",
    ],
)
def test_dashboard_server_may_be_written_in_any_way(user: ApiClient, settings: Any, address: str) -> None:
    """Browsers send a host in small letters, and without the port that its scheme implies."""
    settings.DASHBOARD_SERVER = address
    headers = {"origin": "https://accounts.example.com"}
    assert outcome(user.call("POST", "user/create-session", headers=headers)) == (400, "invalid-username")
