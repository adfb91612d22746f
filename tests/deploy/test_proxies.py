"""deploy/nginx.conf and deploy/haproxy.cfg: one instance may die or hang, and no change is made twice."""

import http.client
import os
import secrets
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.deploy.proxies import ask, logged_addresses, signal_all
from tests.gateway.serving import Server, eventually, serving
from throwaway.proxies import NAME, PROXIES, Proxy, proxying

pytestmark = [pytest.mark.process, pytest.mark.infrastructure]

PERSON = {"username": "a-person", "password": "a long enough password"}
TURNS = 20  # requests after which each instance has had its turn
SAFE, UNSAFE = ("GET", "HEAD"), ("POST", "PATCH", "PUT", "DELETE")
SPOOFED = {
    **dict.fromkeys(("X-Forwarded-For", "X_Forwarded_For"), "203.0.113.9"),
    **dict.fromkeys(("X-Forwarded-Proto", "X_Forwarded_Proto"), "http"),
    **dict.fromkeys(("X-Forwarded-Prefix", "X_Forwarded_Prefix", "X-Script-Name", "X_Script_Name"), "/spoofed"),
    **dict.fromkeys(("X-Request-ID", "X_Request_ID"), "spoofed-request"),
    **dict.fromkeys(("X-Forwarded-Host", "X-Forwarded_Host", "X-Forwarded-Port", "X-Real-IP", "X_Real_IP"), "spoofed"),
    "Forwarded": "for=203.0.113.9",
}
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "dashboard_project.settings",
    "SECRET_KEY": secrets.token_urlsafe(48),
    "BCRYPT_WORKLOAD_FACTOR": "10",
    "DASHBOARD_SERVER": f"https://{NAME}",
    "ALLOWED_HOSTS": NAME,
    "TRUSTED_PROXIES": "127.0.0.1",
    "RATE_LIMITS": "false",
    "LOG_REQUESTS": "true",
    "HEADER_TIMEOUT": "15",  # its default; the proxies close their idle connections sooner
}


PROBED = ("/health/ready", "/health/live")

# Instances that break


class Instance(ThreadingHTTPServer):
    """An instance that notes each request. A broken one closes the connection without an answer.

    `unavailable` are the paths that it answers with 503.
    """

    def __init__(self, *, is_broken: bool) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.is_broken, self.requests = is_broken, list[tuple[str, list[tuple[str, str]]]]()
        self.unavailable, self.probes = set[str](), 0

    def handle_error(self, *args: Any) -> None:
        """Write nothing."""


class Handler(BaseHTTPRequestHandler):
    server: Instance
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path not in PROBED:
            self.server.requests.append((self.command, list(self.headers.items())))
            if self.server.is_broken:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
        else:
            self.server.probes += 1
        if self.path in self.server.unavailable:
            self.send_response(503)
            self.send_header("Retry-After", "5")
        else:
            self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815  the names that http.server calls

    def log_message(self, *args: Any) -> None:
        """Write nothing."""


@contextmanager
def instances(*, is_broken: bool = True) -> Iterator[tuple[Instance, Instance]]:
    """Run two instances. The first one is broken, or neither."""
    with Instance(is_broken=is_broken) as broken, Instance(is_broken=False) as whole:
        for it in (broken, whole):
            Thread(target=it.serve_forever).start()
        try:
            yield broken, whole
        finally:
            for it in (broken, whole):
                it.shutdown()


@pytest.mark.parametrize("method", [*SAFE, *UNSAFE])
@pytest.mark.parametrize("kind", PROXIES)
def test_only_what_changes_nothing_is_sent_again(kind: str, method: str, tmp_path: Path) -> None:
    with instances() as both, proxying(kind, tmp_path, (both[0].server_port, both[1].server_port)) as proxy:
        broken, whole = both
        body = {"a": "body"} if method in UNSAFE else None
        statuses = []
        while not broken.requests and len(statuses) < TURNS:
            statuses.append(ask(proxy, "/api/a/route", method, body).status)
        if method in SAFE:
            assert {*statuses} == {200}
            assert len(whole.requests) == len(statuses)
        else:
            assert statuses[-1] in (502, 503)
            assert len(broken.requests) + len(whole.requests) == len(statuses)
        assert {it for it, _ in (*broken.requests, *whole.requests)} == {method}


@pytest.mark.parametrize("kind", PROXIES)
def test_clients_do_not_speak_for_the_proxy(kind: str, tmp_path: Path) -> None:
    with instances() as both, proxying(kind, tmp_path, (both[1].server_port, both[1].server_port)) as proxy:
        connection = proxy.connection()
        connection.request("GET", "/", headers={"Host": NAME, **SPOOFED})
        assert connection.getresponse().status == 200
        connection.close()
        [(_, headers)] = both[1].requests
    told = {name.lower().replace("_", "-"): value for name, value in headers}
    assert len(told) == len(headers)
    assert not [name for name, _ in headers if "_" in name]
    assert (told["host"], told["x-forwarded-for"], told["x-forwarded-proto"]) == (NAME, "127.0.0.1", "https")
    assert not {*SPOOFED.values()} & {*told.values()}
    assert len(told["x-request-id"]) >= 32


@pytest.mark.parametrize("kind", PROXIES)
def test_metrics_and_plain_http_are_for_nobody(kind: str, tmp_path: Path) -> None:
    with instances() as both, proxying(kind, tmp_path, (both[1].server_port, both[1].server_port)) as proxy:
        assert [ask(proxy, path).status for path in ("/metrics", "/%6detrics", "/metrics?a=b")] == [404] * 3
        plain = http.client.HTTPConnection("127.0.0.1", proxy.plain_port, timeout=60)
        plain.request("GET", "/admin/?a=b", headers={"Host": NAME})
        answer = plain.getresponse()
        assert (answer.status, answer.headers["Location"]) == (301, f"https://{NAME}/admin/?a=b")
        plain.close()
        assert both[1].requests == []


@pytest.mark.parametrize("kind", PROXIES)
def test_lists_that_take_too_long_harm_nobody_else(kind: str, tmp_path: Path) -> None:
    with instances(is_broken=False) as both, proxying(kind, tmp_path, (both[0].server_port, both[1].server_port)) as it:
        for instance in both:
            instance.unavailable = {"/api/slow"}
        answers = [ask(it, "/api/slow") for _ in range(6)]
        assert [(answer.status, answer.headers["Retry-After"]) for answer in answers] == [(503, "5")] * 6
        assert sum(len(instance.requests) for instance in both) == len(answers)
        assert [ask(it, "/api/user/session").status for _ in range(4)] == [200] * 4


@pytest.mark.parametrize("kind", PROXIES)
def test_instances_answer_while_none_is_ready(kind: str, tmp_path: Path) -> None:
    with instances(is_broken=False) as both, proxying(kind, tmp_path, (both[0].server_port, both[1].server_port)) as it:
        for instance in both:
            instance.unavailable = {"/health/ready", "/api/list"}
        if kind == "haproxy":
            eventually(lambda: min(instance.probes for instance in both) > 3)
        for path in ("/api/list", "/api/feed"):
            assert {ask(it, path).status for _ in range(4)} == {503 if path == "/api/list" else 200}
        assert ask(it, "/api/list").headers["Retry-After"] == "5"
        assert [ask(it, "/api/user/session").status for _ in range(4)] == [200] * 4


def test_haproxy_asks_no_instance_that_is_dead_while_none_is_ready(tmp_path: Path) -> None:
    with instances(is_broken=False) as both:
        ports = (both[0].server_port, both[1].server_port)
        both[0].unavailable = {*PROBED}
        both[1].unavailable = {"/health/ready"}
        with proxying("haproxy", tmp_path, ports) as it:
            eventually(lambda: min(instance.probes for instance in both) > 6)  # two failures of each check
            assert [ask(it, path).status for path in ("/api/user/session", "/api/feed") for _ in range(4)] == [200] * 8
        assert both[0].requests == []


# Two servers


@pytest.fixture(params=PROXIES)
def deployment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Proxy, list[Server]]]:
    """Two instances with one database behind a proxy that does not wait for long."""
    folders = [tmp_path / name for name in ("one", "another", "proxy")]
    for folder in folders:
        folder.mkdir()
    with ExitStack() as stack:
        shared = {**SETTINGS, "DATABASE_URL": f"sqlite:///{tmp_path}/shared.sqlite3"}
        servers = [stack.enter_context(serving(folder, **shared)) for folder in folders[:2]]
        ports = (servers[0].port, servers[1].port)
        yield stack.enter_context(proxying(request.param, folders[2], ports, limit="3s")), servers


def sign_in(proxy: Proxy) -> tuple[int, str]:
    """Sign in; return the status, and the cookies of the session."""
    answer = ask(proxy, "/api/user/create-session", "POST", PERSON)
    if answer.status != 200:
        return answer.status, ""
    return 200, f"sessionid={answer.json['sessionid']}; token={answer.json['token']}"


def sessions(proxy: Proxy, cookies: str) -> int:
    session = ask(proxy, "/api/user/session", Cookie=cookies).json
    path = f"/api/user/sessions-count?accountid={session['accountid']}"
    return int(ask(proxy, path, Cookie=cookies).body)


def test_one_instance_may_be_killed_or_hang(deployment: tuple[Proxy, list[Server]]) -> None:
    proxy, (one, another) = deployment
    assert ask(proxy, "/api/user/create-account", "POST", PERSON).status == 200
    _, cookies = sign_in(proxy)
    asked = [ask(proxy, "/api/user/session", Cookie=cookies).status for _ in range(4)]
    assert {*asked} == {200}
    assert all(logged_addresses(server.log) == {"127.0.0.1"} for server in (one, another))

    # One hangs: what is only read is read from the other, and no sign-in is made twice.
    processes = [one.process.pid, *one.workers()]
    signal_all(processes, signal.SIGSTOP)
    assert {ask(proxy, "/api/user/session", Cookie=cookies).status for _ in range(10)} == {200}
    statuses = [sign_in(proxy)[0] for _ in range(6)]
    assert {*statuses} <= {200, 502, 503, 504}
    assert 200 in statuses
    signal_all(processes, signal.SIGCONT)
    eventually(one.is_live)
    assert 1 + statuses.count(200) <= sessions(proxy, cookies) <= 1 + len(statuses)

    # One is killed: everything goes on.
    os.killpg(one.process.pid, signal.SIGKILL)
    one.process.wait()
    before = sessions(proxy, cookies)
    assert {ask(proxy, "/api/user/session", Cookie=cookies).status for _ in range(10)} == {200}
    assert [sign_in(proxy)[0] for _ in range(6)] == [200] * 6
    assert sessions(proxy, cookies) == before + 6
