"""What the middleware makes of a request: whose cookies, from which site, and where to lead people."""

import json
from typing import Any

import pytest
from answers import COOKIES, SESSION, SESSIONID, TOKEN
from dashboard_client import CredentialRefused, CrossOriginRefused, DashboardError, SignInRequired, Unavailable
from dashboard_client.generated.codes import TooManyRequests, VerificationRequired
from dashboard_client.generated.models import Session
from dashboard_client.visit import Incoming, Options, Visit, is_cross_origin, local_path


def visit(method: str = "GET", target: str = "/page?a=1", *, secure: bool = False, **headers: str) -> Visit:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    given = Incoming(
        method=method, target=target, host="app.test", is_secure=secure, address="192.0.2.7", headers=names
    )
    return Visit(given, Options(trusted_origins=("https://www.test",)))


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        f"sessionid={SESSIONID}",
        f"token={TOKEN}",
        f"sessionid={SESSIONID}; token=",
        f"sessionid={SESSIONID}; token={TOKEN}; sessionid=sess_1111111111111111",
        f"sessionid={SESSIONID}; token={TOKEN}; token={TOKEN}",
        f"sessionid=x; token={TOKEN}",
        f"sessionid={SESSIONID}; token={TOKEN[:-1]}\n",
        f"sessionid={SESSIONID}; token={TOKEN}\r\nX: y",
    ],
)
def test_incomplete_repeated_and_malformed_cookies_are_none(cookie: str) -> None:
    assert visit(cookie=cookie).credentials is None


@pytest.mark.timeout(20)  # what compares each name with all others takes minutes
def test_many_cookies_take_no_time() -> None:
    others = "; ".join(f"c{number % 99_991}" for number in range(100_000))
    assert visit(cookie=f"{others}; {COOKIES}").credentials


def test_cookies_are_credentials() -> None:
    found = visit(cookie=f"a=b; {COOKIES}; c").credentials
    assert found
    assert (found.sessionid, found.token) == (SESSIONID, TOKEN)


@pytest.mark.parametrize(
    ("headers", "is_refused"),
    [
        ({}, False),  # not a browser
        ({"origin": "http://app.test"}, False),
        ({"origin": "http://APP.test:80"}, False),
        ({"origin": "https://www.test"}, False),  # trusted
        ({"origin": "https://www.test", "sec_fetch_site": "same-site"}, False),
        ({"sec_fetch_site": "same-origin", "origin": "https://proxied.test"}, False),
        ({"sec_fetch_site": "none"}, False),
        ({"origin": "https://evil.test"}, True),
        ({"origin": "http://app.test:8443"}, True),
        ({"origin": "http://app.test.evil.test"}, True),
        ({"origin": "null"}, True),
        ({"origin": "https://["}, True),
        ({"sec_fetch_site": "cross-site", "origin": "http://app.test"}, True),
        ({"sec_fetch_site": "same-site"}, True),
    ],
)
def test_changes_that_other_sites_ask_for_are_refused(headers: dict[str, str], is_refused: bool) -> None:
    for method in ("POST", "PATCH", "DELETE", "PUT", "WEBSOCKET"):
        if is_refused:
            with pytest.raises(CrossOriginRefused):
                visit(method, **headers).refuse_other_sites()
        else:
            visit(method, **headers).refuse_other_sites()
    visit("GET", **headers).refuse_other_sites()


@pytest.mark.parametrize(
    ("origin", "host", "is_refused"),
    [
        ("https://app.test", "app.test:443", False),
        ("http://app.test", "app.test:80", False),
        ("https://app.test", "APP.test", False),
        ("https://app.test:8443", "app.test:8443", False),
        ("http://[::1]", "[::1]:80", False),
        ("https://app.test", "app.test:80", True),
        ("http://app.test", "app.test:443", True),
        ("https://app.test:8443", "app.test:443", True),
        ("https://app.test", "app.test:8443", True),
        ("https://app.test:0", "app.test", True),
        ("https://evil.test", "app.test:443", True),
        ("https://app.test", "", True),
        ("https://app.test", "app.test:x", True),
        ("other://app.test", "app.test", True),
        ("http://[::1]:8080", "[::1:8080]", True),
    ],
)
@pytest.mark.parametrize("is_secure", [False, True])
def test_origin_is_the_same_with_the_default_port_of_its_scheme(
    origin: str, host: str, is_refused: bool, is_secure: bool
) -> None:
    headers = {"origin": origin}
    it = Incoming(method="POST", target="/", host=host, is_secure=is_secure, address="", headers=headers)
    assert is_cross_origin(it, ()) is is_refused


def test_websocket_is_no_safe_request() -> None:
    visit("GET", upgrade="websocket", origin="http://app.test").refuse_other_sites()
    visit("GET", upgrade="h2c", origin="https://evil.test").refuse_other_sites()
    for headers in ({"origin": "https://evil.test"}, {"origin": "null"}, {"sec_fetch_site": "same-site"}):
        with pytest.raises(CrossOriginRefused):
            visit("GET", upgrade="WebSocket", **headers).refuse_other_sites()


@pytest.mark.parametrize("host", ["", "app.test", "app.test:x", "app.test:99999", ":81"])
@pytest.mark.parametrize("origin", ["null", "", "file://", "http://", "https://[", "http://:81"])
def test_page_without_an_origin_is_another_site_also_for_a_host_that_is_not_known(host: str, origin: str) -> None:
    it = Incoming(method="POST", target="/", host=host, is_secure=False, address="", headers={"origin": origin})
    with pytest.raises(CrossOriginRefused):
        Visit(it, Options()).refuse_other_sites()


def test_trusted_origins_are_not_the_parts_of_one() -> None:
    with pytest.raises(TypeError, match="tuple"):
        Options(trusted_origins="https://www.example.com")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/page?a=1&b=2", "/page?a=1&b=2"),
        ("", "/"),
        ("page", "/"),
        ("//evil.test", "/"),
        ("/\\evil.test", "/"),
        ("https://evil.test/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\t/evil.test", "/"),
        ("/\n/evil.test", "/"),
    ],
)
def test_next_page_is_one_of_the_application(target: str, path: str) -> None:
    assert local_path(target) == path


@pytest.mark.parametrize(
    ("method", "accept", "error", "status", "location"),
    [
        ("GET", "text/html", SignInRequired(), 302, "/sign-in?next=/page%3Fa%3D1"),
        ("POST", "text/html", SignInRequired(), 303, "/sign-in"),
        ("GET", "text/html", VerificationRequired(status=403), 302, "/sign-in?next=/page%3Fa%3D1"),
        ("GET", "application/json", SignInRequired(), 401, None),
        ("GET", "*/*", SignInRequired(), 401, None),
        ("GET", "text/html", Unavailable(), 503, None),
        ("GET", "application/json", Unavailable("x", status=500), 503, None),
        ("GET", "*/*", VerificationRequired(status=403), 403, None),
        ("POST", "*/*", TooManyRequests(status=429, retry_after=17), 429, None),
    ],
)
def test_answers(method: str, accept: str, error: DashboardError, status: int, location: str | None) -> None:
    answer = visit(method, accept=accept).answer(error)
    assert (answer.status, answer.headers.get("Location")) == (status, location)
    assert answer.headers["Cache-Control"] == "no-store"
    if status in (429, 503):
        assert answer.headers["Retry-After"] == ("17" if status == 429 else "2")
    if location is None and accept == "text/html":
        assert answer.body == error.detail
    elif location is None:
        assert json.loads(answer.body)["object"] in ("auth", "error")


def test_sign_in_page_does_not_lead_to_itself() -> None:
    assert visit(target="/sign-in?next=/a", accept="text/html").answer(SignInRequired()).status == 401


def test_sign_in_page_can_have_a_query() -> None:
    options = Options(sign_in_path="/account?step=1")
    led = Visit(visit(accept="text/html").incoming, options).answer(SignInRequired())
    assert led.headers["Location"] == "/account?step=1&next=/page%3Fa%3D1"
    there = Visit(visit(target="/account?step=1&next=/a", accept="text/html").incoming, options)
    assert there.answer(SignInRequired()).status == 401


def test_fault_of_the_configuration_is_not_the_visitors() -> None:
    with pytest.raises(CredentialRefused):
        visit(accept="text/html").answer(CredentialRefused())


@pytest.mark.parametrize("secure", [True, False])
def test_cookies_are_secure_under_https(secure: bool) -> None:
    it = visit("POST", secure=secure)
    it.sign_in(Session.of(SESSION), "0f" * 16)
    prefix = "__Host-" if secure else ""
    found: list[Any] = [(cookie.name, cookie.value, cookie.seconds) for cookie in it.cookies]
    assert found[:2] == [(f"{prefix}sessionid", SESSIONID, 1200), (f"{prefix}token", TOKEN, 1200)]
    assert found[2][:2] == (f"{prefix}dashboard_browser", "0f" * 16)
    assert {cookie.is_secure for cookie in it.cookies} == {secure}
    assert TOKEN not in repr(it.cookies)
    it.forget()
    assert [(cookie.value, cookie.seconds) for cookie in it.cookies] == [("", 0), ("", 0)]


def test_other_hosts_cannot_set_the_cookies_under_https() -> None:
    assert visit(secure=True, cookie=COOKIES).credentials is None
    own = COOKIES.replace("sessionid=", "__Host-sessionid=").replace("token=", "__Host-token=")
    assert visit(secure=True, cookie=own).credentials
    assert visit(secure=False, cookie=own).credentials is None


def test_browser_that_dashboard_knows_is_passed_on_by_each_name_that_it_may_have() -> None:
    browser = visit(secure=True, cookie=f"__Host-dashboard_browser={'0f' * 16}").browser()
    assert {name.rpartition("-")[2] for name in browser.cookies} == {"dashboard_browser"}
    assert {*browser.cookies.values()} == {"0f" * 16}


def test_nobody_is_signed_in_before_the_check() -> None:
    with pytest.raises(SignInRequired):
        visit(cookie=COOKIES).require()


def test_browser_cookie_of_another_form_is_not_passed_on() -> None:
    assert visit(cookie="dashboard_browser=a\r\nX: y").browser().cookies == {}
