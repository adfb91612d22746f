"""`python -m benchmarks.attacks.enumeration`: do response times reveal whether a username exists?

It starts PostgreSQL, Redis and Dashboard, and sends pairs of requests over HTTP, for a known and an unknown name in
random order. For each route, it prints the median times, and Welch's t of the two samples without their slowest tenth.
Beyond 4.5, known and unknown names count as told apart. That is the threshold of dudect (Reparaz, Balasch, Verbauwhede,
"Dude, is my code constant time?", 2017). `--shown` measures without HIDE_ACCOUNT_EXISTENCE, for comparison.
"""

import argparse
import http.client
import random
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from statistics import mean, median, variance
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from benchmarks.processes import HOST, running
from benchmarks.servers import backing_services, dashboard

PASSWORD = "a password of the benchmark"  # noqa: S105
THRESHOLD = 4.5
KEPT = 0.9  # of the times are used: the fastest
WARM_UP = 10
WITHOUT_LIMITS = {
    "WORKERS": "1",
    "RATE_LIMITS": "false",
    "MAXIMUM_FAILED_SIGN_INS": "10",
    "PASSWORD_BLOCKLIST": "false",
}


@dataclass(frozen=True)
class Route:
    """A route that takes a username, and what is sent with it."""

    method: str
    name: str
    fields: dict[str, str]


ROUTES = (
    Route("POST", "create-session", {"password": "not the password"}),
    Route("PATCH", "reset-account-deleted", {"password": "not the password"}),
    Route("PATCH", "reset-account-password", {"new-password": PASSWORD, "secret-code": "guess123"}),
    Route("POST", "create-account", {"password": PASSWORD}),
)


def main() -> None:
    options = _options()
    hide = "false" if options.shown else "true"
    with backing_services() as services, TemporaryDirectory() as folder, ExitStack() as stack:
        environment = services.environment | WITHOUT_LIMITS | {"HIDE_ACCOUNT_EXISTENCE": hide}
        stack.enter_context(running(dashboard(int(environment["PORT"]), environment), Path(folder)))
        port = int(environment["PORT"])
        told_apart = [compare(port, route, options.tries) for route in ROUTES]
    sys.exit(any(told_apart) and not options.shown)


def compare(port: int, route: Route, tries: int) -> bool:
    """Print a line about a route. Return whether known and unknown names are told apart."""
    known = f"known-{route.name}"
    send(port, Route("POST", "create-account", {"password": PASSWORD}), known)
    times: dict[bool, list[float]] = {True: [], False: []}
    for number in range(WARM_UP):
        send(port, route, known if number % 2 else f"warm-{route.name}-{number}")
    for number in range(tries):
        for is_known in random.sample((True, False), 2):
            times[is_known].append(send(port, route, known if is_known else f"unknown-{route.name}-{number}"))
    score = welch(*(sorted(it)[: int(len(it) * KEPT)] for it in times.values()))
    medians = "   ".join(
        f"{name} {median(times[key]) * 1000:7.2f} ms" for key, name in ((True, "known"), (False, "unknown"))
    )
    verdict = "told apart" if abs(score) > THRESHOLD else "not told apart"
    sys.stdout.write(f"{route.name:24} {medians}   t = {score:7.1f}   {verdict}\n")
    sys.stdout.flush()
    return abs(score) > THRESHOLD


def send(port: int, route: Route, username: str) -> float:
    """Send a request on a new connection, and return the seconds until its answer was read."""
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    connection.connect()
    body = urlencode({"username": username, **route.fields})
    begin = time.perf_counter()
    connection.request(
        route.method, f"/api/user/{route.name}", body, {"Content-Type": "application/x-www-form-urlencoded"}
    )
    connection.getresponse().read()
    seconds = time.perf_counter() - begin
    connection.close()
    return seconds


def welch(one: list[float], other: list[float]) -> float:
    """Return Welch's t of two samples."""
    spread = sqrt(variance(one) / len(one) + variance(other) / len(other))
    return (mean(one) - mean(other)) / spread if spread else 0.0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attacks.enumeration", description=__doc__)
    parser.add_argument("--tries", type=int, default=200, help="requests of each kind, for each route")
    parser.add_argument("--shown", action="store_true", help="measure without HIDE_ACCOUNT_EXISTENCE")
    return parser.parse_args()


if __name__ == "__main__":
    main()
