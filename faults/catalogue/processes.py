"""Faults of Dashboard's own processes, behind the proxies of deploy/: killed, stopped, restarted one by one."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import monotonic, sleep

from faults.checker.record import Answer, Outcome
from faults.checker.verdict import Bounds
from faults.fleet import Fleet, new_folder, populate, put_behind, settings, start_servers, this_release
from faults.running import Fault, Group
from throwaway.postgresql import postgresql
from throwaway.programs import HOST, wait_until
from throwaway.redis import redis_server

IN_FLIGHT = 12
BACK_SECONDS = 11  # after which either proxy sends requests to an instance again that has failed (fail_timeout, rise)
FORM = "username=nobody-at-all&password=a-wrong-password"
# A request that a killed process had begun has no answer; the proxy says so, and asks nobody else for a change.
KILLED = Bounds(may_fail_at_proxy=True, may_be_unavailable=False)
STOP_DELAYS = {"haproxy": "5", "nginx": "11"}  # as docs/deployment.md has them
# HAProxy closes the connection of a client, instead of answering 502, if an instance breaks off a request that was not
# the first one on that connection: the client repeats it.
KILLED_BEHIND_HAPROXY = replace(KILLED, may_be_cut=True)
STOPPED = Bounds(may_be_unavailable=False)


@contextmanager
def behind(kind: str, persons: int) -> Iterator[Fleet]:
    """Two servers behind a proxy, with PostgreSQL and Redis."""
    with ExitStack() as stack:
        folder, database = stack.enter_context(new_folder()), stack.enter_context(postgresql())
        cache = stack.enter_context(redis_server())
        environment = settings(database.url(), cache.url(), STOP_DELAY=STOP_DELAYS[kind])
        fleet = Fleet(this_release(environment), folder, database, redis=cache)
        populate(fleet, persons)
        start_servers(fleet, stack, {}, {})
        put_behind(fleet, stack, kind)
        yield fleet


def instance_killed(fleet: Fleet, seconds: float) -> None:
    fleet.servers[0].kill()
    sleep(seconds)
    fleet.servers[0].start()


def worker_killed(fleet: Fleet, seconds: float) -> None:
    """Kill the only worker, which its server replaces."""
    server = fleet.servers[0]
    (worker,) = server.workers()
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: server.workers() not in ([worker], []) and server.is_ready(), "no new worker")


def master_killed(fleet: Fleet, seconds: float) -> None:
    """Kill the server, whose worker ends by itself. Start another one on the same port."""
    server = fleet.servers[0]
    workers = server.workers()
    server.kill_master()
    wait_until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers), "a worker has not ended")
    server.start()


def restarted_one_by_one(fleet: Fleet, seconds: float) -> None:
    for server in fleet.servers:
        server.stop()
        server.start()
        sleep(BACK_SECONDS)


def stopped_with_requests(fleet: Fleet, seconds: float) -> None:
    """Stop a server that has begun to read requests. Each of them is answered, or noted as cut off."""
    server = fleet.servers[0]
    with ExitStack() as stack:
        clients = [stack.enter_context(socket.create_connection((HOST, server.port), 20)) for _ in range(IN_FLIGHT)]
        head = f"POST /api/user/create-session HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {len(FORM)}\r\n"
        head += "Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\n"
        for client in clients:
            client.sendall(f"{head}{FORM[:10]}".encode())
        sleep(0.5)  # until their handlers run
        began = monotonic()
        server.daemon.signal(signal.SIGTERM)
        sleep(0.5)
        for client in clients:
            _finish(fleet, client, began)
    server.stop()
    sleep(seconds)
    server.start()


def _finish(fleet: Fleet, client: socket.socket, began: float) -> None:
    try:
        client.sendall(FORM[10:].encode())
        answer = client.recv(65_536)
    except OSError as error:
        answer = repr(error).encode()
    outcome = Outcome.ANSWERED if answer.startswith(b"HTTP/1.1 401") else Outcome.CUT
    fleet.notes.append(
        Answer(outcome, began, monotonic(), "POST user/create-session, begun before SIGTERM", f"{answer!r}")
    )


NGINX = Group(
    "nginx",
    partial(behind, "nginx"),
    (
        Fault("instance-killed", "an instance behind nginx is killed (-9)", instance_killed, seconds=3, bounds=KILLED),
        Fault("worker-killed", "the worker of an instance is killed (-9)", worker_killed, bounds=KILLED),
        Fault(
            "master-killed", "the master of an instance is killed (-9), not its worker", master_killed, bounds=KILLED
        ),
        Fault(
            "stopped", "an instance is stopped (SIGTERM) with requests in progress", stopped_with_requests, 2, STOPPED
        ),
        Fault("rolling-restart", "both instances are restarted, one after the other", restarted_one_by_one, 1, STOPPED),
    ),
)
HAPROXY = Group(
    "HAProxy",
    partial(behind, "haproxy"),
    (
        Fault(
            "haproxy-instance-killed",
            "an instance behind HAProxy is killed (-9)",
            instance_killed,
            5,
            KILLED_BEHIND_HAPROXY,
        ),
        Fault("haproxy-rolling-restart", "both are restarted, one after the other", restarted_one_by_one, 5, STOPPED),
    ),
)
GROUPS = (NGINX, HAPROXY)
