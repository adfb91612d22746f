"""`python -m benchmarks.compare NAME=value …`: compare two servers whose settings differ.

Both use the same PostgreSQL and Redis, but change different accounts. They are measured in turn, in short rounds, so
that a drift in the machine's speed affects both. The table shows the requests per second and the 99th percentile of the
server with the defaults. For the other server, it shows the median of the rounds' ratios to them.
"""

import argparse
import re
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.cases import Cases, cases, seed
from benchmarks.load import Figures, medians
from benchmarks.measure import during_sign_ins
from benchmarks.processes import HOST, running
from benchmarks.servers import Servers, backing_services, dashboard, needed
from throwaway.programs import free_port

CASES: dict[str, Callable[[Cases], Figures]] = {
    "GET user/session, one's own": lambda it: it.own_session.drive(1),
    "GET administrator/session, another's": lambda it: it.anothers_session.drive(1),
    "GET administrator/sessions, page of 10": lambda it: it.page_of_sessions.drive(1),
    "PATCH administrator/reset-session-key": lambda it: it.reset_session_key.drive(1),
    "POST administrator/create-reset-code": lambda it: it.create_reset_code.drive(1),
    "POST user/create-session": lambda it: it.sign_in.drive(5),
    "GET user/session while 8 clients sign in": lambda it: during_sign_ins(it, 2),
}
WARM_UPS = 3
EXAMPLE = Path(__file__).parent.parent / ".env.example"  # has every setting


def main() -> None:
    options = _options()
    needed("wrk", "wrk")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # SystemExit runs the clean-up
    changed = dict(setting.split("=", 1) for setting in options.settings)
    with backing_services() as services:
        rows = seed(services, "few")
        own = [{**rows, "accountids": rows["accountids"][number::2]} for number in range(2)]
        with _serving(services, {}, own[0]) as one, _serving(services, changed, own[1]) as other:
            lines = [_line(name, drive, one, other, options.rounds) for name, drive in CASES.items()]
    settings = " ".join(options.settings)
    head = ["case", "requests/s", "p99", f"requests/s with {settings}", f"p99 with {settings}"]
    sys.stdout.write("".join(f"| {' | '.join(line)} |\n" for line in [head, ["---"] * len(head), *lines]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("settings", nargs="+", metavar="NAME=value", help="a setting of the second server")
    parser.add_argument("--rounds", type=int, default=25)
    options = parser.parse_args()
    known = set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE.read_text(), re.MULTILINE))
    if wrong := [it for it in options.settings if "=" not in it or it.partition("=")[0] not in known - {"PORT"}]:
        parser.error(f"not a setting and its value: {wrong[0]}")
    if options.rounds < 1:
        parser.error("at least one round")
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


def _line(name: str, drive: Callable[[Cases], Figures], one: Cases, other: Cases, rounds: int) -> list[str]:
    for _ in range(WARM_UPS):
        drive(one)
        drive(other)
    pairs = [_pair(drive, one, other, is_swapped=number % 2 == 1) for number in range(rounds)]
    usual = medians([first for first, _ in pairs])
    rate, p99 = (median(getattr(b, it) / getattr(a, it) for a, b in pairs) for it in ("rate", "p99"))
    return [name, f"{usual.rate:,.0f}", f"{usual.p99:.1f} ms", f"{rate:.2f} times", f"{p99:.2f} times"]


def _pair(drive: Callable[[Cases], Figures], one: Cases, other: Cases, *, is_swapped: bool) -> tuple[Figures, Figures]:
    if is_swapped:
        second = drive(other)
        return drive(one), second
    return drive(one), drive(other)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped")
