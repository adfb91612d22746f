"""What a session check costs while Redis is there, while it is not, and where there is none."""

import signal
import statistics
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass

from benchmarks.revocation.revocation_scenarios import Access, SignedIn
from benchmarks.revocation.servers import Stage

CLIENTS = 4
ROUNDS = 3


@dataclass(frozen=True)
class Cost:
    """Milliseconds a check, over some seconds in which so many clients check their sessions without pause."""

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
    """Check a session without pause until a moment; how long each check took."""
    while (began := time.monotonic()) < until:
        caller.done("GET", "user/session", session, sessionid=session.sessionid)
        times.append(time.monotonic() - began)


def checked(port: int, sessions: list[SignedIn], seconds: float) -> list[float]:
    """How long each check took of clients that check a session each."""
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


def measure(place: Stage, seconds: float) -> dict[str, Cost]:
    """The cost of a check in each condition of Redis, in rounds, so that what else the machine does falls on all."""
    with place.servers(1) as (cached,), place.servers(1, REDIS_URL="") as (uncached,):
        sessions = [place.persons.popleft().sessions[0] for _ in range(CLIENTS)]

        def paused() -> list[float]:
            place.redis.signal(signal.SIGSTOP)
            try:
                return checked(cached, sessions, each)
            finally:
                place.redis.signal(signal.SIGCONT)

        def killed() -> list[float]:
            place.redis.kill()
            try:
                return checked(cached, sessions, each)
            finally:
                place.redis.start()

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
                time.sleep(2.5)  # until the server asks Redis again
    return {name: Cost.of(those) for name, those in times.items()}
