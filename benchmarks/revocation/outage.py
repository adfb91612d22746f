"""Measure session checks with Redis, during an outage of Redis, and without REDIS_URL."""

import signal
import statistics
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass

from benchmarks.revocation.revocation_scenarios import Access, SignedIn
from benchmarks.revocation.servers import Deployment

CLIENTS = 4
ROUNDS = 3


@dataclass(frozen=True)
class Cost:
    """The duration of a session check in milliseconds, and the number of checks measured."""

    median: float
    mean: float
    p99: float
    most: float
    count: int

    @classmethod
    def of(cls, times: list[float]) -> "Cost":
        milliseconds = sorted(1000 * it for it in times)
        p99 = milliseconds[int(0.99 * len(milliseconds))]
        return cls(statistics.median(milliseconds), statistics.mean(milliseconds), p99, milliseconds[-1], len(times))


def timed(caller: Access, session: SignedIn, until: float, times: list[float]) -> None:
    """Check a session without pause until a time; append the seconds of each check to `times`."""
    while (began := time.monotonic()) < until:
        caller.done("GET", "user/session", session, sessionid=session.sessionid)
        times.append(time.monotonic() - began)


def checked(port: int, sessions: list[SignedIn], seconds: float) -> list[float]:
    """Return the seconds of each check, with one client per session."""
    times: list[float] = []
    until = time.monotonic() + seconds
    with ExitStack() as stack:
        callers = [stack.enter_context(closing(Access(port))) for _ in sessions]
        clients = [
            threading.Thread(target=timed, args=[caller, session, until, times])
            for caller, session in zip(callers, sessions, strict=True)
        ]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
    return times


def measure(deployment: Deployment, seconds: float) -> dict[str, Cost]:
    """Return the cost of a check in each condition of Redis, in rounds, so that other load affects all alike."""
    with deployment.servers(1) as (cached,), deployment.servers(1, REDIS_URL="") as (uncached,):
        sessions = [deployment.persons.popleft().sessions[0] for _ in range(CLIENTS)]

        def paused() -> list[float]:
            deployment.redis.signal(signal.SIGSTOP)
            try:
                return checked(cached, sessions, each)
            finally:
                deployment.redis.signal(signal.SIGCONT)

        def killed() -> list[float]:
            deployment.redis.kill()
            try:
                return checked(cached, sessions, each)
            finally:
                deployment.redis.start()

        conditions: dict[str, Callable[[], list[float]]] = {
            "Redis answers": lambda: checked(cached, sessions, each),
            "no REDIS_URL": lambda: checked(uncached, sessions, each),
            "Redis is paused": paused,
            "Redis is killed": killed,
        }
        each = seconds / ROUNDS / len(conditions)
        times: dict[str, list[float]] = {name: [] for name in conditions}
        for _ in range(ROUNDS):
            for name, condition in conditions.items():
                times[name] += condition()
                time.sleep(2.5)  # until the server tries Redis again
    return {name: Cost.of(those) for name, those in times.items()}
