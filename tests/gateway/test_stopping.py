"""How a server stops: after the requests in progress, and with all of its processes."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.gateway.serving import eventually, serving

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the workers in /proc"),
]

with_and_without_gateway = pytest.mark.parametrize(
    "gateway", ["true", pytest.param("false", marks=pytest.mark.exhaustive)]
)


@with_and_without_gateway
def test_workers_end_when_their_server_is_killed(tmp_path: Path, gateway: str) -> None:
    with serving(tmp_path, WORKERS="2", GATEWAY=gateway) as server:
        workers = server.workers()
        assert len(workers) == 2
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        eventually(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))


@pytest.mark.parametrize("stop", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.exhaustive)])
def test_a_request_in_progress_is_answered(tmp_path: Path, stop: signal.Signals) -> None:
    with serving(tmp_path, BCRYPT_WORKLOAD_FACTOR="14") as server, ThreadPoolExecutor(1) as client:
        before = server.threads()
        guess = client.submit(
            server.ask, "POST", "/api/user/create-session", username="nobody", password="a long password"
        )
        eventually(lambda: server.threads() > before)  # one that hashes
        os.killpg(server.process.pid, stop)
        assert guess.result()[0] == 401
        assert server.process.wait(60) == 0


def test_requests_that_do_not_end_are_cut_off(tmp_path: Path) -> None:
    with serving(tmp_path, STOP_TIMEOUT="1", BODY_TIMEOUT="3600") as server, server.connect() as client:
        client.sendall(b"POST /api/user/create-session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n")
        eventually(lambda: server.established() == 1)
        os.kill(server.process.pid, signal.SIGTERM)
        server.process.wait(60)


@with_and_without_gateway
def test_a_server_that_is_to_stop_goes_on_and_is_not_ready(tmp_path: Path, gateway: str) -> None:
    with serving(tmp_path, WORKERS="2", STOP_DELAY="1000", GATEWAY=gateway) as server:
        assert server.ask("GET", "/health/ready")[0] == 200
        os.kill(server.process.pid, signal.SIGTERM)
        eventually(lambda: server.ask("GET", "/health/ready") == (503, b'{"status":"stopping"}'))
        assert {server.ask("GET", "/health/ready")[0] for _ in range(10)} == {503}
        assert {server.ask("GET", "/api/errors")[0] for _ in range(10)} == {200}
        assert server.is_live()
        os.kill(server.process.pid, signal.SIGTERM)
        assert server.process.wait(60) == 0


def test_a_server_that_is_to_stop_ends_each_connection(tmp_path: Path) -> None:
    with (
        serving(tmp_path, WORKERS="1", STOP_DELAY="1000") as server,
        closing(HTTPConnection("127.0.0.1", server.port, timeout=60)) as client,
    ):
        assert _asked(client, "/api/errors") is None
        os.kill(server.process.pid, signal.SIGTERM)
        eventually(lambda: server.ask("GET", "/health/ready")[0] == 503)
        eventually(lambda: _asked(client, "/api/errors") == "close")
        for path in ("/api/errors", "/api/check", "/health/live"):
            client.close()
            assert _asked(client, path) == "close"
        eventually(lambda: server.established() == 0)


def _asked(client: HTTPConnection, path: str) -> str | None:
    """Ask; return what the answer says about the connection."""
    client.request("GET", path)
    answer = client.getresponse()
    answer.read()
    return answer.headers["Connection"]


def test_the_delay_ends(tmp_path: Path) -> None:
    with serving(tmp_path, STOP_DELAY="1") as server:
        os.kill(server.process.pid, signal.SIGTERM)
        assert server.process.wait(60) == 0


@pytest.mark.exhaustive
def test_ctrl_c_knows_no_delay(tmp_path: Path) -> None:
    with serving(tmp_path, STOP_DELAY="1000") as server:
        os.kill(server.process.pid, signal.SIGINT)
        assert server.process.wait(60) == 0
