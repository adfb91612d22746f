"""The proxies of docs/forward-auth.md, with the configurations that stand there: who gets through, and as whom."""

import http.client
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.conf import settings

from tests.e2e.test_path_prefix import Answer, ask
from tests.gateway.serving import eventually, serving
from throwaway.programs import free_port

PAGE = Path(settings.BASE_DIR) / "docs" / "forward-auth.md"
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
OWNER, PERSON = ({"username": name, "password": "a long enough password"} for name in ("the-owner", "a-person"))
TOLD = ("x-account-id", "x-session-id", "x-account-administrator", "x-account-owner", "x-identity")
SPOOFED = {
    **dict.fromkeys(("X-Account-Id", "X_Account_Id", "x_account-id"), "acct_0123456789abcdef"),
    **dict.fromkeys(
        ("X-Account-Administrator", "X-Account-Owner", "X_Account_Owner", "X_ACCOUNT_ADMINISTRATOR"), "true"
    ),
    **dict.fromkeys(("X-Session-Id", "X_Session_Id"), "sess_0123456789abcdef"),
    **dict.fromkeys(("X-Identity", "X_Identity"), "forged"),
}
NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    {server}
}}
"""

pytestmark = [pytest.mark.process, pytest.mark.infrastructure]


class Application(BaseHTTPRequestHandler):
    """An application that answers with the method and the headers of each request."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps([self.command, [[name.lower(), value] for name, value in self.headers.items()]]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815  the name that http.server calls

    def log_message(self, *args: Any) -> None:
        """Write nothing."""


def documented(language: str, ports: dict[str, int]) -> str:
    """Return the configuration of docs/forward-auth.md in this language, with other ports."""
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found
    return re.sub(r"127\.0\.0\.1:(8000|3000)", lambda match: f"127.0.0.1:{ports[match[1]]}", found[1])


def nginx(folder: Path, port: int, ports: dict[str, int]) -> list[str]:
    server = documented("nginx", ports).replace("listen 80;", f"listen 127.0.0.1:{port};")
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, server=server))
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]


def caddy(folder: Path, port: int, ports: dict[str, int]) -> list[str]:
    site = documented("caddyfile", ports).replace("app.example.com {", f"http://127.0.0.1:{port} {{", 1)
    (folder / "Caddyfile").write_text("{\n    admin off\n}\n" + site)
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


PROXIES: dict[str, Callable[[Path, int, dict[str, int]], list[str]]] = {"nginx": nginx, "caddy": caddy}


@dataclass(frozen=True)
class Deployment:
    """The port of the proxy, and the cookies and accounts of people."""

    port: int
    cookies: dict[str, str]
    accountids: dict[str, str]

    def ask(self, path: str, person: str = "", method: str = "GET", **headers: str) -> Answer:
        sent = {"Cookie": self.cookies[person]} if person else {}
        fields = {"a": "body"} if method == "POST" else None
        return ask(self.port, method, path, fields, **sent, **headers)

    def told(self, path: str, person: str = "", **headers: str) -> dict[str, str]:
        """Return what the application was told of who makes a request."""
        answer = self.ask(path, person, **headers)
        assert answer.status == 200, answer.body
        names = [name for name, _ in answer.json[1]]
        assert not [name for name in names if "_" in name]
        assert len({*names}) == len(names)
        return {name: value for name, value in answer.json[1] if name in TOLD and value}


@pytest.fixture(scope="module", params=PROXIES)
def deployment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    if shutil.which(request.param, path=PATH) is None:
        pytest.skip(f"needs {request.param}")
    folder = tmp_path_factory.mktemp(request.param)
    application = ThreadingHTTPServer(("127.0.0.1", 0), Application)
    Thread(target=application.serve_forever).start()
    with serving(tmp_path_factory.mktemp("server")) as server:
        port = free_port()
        command = PROXIES[request.param](folder, port, {"8000": server.port, "3000": application.server_port})
        try:
            with proxying(command, folder):
                eventually(lambda: is_answered(port))
                yield peopled(port)
        finally:
            application.shutdown()
            application.server_close()


@contextmanager
def proxying(command: list[str], folder: Path) -> Iterator[None]:
    environment = {**os.environ, "PATH": PATH, "HOME": str(folder)}
    with (folder / "log").open("wb") as log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as it:
        try:
            yield
        finally:
            it.terminate()


def peopled(port: int) -> Deployment:
    """Register people, and sign them in."""
    people = {"owner": OWNER, "person": PERSON}
    accounts = {name: ask(port, "POST", "/api/user/create-account", fields).json for name, fields in people.items()}
    sessions = {name: ask(port, "POST", "/api/user/create-session", fields).json for name, fields in people.items()}
    cookies = {name: f"sessionid={it['sessionid']}; token={it['token']}" for name, it in sessions.items()}
    return Deployment(port, cookies, {name: it["accountid"] for name, it in accounts.items()})


def is_answered(port: int) -> bool:
    try:
        return ask(port, "GET", "/api/errors").status == 200
    except (OSError, http.client.HTTPException):
        return False


def test_nobody_without_a_session_gets_through(deployment: Deployment) -> None:
    assert deployment.ask("/").status == 401
    assert deployment.ask("/", Cookie="sessionid=sess_0123456789abcdef; token=" + "0" * 64).status == 401
    assert deployment.ask("/", method="POST").status == 401


@pytest.mark.parametrize("path", ["/", "/a/page?with=a&query"])
def test_application_is_told_who_it_is(deployment: Deployment, path: str) -> None:
    told = deployment.told(path, "person")
    assert told["x-account-id"] == deployment.accountids["person"]
    assert (told["x-account-administrator"], told["x-account-owner"]) == ("false", "false")
    assert told.keys() == {*TOLD}
    assert deployment.told(path, "owner")["x-account-owner"] == "true"


def test_methods_and_bodies_reach_the_application(deployment: Deployment) -> None:
    answer = deployment.ask("/", "person", "POST", Origin="https://another.example.com", X_Request="")
    assert (answer.status, answer.json[0]) == (200, "POST")


def test_spoofed_headers_do_not_reach_the_application(deployment: Deployment) -> None:
    told = deployment.told("/", "person", **SPOOFED)
    assert told == deployment.told("/", "person") | {"x-identity": told["x-identity"]}
    assert told["x-identity"] != "forged"
    assert deployment.told("/public/page", **SPOOFED) == {}
    assert deployment.told("/public/page", "person") == {}


def test_conditions(deployment: Deployment) -> None:
    assert deployment.ask("/manage/").status == 401
    assert deployment.ask("/manage/", "person", **SPOOFED).status == 403
    assert deployment.told("/manage/", "owner")["x-account-administrator"] == "true"


def test_ended_session_is_refused_from_that_moment_on(deployment: Deployment) -> None:
    session = ask(deployment.port, "POST", "/api/user/create-session", PERSON).json
    cookies = f"sessionid={session['sessionid']}; token={session['token']}"
    assert deployment.ask("/", Cookie=cookies).status == 200
    path = f"/api/user/set-session-ended?sessionid={session['sessionid']}"
    assert ask(deployment.port, "PATCH", path, Cookie=cookies).status == 200
    assert deployment.ask("/", Cookie=cookies).status == 401
