"""`python -m benchmarks.soak`: does a server stay stable under sustained load?

It starts PostgreSQL, Redis and Dashboard, measures how many requests of a mixture they can answer, and sends 70 % of
that for half an hour: session checks, pages of a list, reset codes and sign-ins. Each minute adds a row: rates, the
99th percentile, memory, threads, open files, and connections to PostgreSQL and Redis. The exit status is 1 if a request
fails, or if anything but the rates has grown from the second quarter of the run to the last.
"""

import argparse
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg
from redis import Redis

from benchmarks import report
from benchmarks.cases import Cases, cases, seed
from benchmarks.load import Figures, Load
from benchmarks.processes import largest_child
from benchmarks.servers import Servers, needed, servers

SHARE = 0.7
CALIBRATION_SECONDS = 15
HEADINGS = (
    "minute",
    "requests/s",
    "checks/s",
    "p99 of a check",
    "worker RSS",
    "threads",
    "files",
    "PostgreSQL",
    "Redis",
)


@dataclass
class Part:
    """A part of the mixture. The delay of its connections sets its requests per second."""

    load: Load
    rate: float = 0
    delay: float = 0

    def drive(self, seconds: int) -> Figures:
        return self.load.drive(seconds, self.delay)

    def adjust(self, achieved: float) -> None:
        """Adjust the delay so that the next rate is `rate`, if answers take as long as before."""
        connections = self.load.connections
        self.delay = max(0.001, self.delay + connections / self.rate - connections / achieved)


@dataclass(frozen=True)
class Minute:
    """The measurements of one row."""

    rate: float
    checks: float
    p99: float
    megabytes: float
    threads: int
    files: int
    database: int
    cache: int


def main() -> None:
    options = _options()
    needed("wrk", "wrk")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # SystemExit runs the clean-up
    minutes, lines = list[Minute](), [_print(HEADINGS), _print(("---",) * len(HEADINGS))]
    with servers() as started:
        mixture = _mixture(cases(started, seed(started, "few")))
        for part, figures in zip(mixture, _drive(mixture, CALIBRATION_SECONDS), strict=True):
            part.rate = SHARE * figures.rate
            part.adjust(figures.rate)
        for number in range(1, options.minutes + 1):
            figures_of = _drive(mixture, options.seconds)
            for part, figures in zip(mixture, figures_of, strict=True):
                part.adjust(figures.rate)
            minutes.append(_measured(started, figures_of))
            lines.append(_print(_cells(number, minutes[-1])))
    grown = _grown(minutes)
    closing = " ".join(grown) or "Steady."
    sys.stdout.write(f"\n{closing}\n")
    if options.write:
        report.write("\n".join([*lines, "", closing]), report.SOAK)
    sys.exit(1 if grown else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=int, default=30, help="number of rows (default: 30)")
    parser.add_argument("--seconds", type=int, default=60, help="seconds of each row (default: 60)")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    return parser.parse_args()


def _mixture(them: Cases) -> list[Part]:
    """Return the parts, checks of one's own session first."""
    shares = [
        (them.own_session, 8),
        (them.check, 4),
        (them.anothers_session, 2),
        (them.page_of_sessions, 2),
        (them.create_reset_code, 2),
        (them.sign_in, 1),
    ]
    return [Part(Load(load.requests, connections)) for load, connections in shares]


def _drive(mixture: list[Part], seconds: int) -> list[Figures]:
    """Send all parts at the same time."""
    with ThreadPoolExecutor(len(mixture)) as senders:
        return list(senders.map(lambda part: part.drive(seconds), mixture))


def _measured(started: Servers, figures: list[Figures]) -> Minute:
    pid = started.dashboard_pid
    workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    with (
        psycopg.connect(started.environment["DATABASE_URL"]) as database,
        Redis.from_url(started.environment["REDIS_URL"]) as cache,
    ):
        found = database.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        ).fetchone()
        clients = cache.info("clients")["connected_clients"]
    return Minute(
        rate=sum(it.rate for it in figures),
        checks=sum(it.rate for it in figures[:2]),
        p99=figures[0].p99,
        megabytes=largest_child(pid).rss,
        threads=sum(len(list(Path(f"/proc/{worker}/task").iterdir())) for worker in workers),
        files=sum(len(list(Path(f"/proc/{worker}/fd").iterdir())) for worker in workers),
        database=(found[0] if found else 0) - 1,  # without this one
        cache=clients - 1,
    )


def _grown(minutes: Sequence[Minute]) -> list[str]:
    """Return a sentence for each figure that was higher in the last quarter of the run than in the second."""
    quarter = max(1, len(minutes) // 4)
    before, after = minutes[quarter : 2 * quarter], minutes[-quarter:]
    limits = {"megabytes": 1.03, "p99": 1.5, "threads": 1.0, "files": 1.05, "database": 1.0, "cache": 1.0}
    sentences = []
    for name, limit in limits.items():
        one, other = (median(getattr(it, name) for it in them) for them in (before, after))
        if other > one * limit:
            sentences.append(f"{name}: {one:.1f} before, {other:.1f} at the end.")
    return sentences


def _cells(number: int, it: Minute) -> tuple[str, ...]:
    return (
        str(number),
        f"{it.rate:,.0f}",
        f"{it.checks:,.0f}",
        f"{it.p99:.1f} ms",
        f"{it.megabytes:.0f} MB",
        *map(str, (it.threads, it.files, it.database, it.cache)),
    )


def _print(cells: Sequence[str]) -> str:
    """Print a line of the table, and return it."""
    line = f"| {' | '.join(cells)} |"
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
    return line


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped")
