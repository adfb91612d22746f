"""`python -m benchmarks.attacks.slow_clients`: how much strangers and slow clients delay the session checks of others.

It starts PostgreSQL, Redis and Dashboard with 60,000 sessions. For each kind of load, it prints the 99th percentile of
the checks beside it, and that of the seconds before.
"""

import argparse
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from benchmarks.cases import seed
from benchmarks.load import Load, Request
from benchmarks.processes import HOST
from benchmarks.servers import Servers, servers

CONNECTIONS = 4
SECONDS = 4
SESSIONS = 60_000
READERS = 10
BODIES = 8
SILENT = 1_050
GUESSERS = 24

Seeded = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attacks.slow_clients", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each load is measured (default: 5)")
    options = parser.parse_args()
    with servers(limited=True) as started:
        seeded = seed(started, "few")
        seed(started, "more", str(SESSIONS))
        checks = Load(
            [
                Request("GET", f"{started.dashboard}/user/session?sessionid={it['sessionid']}", it["cookie"])
                for it in seeded["sessions"][:100]
            ],
            CONNECTIONS,
        )
        checks.drive(SECONDS)
        sys.stdout.write(
            "| load beside the checks | p99 without load, ms | p99 with load, ms | ratio |\n|---|---|---|---|\n"
        )
        for name, attack in ATTACKS.items():
            pairs = [_measured(checks, attack, started, seeded) for _ in range(options.rounds)]
            quiet, busy = median(it[0] for it in pairs), median(it[1] for it in pairs)
            times = median(it[1] / it[0] for it in pairs)
            sys.stdout.write(f"| {name} | {quiet:.2f} | {busy:.2f} | {times:.1f} |\n")
            sys.stdout.flush()


def _measured(checks: Load, attack: Callable[..., Any], started: Servers, seeded: Seeded) -> tuple[float, float]:
    quiet = checks.drive(SECONDS).p99
    with attack(started, seeded):
        busy = checks.drive(SECONDS).p99
    time.sleep(1)
    return quiet, busy


@contextmanager
def _clients(started: Servers, count: int, start: bytes, buffer: int = 0) -> Iterator[None]:
    """Open connections that send the start of a request, and then neither send nor read."""
    port = urlsplit(started.dashboard).port
    with ExitStack() as stack:
        for _ in range(count):
            client = stack.enter_context(socket.socket())
            if buffer:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
            client.connect((HOST, port))
            client.sendall(start)
        yield


def _slow_readers(started: Servers, seeded: Seeded) -> Any:
    """Ask for a list of all sessions, and read nothing."""
    request = f"GET /api/administrator/sessions?all=true HTTP/1.1\r\nHost: {HOST}\r\nCookie: {seeded['administrator']}"
    return _clients(started, READERS, f"{request}\r\n\r\n".encode(), buffer=4096)


def _unfinished_bodies(started: Servers, _seeded: Seeded) -> Any:
    start = f"POST /api/user/create-session HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 1000\r\n\r\nusername="
    return _clients(started, BODIES, start.encode())


def _silent_connections(started: Servers, _seeded: Seeded) -> Any:
    return _clients(started, SILENT, b"")


@contextmanager
def _unknown_names(started: Servers, _seeded: Seeded) -> Iterator[None]:
    """Try to sign in with unknown usernames, from GUESSERS threads."""
    ended = threading.Event()
    threads = [threading.Thread(target=_guess, args=(started, number, ended)) for number in range(GUESSERS)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    yield
    ended.set()
    for thread in threads:
        thread.join()


def _guess(started: Servers, number: int, ended: threading.Event) -> None:
    form = f"username=nobody{number}&password=a-wrong-password"
    head = f"POST /api/user/create-session HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {len(form)}\r\n"
    request = f"{head}Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\n{form}".encode()
    while not ended.is_set():
        with socket.create_connection((HOST, urlsplit(started.dashboard).port or 0), timeout=30) as client:
            client.sendall(request)
            while client.recv(65_536):
                pass


ATTACKS = {
    f"{READERS} clients that read nothing of a list of {SESSIONS:,} sessions": _slow_readers,
    f"{BODIES} unfinished bodies": _unfinished_bodies,
    f"{SILENT:,} silent connections": _silent_connections,
    f"{GUESSERS} clients that sign in as unknown names": _unknown_names,
}


if __name__ == "__main__":
    main()
