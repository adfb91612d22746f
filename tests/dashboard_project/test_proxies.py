"""Behind a reverse proxy: which address is the client's, and who may say so."""

import json
import logging
from io import BytesIO, StringIO
from ipaddress import ip_network
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from dashboard.api.middleware import CookiePathMiddleware
from dashboard.observability.logging import log_formatter
from events.models import Event
from sessions_app.models import Session
from tests.application import application, kept_connections
from tests.factories import PASSWORD, AccountFactory

PROXY = "127.0.0.1"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def behind_proxy(settings: Any) -> None:
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.1"), ip_network("10.0.0.0/8")]


def sign_in(peer: str, **headers: str) -> dict[str, Any]:
    """Sign in through the application that is served; return the session. A sign-in that fails fails the test."""
    AccountFactory(username="somebody")
    body = f"username=somebody&password={PASSWORD}".encode()
    request = RequestFactory().post("/api/user/create-session", headers={"Host": "localhost"})
    environ = {**request.META, "wsgi.input": BytesIO(body), "CONTENT_TYPE": FORM, "CONTENT_LENGTH": str(len(body))}
    status: list[str] = []
    with kept_connections():
        answer = application(environ | {"REMOTE_ADDR": peer} | headers, lambda line, given: status.append(line))
        session: dict[str, Any] = json.loads(b"".join(answer))
    assert status[0].startswith("200"), session
    return session


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::5%eth0", "2001:db8::5"),
        ("192.0.2.7:5678", "192.0.2.7"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("203.0.113.9, 192.0.2.7, 10.1.2.3", "192.0.2.7"),
        ("203.0.113.9,192.0.2.7:80,[::ffff:10.1.2.3]:80", "192.0.2.7"),
        ("10.3.2.1, 10.1.2.3", "10.3.2.1"),  # a client within the trusted network
        ("203.0.113.9, unknown", None),
        ("192.0.2.7\0", None),
        (",", None),
        ("x" * 5000, None),
    ],
)
@pytest.mark.parametrize("peer", [PROXY, "::ffff:127.0.0.1"])
@pytest.mark.usefixtures("db", "behind_proxy")
def test_forwarded_address_is_recorded_in_one_form(peer: str, forwarded: str, expected: str | None) -> None:
    session = sign_in(peer, HTTP_X_FORWARDED_FOR=forwarded)
    assert session.get("ipAddress") == expected
    assert Session.objects.get().ip_address == expected
    assert Event.objects.get().ip_address == expected


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("", None),
        ("unix:", None),
    ],
)
@pytest.mark.usefixtures("db", "behind_proxy")
def test_other_peers_do_not_say_who_the_client_is(peer: str, expected: str | None) -> None:
    session = sign_in(peer, HTTP_X_FORWARDED_FOR="203.0.113.9", HTTP_X_FORWARDED_PROTO="https")
    assert session.get("ipAddress") == expected


@pytest.mark.usefixtures("db", "behind_proxy")
def test_address_of_the_log_has_the_same_form() -> None:
    lines = StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(log_formatter(readable=False))
    log = logging.getLogger("dashboard.requests")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        sign_in("::ffff:127.0.0.1", HTTP_X_FORWARDED_FOR="[2001:db8::5%eth0]:443")
    finally:
        log.removeHandler(handler)
        log.setLevel(logging.NOTSET)
    assert json.loads(lines.getvalue())["address"] == "2001:db8::5"


@pytest.mark.parametrize(
    ("scheme", "expected"), [("https", "https"), ("HTTPS", "https"), ("ftp", "http"), ("", "http")]
)
@pytest.mark.usefixtures("behind_proxy")
def test_scheme_is_the_one_that_the_proxy_was_asked_with(scheme: str, expected: str) -> None:
    environ = RequestFactory().get("/api/errors").environ | {"REMOTE_ADDR": PROXY, "HTTP_X_FORWARDED_PROTO": scheme}
    with kept_connections():
        application(environ, lambda status, headers: None)
    assert environ["wsgi.url_scheme"] == expected


def served_below(peer: str, path: str, **headers: str) -> tuple[str, str]:
    """Return the path below which a request is served, and the rest of its path."""
    environ = RequestFactory().get(path).environ | {"REMOTE_ADDR": peer} | headers
    with kept_connections():
        application(environ, lambda status, headers: None)
    return environ["SCRIPT_NAME"], environ["PATH_INFO"]


@pytest.mark.parametrize(
    ("header", "path", "expected"),
    [
        ("/auth", "/api/errors", ("/auth", "/api/errors")),
        ("/auth", "/auth/api/errors", ("/auth", "/api/errors")),
        ("/auth/", "/auth/api/errors", ("/auth", "/api/errors")),
        ("/auth", "/auth", ("/auth", "/")),
        ("/auth", "/authority", ("/auth", "/authority")),
        ("/a/b", "/a/b/api/errors", ("/a/b", "/api/errors")),
        *((bad, "/api/errors", ("", "/api/errors")) for bad in ("", "/", "auth", "//evil.example", "/api", "/a/../b")),
        *(
            (bad, "/api/errors", ("", "/api/errors"))
            for bad in ("https://evil.example", "/a;b", "/a b", "/a\r\nb", "/\xff")
        ),
    ],
)
@pytest.mark.parametrize("name", ["HTTP_X_FORWARDED_PREFIX", "HTTP_X_SCRIPT_NAME"])
@pytest.mark.usefixtures("behind_proxy")
def test_path_is_the_one_that_the_proxy_names(name: str, header: str, path: str, expected: tuple[str, str]) -> None:
    assert served_below(PROXY, path, **{name: header}) == expected


@pytest.mark.usefixtures("behind_proxy")
def test_other_peers_do_not_name_a_path() -> None:
    assert served_below("192.0.2.1", "/auth/api/errors", HTTP_X_FORWARDED_PREFIX="/auth") == ("", "/auth/api/errors")


def test_path_is_that_of_the_server_without_a_header(settings: Any) -> None:
    settings.DASHBOARD_PATH = "/auth"
    assert served_below("192.0.2.1", "/auth/api/errors") == ("/auth", "/api/errors")
    assert served_below("192.0.2.1", "/health/live") == ("/auth", "/health/live")  # probes know no path


def test_cookie_that_is_bound_to_its_host_keeps_the_root_as_its_path() -> None:
    response = HttpResponse()
    response.set_cookie("__Host-a", "x", secure=True)
    response.set_cookie("b", "x", path="/admin/")
    request = RequestFactory().get("/", SCRIPT_NAME="/auth")
    CookiePathMiddleware(lambda request: response)(request)
    assert {name: it["path"] for name, it in response.cookies.items()} == {"__Host-a": "/", "b": "/auth/admin/"}
