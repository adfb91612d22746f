"""Applications with the middleware of clients/typescript, in each framework and runtime, before a server."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyotp
import pytest

from benchmarks.processes import HOST, Program, running
from tests.clients.browsers import Browser
from tests.clients.npm import environment_of, succeed
from tests.gateway.serving import Server, serving
from throwaway.programs import free_port

OWNER, PERSON, CAREFUL = (
    {"username": name, "password": "a long enough password"} for name in ("the-owner", "a-person", "a-careful-one")
)
RUNTIMES = {
    "express": "node express.mjs",
    "hono": "node hono_node.mjs",
    "hono-bun": "bun run hono.mjs",
    "hono-deno": "deno serve --no-prompt --allow-net --allow-env --host {host} --port {port} hono.mjs",
    "next": "next start --hostname {host} next",
}

pytestmark = [
    pytest.mark.clients,
    pytest.mark.process,
    pytest.mark.xdist_group("clients"),
    pytest.mark.timeout(1800),  # the registry may be slow
]


@dataclass(frozen=True)
class Deployment:
    """An application before a server, with three accounts. Their ids are by their names."""

    port: int
    server: Server
    accountids: dict[str, str]

    def browser(self, person: dict[str, str] | None = None) -> Browser:
        browser = Browser(self.port)
        if person:
            assert browser.post("/sign-in", person).status == 200
        return browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server"), RATE_LIMIT_REGISTRATION="", RATE_LIMIT_SESSIONS="") as it:
        yield it


@pytest.fixture(scope="module", params=RUNTIMES)
def deployment(
    request: pytest.FixtureRequest, place: Path, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    port = free_port()
    environment = environment_of(place, port, server.port)
    if request.param == "next":
        succeed("env", "next", "build", "next", folder=place, **environment)
    command = ["env", f"--chdir={place}", *RUNTIMES[request.param].format(host=HOST, port=port).split()]
    with running(Program(request.param, command, port, environment), tmp_path_factory.mktemp("application")):
        yield Deployment(port, server, register(server))


def register(server: Server) -> dict[str, str]:
    """Create the accounts that are not there yet, the owner's first. Return the ids of all."""
    ids = {}
    for person in (OWNER, PERSON, CAREFUL):
        server.ask("POST", "/api/user/create-account", **person)
        ids[person["username"]] = json.loads(server.ask("POST", "/api/user/create-session", **person)[1])["accountid"]
    return ids


def test_nobody_gets_through(deployment: Deployment) -> None:
    stranger = deployment.browser()
    for path in ("/members", "/manage", "/proven"):
        page = stranger.get(path, accept="text/html")
        assert (page.status, page.headers["Location"]) == (303, f"/sign-in?next=%2F{path[1:]}")
        assert stranger.get(path).status == 401
    forged = Browser(deployment.port, {"sessionid": "sess_0123456789abcdef", "token": "0" * 64})
    assert forged.get("/members").status == 401
    assert stranger.get("/public").json is None
    assert forged.get("/public").json is None


def test_who_signs_in_is_known_until_they_sign_out(deployment: Deployment) -> None:
    browser = deployment.browser(PERSON)
    session, token, *_ = browser.set_cookies
    assert session.startswith("sessionid=sess_")
    assert token.startswith("token=")
    for line in browser.set_cookies:
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} < {*line.split("; ")}
        assert "Secure" not in line
    accountid = deployment.accountids[PERSON["username"]]
    assert browser.get("/members").json["accountid"] == accountid
    assert browser.get("/public").json["accountid"] == accountid
    stolen = Browser(deployment.port, {**browser.cookies})
    assert browser.post("/sign-out").status == 200
    assert {"sessionid", "token"}.isdisjoint(browser.cookies)
    assert stolen.get("/members").status == 401


def test_pages_that_read_the_account_are_in_no_shared_cache(deployment: Deployment) -> None:
    for browser in (deployment.browser(), deployment.browser(PERSON)):
        answer = browser.get("/public")
        assert "private" in answer.headers["Cache-Control"]
        assert "Cookie" in answer.headers["Vary"]


def test_cookies_are_secure_behind_a_proxy_with_https(deployment: Deployment) -> None:
    browser = deployment.browser()
    headers = {"Content-Type": "application/json", "X-Forwarded-Proto": "https"}
    assert browser.ask("POST", "/sign-in", json.dumps(PERSON), headers).status == 200
    assert browser.set_cookies
    for line in browser.set_cookies:
        assert line.startswith("__Host-")
        assert line.endswith("; Secure")
    assert browser.ask("GET", "/members", None, {"X-Forwarded-Proto": "https"}).status == 200
    assert browser.get("/members").status == 401


def test_wrong_password_is_answered_as_such(deployment: Deployment) -> None:
    browser = deployment.browser()
    answer = browser.post("/sign-in", PERSON | {"password": "another password"})
    assert (answer.status, answer.json["message"]) == (401, "invalid-password")
    assert browser.set_cookies == []


def test_administrators_alone_manage(deployment: Deployment) -> None:
    refused = deployment.browser(PERSON).get("/manage")
    assert (refused.status, refused.json["message"]) == (403, "administrator-required")
    assert deployment.browser(OWNER).get("/manage").json["administrator"] is True


def test_recent_proof(deployment: Deployment) -> None:
    browser = deployment.browser(PERSON)
    assert browser.get("/proven").status == 200
    refused = browser.get("/unproven")
    assert (refused.status, refused.json["message"]) == (403, "verification-required")
    assert browser.post("/verify", PERSON | {"password": "another password"}).status == 401
    assert browser.post("/verify", PERSON).status == 200
    assert browser.get("/proven").status == 200


def test_pages_of_other_sites_do_nothing(deployment: Deployment) -> None:
    browser = deployment.browser(PERSON)
    assert browser.post("/sign-out", site="cross-site").status == 403
    assert browser.get("/members").status == 200
    assert deployment.browser().post("/sign-in", PERSON, site="same-site").status == 403


def test_sign_in_with_a_second_factor(deployment: Deployment) -> None:
    browser = deployment.browser(CAREFUL)
    server = Browser(deployment.server.port, browser.cookies)
    account = f"accountid={deployment.accountids[CAREFUL['username']]}"
    factor = server.post(f"/api/user/create-second-factor?{account}", {"factor-type": "totp"}).json
    secret = pyotp.TOTP(factor["secret"])
    path = f"/api/user/confirm-second-factor?factorid={factor['factorid']}"
    assert (
        server.ask("PATCH", path, json.dumps({"code": secret.now()}), {"Content-Type": "application/json"}).status
        == 200
    )
    codes = server.post(f"/api/user/create-recovery-codes?{account}").json["codes"]
    try:
        asked = Browser(deployment.port)
        answer = asked.post("/sign-in", CAREFUL)
        assert answer.status == 401
        assert asked.set_cookies == []
        challenge = answer.json["challenge"]
        assert asked.post("/complete", {"challenge": challenge, "code": "K7QM-2X9D-4T6B-9W1C-8HRV-0N5E"}).status == 401
        assert asked.post("/complete", {"challenge": challenge, "code": codes[0]}).status == 200
        assert asked.get("/members").status == 200
    finally:
        path = f"/api/user/delete-second-factor?factorid={factor['factorid']}"
        assert server.ask("DELETE", path, None, {}).status == 200


@pytest.mark.parametrize("deployment", ["next"], indirect=True)
def test_next_shows_and_guards_pages(deployment: Deployment) -> None:
    stranger, browser = deployment.browser(), deployment.browser(PERSON)
    assert "nobody" in stranger.get("/component", accept="text/html").body
    assert deployment.accountids[PERSON["username"]] in browser.get("/component", accept="text/html").body
    led = stranger.get("/guarded", accept="text/html")
    assert (led.status, led.headers["Location"]) == (303, "/sign-in?next=%2Fguarded")
    assert "guarded" in browser.get("/guarded", accept="text/html").body
