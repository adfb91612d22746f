"""`python -m benchmarks.compare NAME=value …`: compare two servers that differ by settings.

Both use the same PostgreSQL and Redis, and change other accounts. They answer in turn, in rounds of a second, so that a
machine whose speed drifts slows both. The table has the requests per second of the server with the defaults, and the
medians of the other's ratios to it, by round.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.cases import Cases, cases, seed
from benchmarks.load import Figures, medians
from benchmarks.processes import HOST, running
from benchmarks.servers import Servers, backing_services, dashboard, needed
from throwaway.programs import free_port

CASES = {
    "GET user/session, one's own": "own_session",
    "GET administrator/session, another's": "anothers_session",
    "GET administrator/sessions, page of 10": "page_of_sessions",
    "POST administrator/create-reset-code": "create_reset_code",
    "PATCH administrator/reset-session-key": "reset_session_key",
}
WARM_UP_SECONDS = 4


def main() -> None:
    options = _options()
    needed("wrk", "wrk")
    changed = dict(setting.split("=", 1) for setting in options.settings)
    with backing_services() as services:
        rows = seed(services, "few")
        own = [{**rows, "accountids": rows["accountids"][number::2]} for number in range(2)]
        with _serving(services, {}, own[0]) as one, _serving(services, changed, own[1]) as other:
            lines = [_line(name, case, one, other, options.rounds) for name, case in CASES.items()]
    head = ["case", "requests/s", "p99", f"requests/s with {' '.join(options.settings)}", "its p99"]
    sys.stdout.write("".join(f"| {' | '.join(line)} |\n" for line in [head, ["---"] * len(head), *lines]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("settings", nargs="+", metavar="NAME=value", help="a setting of the other server")
    parser.add_argument("--rounds", type=int, default=25)
    options = parser.parse_args()
    if wrong := [it for it in options.settings if "=" not in it]:
        parser.error(f"not NAME=value: {wrong[0]}")
    return options


@contextmanager
def _serving(services: Servers, settings: Mapping[str, str], rows: Any) -> Iterator[Cases]:
    port = free_port()
    environment = {**services.environment, **settings, "PORT": str(port)}
    with (
        TemporaryDirectory(prefix="dashboard-compare-") as folder,
        running(dashboard(port, environment), Path(folder)) as pid,
    ):
        yield cases(replace(services, dashboard=f"http://{HOST}:{port}/api", dashboard_pid=pid), rows)


def _line(name: str, case: str, one: Cases, other: Cases, rounds: int) -> list[str]:
    loads = getattr(one, case), getattr(other, case)
    for load in loads:
        load.drive(WARM_UP_SECONDS)
    pairs = [_pair(*loads, is_swapped=number % 2 == 1) for number in range(rounds)]
    usual = medians([first for first, _ in pairs])
    rate, p99 = (median(getattr(b, it) / getattr(a, it) for a, b in pairs) for it in ("rate", "p99"))
    return [name, f"{usual.rate:,.0f}", f"{usual.p99:.1f} ms", f"{rate:.2f} times", f"{p99:.2f} times"]


def _pair(one: Any, other: Any, *, is_swapped: bool) -> tuple[Figures, Figures]:
    if is_swapped:
        second = other.drive(1)
        return one.drive(1), second
    return one.drive(1), other.drive(1)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped")
