"""The example applications do what they are for, each beside the same real Dashboard."""

import os
import re
import secrets
import signal
from collections.abc import Iterator

import httpx
import pyotp
import pytest
from dashboard_client import Credentials, Dashboard, SignInRequired

from tests.applications.serving import (
    EXAMPLES,
    NEW_PASSWORD,
    PASSWORD,
    PROJECT,
    Application,
    application,
    credential,
    register,
    sign_in,
)
from tests.gateway.serving import Server, eventually, serving

pytestmark = [pytest.mark.process, pytest.mark.infrastructure]
LINES = 60
SETTINGS = {"RATE_LIMITS": "false"}


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("dashboard"), **SETTINGS) as server:
        server.ask("POST", "/api/user/create-account", username="the-owner", password=PASSWORD)
        yield server


@pytest.fixture(scope="module")
def token(dashboard: Server) -> str:
    return credential(dashboard, "act-for-users", "create-reset-codes")


@pytest.fixture(scope="module", params=EXAMPLES)
def served(
    request: pytest.FixtureRequest, dashboard: Server, token: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Application]:
    folder = tmp_path_factory.mktemp(request.param)
    with application(request.param, f"http://127.0.0.1:{dashboard.port}", folder, CREDENTIAL=token) as it:
        yield it


@pytest.fixture
def username(served: Application, request: pytest.FixtureRequest) -> str:
    name = f"{served.log.stem}-{request.node.originalname.removeprefix('test_')}"
    return f"{name[:45].strip('_')}{secrets.token_hex(2)}"


@pytest.fixture
def member(served: Application, username: str) -> Iterator[httpx.Client]:
    with served.browser() as browser:
        register(browser, username)
        yield browser


@pytest.fixture
def caller(dashboard: Server, member: httpx.Client) -> Iterator[Dashboard]:
    """A client that calls as the session of the member's browser."""
    with Dashboard(f"http://127.0.0.1:{dashboard.port}") as client:
        yield client.signed_in(Credentials(member.cookies["sessionid"], member.cookies["token"]))


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_is_short(name: str) -> None:
    lines = (PROJECT / "examples" / name / "application.py").read_text().splitlines()
    assert len([line for line in lines[1:] if line.strip() and not line.strip().startswith("#")]) < LINES


def test_stranger_is_led_to_the_sign_in_page_and_back(served: Application, member: httpx.Client, username: str) -> None:
    with served.browser() as browser:
        answer = browser.get("/sessions?a=1")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in?next=/sessions%3Fa%3D1")
        answer = sign_in(browser, username, target=answer.headers["Location"])
        assert answer.headers["Location"] == "/sessions?a=1"
        assert browser.get("/").status_code == 200


def test_stranger_who_is_a_program_gets_401(served: Application) -> None:
    answer = httpx.get(f"{served.address}/", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["message"]) == (401, "Sign in required")


def test_cookies_are_kept_from_scripts_and_other_sites(
    served: Application, member: httpx.Client, username: str
) -> None:
    cookies = sign_in(member, username).headers.get_list("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} >= {"sessionid", "token"}
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "samesite=lax" in cookie.lower()
        assert "Secure" not in cookie  # it is http


def test_page_for_members(member: httpx.Client, caller: Dashboard) -> None:
    answer = member.get("/")
    assert answer.status_code == 200
    assert caller.check().accountid in answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_wrong_password_is_said(served: Application, member: httpx.Client, username: str) -> None:
    with served.browser() as browser:
        answer = sign_in(browser, username, "a wrong password")
        assert (answer.status_code, answer.text) == (401, "The password is wrong.")
        assert not browser.cookies


def test_my_sessions_and_the_end_of_the_others(served: Application, member: httpx.Client, username: str) -> None:
    with served.browser() as elsewhere:
        sign_in(elsewhere, username)
        assert member.get("/sessions").text.count(": active") == 2
        assert "Firefox" in member.get("/sessions").text
        assert member.post("/sessions").text.count(": ended") == 1
        assert elsewhere.get("/").status_code == 302
        assert member.get("/").status_code == 200


def test_sign_out_ends_the_session(member: httpx.Client) -> None:
    cookies = dict(member.cookies)
    assert member.post("/sign-out").headers["Location"] == "/sign-in"
    assert not {"sessionid", "token"} & {*member.cookies}
    member.cookies.update(cookies)
    assert member.get("/").status_code == 302
    assert member.post("/sign-out").status_code in (302, 303)  # again


def test_delete_me(served: Application, member: httpx.Client, username: str) -> None:
    assert member.post("/delete-me", data={"password": "a wrong password"}).status_code == 401
    assert member.get("/").status_code == 200
    assert member.post("/delete-me", data={"password": PASSWORD}).headers["Location"] == "/sign-in"
    assert "token" not in member.cookies
    assert "scheduled for deletion" in sign_in(member, username).text


def test_forgotten_password(served: Application, member: httpx.Client, username: str) -> None:
    with served.browser() as browser:
        page = browser.post("/forgot", data={"username": username})
        assert page.status_code == 200
        assert browser.post("/forgot", data={"username": "a-stranger"}).text == page.text
        form = {"username": username, "new_password": NEW_PASSWORD, "secret_code": "0" * 32}
        assert browser.post("/reset", data=form).status_code == 401
        form["secret_code"] = served.printed_code(username)
        assert browser.post("/reset", data=form).headers["Location"] == "/sign-in"
        assert member.get("/").status_code == 302
        assert sign_in(browser, username).status_code == 401
        assert sign_in(browser, username, NEW_PASSWORD).headers["Location"] == "/"
        assert browser.get("/").status_code == 200


def test_sign_in_ends_the_session_of_the_cookies(member: httpx.Client, caller: Dashboard, username: str) -> None:
    sign_in(member, username)
    assert member.get("/").status_code == 200
    with pytest.raises(SignInRequired):
        caller.check()


def test_second_step(served: Application, caller: Dashboard, username: str) -> None:
    factor = caller.user.create_second_factor(accountid=caller.check().accountid, factor_type="totp")
    totp = pyotp.TOTP(factor.secret or "")
    caller.user.confirm_second_factor(factorid=factor.factorid, code=totp.now())
    codes = caller.user.create_recovery_codes(accountid=factor.accountid).codes
    with served.browser() as browser:
        page = sign_in(browser, username, target="/sign-in?next=/sessions")
        assert page.status_code == 200
        assert not browser.cookies
        challenge = re.search(r'name="challenge" value="(\w+)"', page.text)
        assert challenge
        step = {"challenge": challenge[1], "code": "000000"}
        assert browser.post("/sign-in?next=/sessions", data=step).status_code == 401
        done = browser.post("/sign-in?next=/sessions", data=step | {"code": codes[0]})
        assert done.headers["Location"] == "/sessions"
        assert browser.get("/").status_code == 200


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "", "Origin": "https://evil.test"}]
)
def test_form_of_another_site_is_refused(member: httpx.Client, headers: dict[str, str]) -> None:
    assert member.post("/sessions", headers=headers).status_code == 403
    assert member.get("/", headers=headers).status_code == 200
    assert member.post("/sessions").status_code == 200


def test_open_redirect_is_refused(member: httpx.Client, username: str) -> None:
    assert sign_in(member, username, target="/sign-in?next=//evil.test").headers["Location"] == "/"


def test_application_survives_a_restart_of_the_service(member: httpx.Client, dashboard: Server, username: str) -> None:
    """And while the service is down, nobody is signed in and nobody signed out."""
    assert member.get("/").status_code == 200
    stop(dashboard)
    for answer in (member.get("/"), member.post("/sign-out"), sign_in(member, username)):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert "Set-Cookie" not in answer.headers
    start_again(dashboard)
    assert member.get("/").status_code == 200
    assert member.post("/sign-out").headers["Location"] == "/sign-in"


def stop(server: Server) -> None:
    os.killpg(server.process.pid, signal.SIGKILL)
    server.process.wait()


def start_again(server: Server) -> None:
    """Start a server that was stopped, on its port and with its data."""
    server.process = Server(server.folder, **SETTINGS, PORT=str(server.port)).process
    eventually(server.is_live)
