"""Every response has the security headers, whichever part of the server answers."""

import re
from typing import Any

import pytest
from django.conf import settings as current
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import get_resolver

from dashboard.api import middleware
from dashboard.api.routing import views
from dashboard.api.viewsets import APIViewSet
from tests.admin.browser import COOKIE
from tests.client import ApiClient
from tests.factories import AccountFactory, SessionFactory

PLACEHOLDER = re.compile(r"<[^>]+>|\(\?P<[^)]+\)")
STATIC_FILES = ["admin_site/site.css", "admin_site/favicon.svg", "unfold/js/app.js", "missing.js"]
SAME_EVERYWHERE = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS = "Strict-Transport-Security"


def paths() -> list[str]:
    """Every path of the resolver, with something in place of what is variable, and some that it does not have."""
    patterns = [path for path, _ in views(get_resolver())]
    concrete = {PLACEHOLDER.sub("x", path).replace("^", "").replace("$", "").replace("\\Z", "") for path in patterns}
    static = [f"{current.STATIC_URL}{name}" for name in STATIC_FILES]
    return sorted({*concrete, *static, "/", "/unknown", "/api/unknown", "/admin/unknown", "/admin/accounts/account/x/"})


def check(response: Any) -> None:
    """Fail unless the response has all headers, with strict values."""
    for name, value in SAME_EVERYWHERE.items():
        assert response[name] == value, name
    assert "camera=()" in response["Permissions-Policy"]
    policy = directives(response["Content-Security-Policy"])
    assert policy["default-src"] in ("'none'", "'self'")
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy.get("script-src", policy["default-src"]) in ("'none'", "'self'")
    assert policy.get("object-src", policy["default-src"]) == "'none'"
    assert response["Cache-Control"]


def directives(policy: str) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in policy.split(";"))
    return {name: value for name, _, value in parts}


@pytest.fixture
def clients(db: None) -> list[Client]:
    """A stranger, and an administrator who is signed in to API and site."""
    administrator = ApiClient(SessionFactory(account=AccountFactory(owner=True))).client
    session = SessionFactory(account=AccountFactory(administrator=True))
    administrator.cookies[COOKIE] = f"{session.sessionid}.{session.token}"
    for client in (stranger := Client(), administrator):
        client.raise_request_exception = False
    return [stranger, administrator]


@pytest.mark.parametrize("method", ["get", "post", "options"])
def test_every_path_answers_with_every_header(clients: list[Client], method: str) -> None:
    assert len(paths()) > 90
    for path in paths():
        for client in clients:
            response = getattr(client, method)(path)
            response.getvalue()  # closes the file of a static one
            check(response)
            if not path.startswith(current.STATIC_URL) and path != "/.well-known/jwks.json":
                assert "no-store" in response["Cache-Control"], path


def test_static_files_are_found_and_cached() -> None:
    assert finders.find(STATIC_FILES[0])
    response = Client().get(f"{current.STATIC_URL}{STATIC_FILES[0]}")
    response.getvalue()  # closes the file of a static one
    assert (response.status_code, response["Cache-Control"]) == (200, "max-age=60, public")


def test_streamed_responses(clients: list[Client]) -> None:
    response = clients[1].get("/api/administrator/accounts", {"all": "true"})
    assert response.streaming
    check(response)


def broken(*args: Any, **options: Any) -> Any:
    raise RuntimeError


def fault(monkeypatch: pytest.MonkeyPatch, client: Client) -> Any:
    monkeypatch.setattr(APIViewSet, "check_throttles", broken)
    return client.get("/api/errors")


def fault_of_middleware(monkeypatch: pytest.MonkeyPatch, client: Client) -> Any:
    monkeypatch.setattr(middleware, "bind_request", broken)
    return client.get("/api/errors")


def fault_of_the_site(monkeypatch: pytest.MonkeyPatch, client: Client) -> Any:
    monkeypatch.setattr("admin_site.site.home_context", broken)
    return client.get("/admin/")


def wrong_host(monkeypatch: pytest.MonkeyPatch, client: Client) -> Any:
    return client.get("/api/errors", headers={"Host": "evil.example"})


def too_long(monkeypatch: pytest.MonkeyPatch, client: Client) -> Any:
    monkeypatch.setattr(current, "MAXIMUM_POST_DATA_LENGTH", 1)
    return client.post("/api/user/create-session", {"username": "somebody", "password": "a password"})


@pytest.mark.parametrize(
    ("request_of", "status"),
    [(fault, 500), (fault_of_middleware, 500), (fault_of_the_site, 500), (wrong_host, 400), (too_long, 413)],
)
def test_errors(clients: list[Client], monkeypatch: pytest.MonkeyPatch, request_of: Any, status: int) -> None:
    response = request_of(monkeypatch, clients[1])
    assert response.status_code == status
    check(response)
    assert "no-store" in response["Cache-Control"]


# HSTS


@pytest.mark.parametrize("path", ["/api/errors", "/api/docs", "/health/live", "/admin/login/", "/unknown", "/static/x"])
def test_https_is_remembered_where_the_public_address_has_it(db: None, settings: Any, path: str) -> None:
    assert HSTS not in Client().get(path, secure=True)
    settings.SECURE_HSTS_SECONDS = 31_536_000
    assert Client().get(path, secure=True)[HSTS] == "max-age=31536000"
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    assert Client().get(path, secure=True)[HSTS] == "max-age=31536000; includeSubDomains"
    assert HSTS not in Client().get(path)


# What a view or another middleware sets stays


def lenient(get_response: Any) -> Any:
    def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"Content-Security-Policy": "sandbox", "cache-control": "max-age=5"})

    return answer


def test_a_header_that_is_there_stays(settings: Any) -> None:
    settings.MIDDLEWARE = [settings.MIDDLEWARE[0], f"{__name__}.lenient"]
    response = Client().get("/")
    assert (response["Content-Security-Policy"], response["Cache-Control"]) == ("sandbox", "max-age=5")
    assert [name.lower() for name in response.headers].count("cache-control") == 1


def test_responses_do_not_share_their_headers() -> None:
    client = Client()
    client.get("/health/live")["X-Content-Type-Options"] = "changed"
    assert client.get("/health/live")["X-Content-Type-Options"] == "nosniff"
