"""Cross-origin requests: none but those of CORS_ALLOWED_ORIGINS, which browsers may then make with cookies."""

from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import Client
from django.test.client import ClientHandler

from dashboard.api.routing import declared
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory, SessionFactory

ALLOWED = "https://app.example.com"
OTHER = "https://evil.example"
CORS = "corsheaders.middleware.CorsMiddleware"
METRICS = "dashboard.api.middleware.RequestMetricsMiddleware"
ROUTES = list(declared())


@pytest.fixture
def _allowed(settings: Any) -> None:
    """As settings.py does where CORS_ALLOWED_ORIGINS names an origin."""
    place = settings.MIDDLEWARE.index(METRICS) + 1
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[:place], CORS, *settings.MIDDLEWARE[place:]]
    settings.CORS_ALLOWED_ORIGINS = [ALLOWED]


def preflight(path: str, method: str, origin: str = ALLOWED) -> Any:
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    return Client().options(path, headers={**asked, "Access-Control-Request-Headers": "content-type,authorization"})


def cors_headers(response: Any) -> dict[str, str]:
    return {name: value for name, value in response.items() if name.lower().startswith("access-control-")}


def from_page(origin: str, site: str = "same-site") -> dict[str, str]:
    return {"Origin": origin, "Sec-Fetch-Site": site, "Sec-Fetch-Mode": "cors"}


# Closed by default


@pytest.mark.parametrize("path", ["/api/user/session", "/api/unknown", "/api/openapi.json", "/admin/", "/health/live"])
def test_no_origin_is_allowed_by_default(db: None, path: str) -> None:
    assert cors_headers(preflight(path, "GET")) == {}
    assert cors_headers(Client().get(path, headers=from_page(ALLOWED))) == {}


def test_settings_have_the_middleware_only_where_an_origin_is_allowed(settings: Any) -> None:
    assert CORS not in settings.MIDDLEWARE


# Allowed


@pytest.mark.usefixtures("_allowed")
def test_middleware_sees_the_api() -> None:
    assert [it.id for it in run_checks() if str(it.id).startswith(("dashboard.", "corsheaders."))] == []


@pytest.mark.usefixtures("_allowed")
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_preflight_of_every_route(route: Any) -> None:
    response = preflight(route.path, route.spec.method)
    headers = cors_headers(response)
    assert response.status_code == 200
    assert headers["access-control-allow-origin"] == ALLOWED
    assert headers["access-control-allow-credentials"] == "true"
    assert route.spec.method in headers["access-control-allow-methods"].split(", ")
    assert {"authorization", "content-type"} <= set(headers["access-control-allow-headers"].split(", "))
    assert response["X-Request-ID"]
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.usefixtures("_allowed")
@pytest.mark.parametrize("origin", [OTHER, "null", "http://app.example.com", "https://app.example.com.evil.example"])
def test_other_origins_stay_closed(origin: str) -> None:
    assert "access-control-allow-origin" not in cors_headers(preflight("/api/user/session", "GET", origin))
    answer = Client().get("/api/errors", headers=from_page(origin))
    assert "access-control-allow-origin" not in cors_headers(answer)
    assert "origin" in answer["Vary"]


@pytest.mark.usefixtures("_allowed")
@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/health/live", "/metrics", "/static/x"])
def test_only_the_api_is_opened(db: None, path: str) -> None:
    assert cors_headers(preflight(path, "POST")) == {}
    assert cors_headers(Client().get(path, headers=from_page(ALLOWED))) == {}


@pytest.mark.usefixtures("_allowed")
@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/errors", 200), ("/api/user/account", 401), ("/api/unknown", 404), ("/api/openapi.json", 200)],
)
def test_answers_and_errors_can_be_read(db: None, path: str, status: int) -> None:
    response = Client().get(path, headers=from_page(ALLOWED))
    assert response.status_code == status
    assert response["access-control-allow-origin"] == ALLOWED
    assert response["access-control-allow-credentials"] == "true"
    assert "Link" in response["access-control-expose-headers"]


def signed_in() -> ApiClient:
    """A user's client with the middleware of the test, which those of other tests are not to share."""
    client = ApiClient(SessionFactory())
    client.client.handler = ClientHandler(enforce_csrf_checks=False)
    return client


def sign_in(origin: str, site: str) -> Any:
    return Client().post(
        "/api/user/create-session", {"username": "somebody", "password": PASSWORD}, headers=from_page(origin, site)
    )


@pytest.mark.usefixtures("_allowed")
@pytest.mark.parametrize(("origin", "sets_cookies"), [(ALLOWED, True), (OTHER, False)])
@pytest.mark.parametrize("site", ["same-site", "cross-site"])
def test_signing_in_sets_cookies_for_pages_of_allowed_origins(
    db: None, origin: str, sets_cookies: bool, site: str
) -> None:
    AccountFactory(username="somebody")
    response = sign_in(origin, site)
    assert response.status_code == 200
    assert ({"sessionid", "token"} <= set(response.cookies)) is sets_cookies


@pytest.mark.usefixtures("_allowed")
@pytest.mark.parametrize(
    ("origin", "expected"), [(ALLOWED, (200, "")), (OTHER, (403, "invalid-origin")), ("null", (403, "invalid-origin"))]
)
@pytest.mark.parametrize("site", ["same-site", "cross-site"])
def test_changes_with_cookies_are_for_pages_of_allowed_origins(
    db: None, origin: str, expected: tuple[int, str], site: str
) -> None:
    user = signed_in()
    response = user.call(
        "PATCH", "user/end-other-sessions", headers=from_page(origin, site), accountid=user.account.accountid
    )
    assert outcome(response) == expected


def test_without_the_setting_an_origin_is_as_any_other(db: None) -> None:
    user = signed_in()
    response = user.call(
        "PATCH", "user/end-other-sessions", headers=from_page(ALLOWED), accountid=user.account.accountid
    )
    assert outcome(response) == (403, "invalid-origin")
