"""Clients that would occupy the server: others are answered meanwhile, and they themselves are cut off."""

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from dashboard.core.workers import THREADS_PER_WORKER
from tests.gateway.serving import Server, eventually, read_to_end, serving

pytestmark = pytest.mark.process

HEADERS = b"POST /api/user/create-session HTTP/1.1\r\nHost: localhost\r\n"
LENGTH = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\n"
CHUNKED = b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n"
ACCOUNT = {"username": "administrator", "password": "a long password"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server"), MAXIMUM_CONNECTIONS="400") as running:
        assert running.ask("POST", "/api/user/create-account", **ACCOUNT)[0] == 200
        yield running


def others_are_answered(server: Server) -> bool:
    """Whether reads and sign-ins of others are answered, and the threads of the server therefore are free."""
    reads = [server.ask("GET", "/api/errors")[0] for _ in range(3)]
    return [*reads, server.ask("POST", "/api/user/create-session", **ACCOUNT)[0]] == [200] * 4


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(HEADERS + LENGTH + b"username", id="with a length"),
        pytest.param(HEADERS + CHUNKED, id="chunked", marks=pytest.mark.exhaustive),
    ],
)
def test_unfinished_bodies(server: Server, start: bytes) -> None:
    with ExitStack() as stack:
        attackers = [stack.enter_context(server.connect()) for _ in range(THREADS_PER_WORKER * 3)]
        for attacker in attackers:
            attacker.sendall(start)
        assert others_are_answered(server)
        for attacker in attackers:
            received, _ = read_to_end(attacker)
            assert received.startswith(b"HTTP/1.1 400 ")
            assert b"invalid-request" in received


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(b"", id="silent", marks=pytest.mark.exhaustive),
        pytest.param(b"GET / HTTP/1.1\r\nHost: local", id="unfinished headers"),
    ],
)
def test_connections_that_ask_nothing(server: Server, start: bytes) -> None:
    with ExitStack() as stack:
        attackers = [stack.enter_context(server.connect()) for _ in range(300)]
        for attacker in attackers:
            attacker.sendall(start)
        assert others_are_answered(server)
        assert [read_to_end(attacker)[0] for attacker in attackers] == [b""] * 300


def test_more_connections_than_there_may_be(server: Server) -> None:
    with ExitStack() as stack:
        attackers = [stack.enter_context(server.connect()) for _ in range(450)]
        assert others_are_answered(server)  # once those that are silent have been cut off
        assert read_to_end(attackers[0])[0] == b""


def test_slow_readers(server: Server) -> None:
    session = json.loads(server.ask("POST", "/api/user/create-session", **ACCOUNT)[1])
    add_sessions(server.folder / "dashboard.sqlite3")
    bearer = f"Authorization: Bearer {session['sessionid']}.{session['token']}".encode()
    request = b"GET /api/administrator/sessions?all=true HTTP/1.1\r\nHost: localhost\r\n" + bearer + b"\r\n\r\n"
    with ExitStack() as stack:
        attackers = [stack.enter_context(server.connect(SO_RCVBUF=2048)) for _ in range(THREADS_PER_WORKER + 2)]
        for attacker in attackers:
            attacker.sendall(request)
        assert others_are_answered(server)
        eventually(lambda: server.established() == 0)
        for attacker in attackers:
            received, was_reset = read_to_end(attacker)
            assert was_reset or not received.endswith(b"0\r\n\r\n")  # the end of a chunked response


def add_sessions(database: Path) -> None:
    """Add so many sessions that a list of all is larger than what the kernel buffers for a connection."""
    with closing(sqlite3.connect(database)) as connection, connection:
        names = [
            row[1] for row in connection.execute("pragma table_info(sessions_app_session)") if row[1] != "sessionid"
        ]
        columns = ", ".join(names)
        connection.execute(
            "with recursive number(n) as (select 1 union all select n + 1 from number where n < 30000)"
            f" insert into sessions_app_session (sessionid, {columns}) select printf('sess_%016x', n), {columns}"
            " from number, (select * from sessions_app_session limit 1)"
        )


def test_sign_ins_as_unknown_names(tmp_path: Path) -> None:
    with (
        serving(tmp_path, BCRYPT_WORKLOAD_FACTOR="13", MAXIMUM_WAITING_PASSWORDS="4") as server,
        ThreadPoolExecutor(24) as attackers,
    ):
        guesses = [
            attackers.submit(
                server.ask, "POST", "/api/user/create-session", username=f"nobody{n}", password="a password"
            )
            for n in range(48)  # 24 at a time, so that they are many together however slowly they began
        ]
        while sum(guess.done() for guess in guesses) < 5:
            assert server.ask("GET", "/api/errors")[0] == 200
        outcomes = {guess.result()[0] for guess in guesses}
    assert outcomes == {401, 503}
