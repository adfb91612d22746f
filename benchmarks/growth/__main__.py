"""`make bench-growth`: does anything take longer with many rows than with few? See docs/performance.md.

Every list, count and read of the API, some writes, every page of the administrators' site and most commands are timed
with each number of sessions in turn. `--write` puts the table into docs/performance.md.
"""

import argparse
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psycopg

from benchmarks import report
from benchmarks.admin import pages as admin_pages
from benchmarks.admin.browser import Browser
from benchmarks.growth.api import Api, reads, writes
from benchmarks.growth.commands import COMMANDS, Commands
from benchmarks.processes import HOST, Program, running
from benchmarks.servers import HIGH_LIMITS, MANAGE, database, redis
from throwaway.programs import free_port

SESSIONS_EACH = 5  # per account, as in benchmarks/admin/rows.py
SIZES = 10_000, 1_000_000
ROUNDS = 7
GOAL = 1.3  # times as long as with the fewest sessions
WARM_UP = 2
SETTLING_SECONDS = 30  # until the servers trust a Redis that is new to their database


@dataclass(frozen=True)
class Row:
    """Something that was timed, and its milliseconds with each number of sessions."""

    name: str
    times: list[float]

    @property
    def factor(self) -> float:
        return self.times[-1] / self.times[0]


@dataclass
class Site:
    """Everything that can be asked of one database."""

    port: int
    password: str
    commands: Commands

    # Both sign in on first use, because idle connections are closed.

    @cached_property
    def api(self) -> Api:
        return Api(HOST, self.port, admin_pages.USERNAME, self.password)

    @cached_property
    def browser(self) -> Browser:
        return Browser(HOST, self.port, admin_pages.USERNAME, self.password)


def main() -> None:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # SystemExit runs the clean-up
    with TemporaryDirectory(prefix="dashboard-growth-") as name, ExitStack() as stack:
        folder = Path(name)
        urls = options.databases or stack.enter_context(_databases(folder, len(options.sizes)))
        redis_port = free_port()
        stack.enter_context(running(redis(redis_port, folder), folder))
        sites = [
            stack.enter_context(_site(url, f"redis://{HOST}:{redis_port}/{number}", size, folder))
            for number, (url, size) in enumerate(zip(urls, options.sizes, strict=True))
        ]
        time.sleep(SETTLING_SECONDS)
        rows = []
        for row in _rows(sites, options.rounds, options.only):
            sys.stderr.write(f"{row.factor:6.2f}  {row.times[-1]:8.1f} ms  {row.name}\n")
            rows.append(row)
    text = _table(rows, options.sizes)
    sys.stdout.write(text + "\n")
    if options.write:
        report.write(text, report.GROWTH)
    grown = [f"{row.name}: {row.factor:.2f}" for row in rows if row.factor > GOAL]
    if grown:
        sys.stderr.write(f"More than {GOAL:g} times as long:\n" + "\n".join(grown) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-growth", description=__doc__)
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES, help="numbers of sessions, the fewest first")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often each is timed ({ROUNDS})")
    parser.add_argument("--only", default="", help="time only what has this text in its name")
    parser.add_argument(
        "--databases", nargs="+", metavar="URL", help="databases to use and to keep; empty ones are filled"
    )
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    return parser.parse_args()


@contextmanager
def _databases(folder: Path, number: int) -> Iterator[list[str]]:
    with database(folder) as url:
        base = url.rpartition("/")[0]
        names = [f"growth{it}" for it in range(number)]
        with psycopg.connect(url, autocommit=True) as connection:
            for name in names:
                connection.execute(f"create database {name}".encode())
        yield [f"{base}/{name}" for name in names]


@contextmanager
def _site(url: str, redis_url: str, sessions: int, folder: Path) -> Iterator[Site]:
    environment = admin_pages.environment_of(url) | HIGH_LIMITS
    environment |= {"REDIS_URL": redis_url, "BCRYPT_WORKLOAD_FACTOR": "4"}
    password, port = secrets.token_urlsafe(), int(environment["PORT"])
    admin_pages.fill(environment, sessions // SESSIONS_EACH, password)
    program = Program(f"dashboard-{port}", [sys.executable, MANAGE, "serve"], port, environment)
    with running(program, folder), Commands(environment) as commands:
        yield Site(port, password, commands)


def _rows(sites: list[Site], rounds: int, only: str) -> Iterator[Row]:
    for name, asked in _asked(sites):
        if only in name:
            yield Row(name, _timed(asked, rounds))


def _asked(sites: list[Site]) -> Iterator[tuple[str, list[Callable[[], float]]]]:
    """Yield names and, for each database, a function that does what the name says and returns its milliseconds."""
    for site in sites:
        site.api.ids  # noqa: B018  looks them up before others change rows
    for read in reads(sites[0].api):
        yield f"GET {read.name}", [partial(site.api.get, read.target(site.api)) for site in sites]
    for write in writes():
        yield write.name, [partial(write.send, site.api) for site in sites]
    for page in admin_pages.pages():
        yield (
            f"/admin/{page}",
            [partial(_opened(page, site), admin_pages.path_of(page, site.browser)) for site in sites],
        )
    for command in COMMANDS:
        lines = [command.format(**site.api.ids, own=site.api.own["sessionid"]) for site in sites]
        yield (
            f"manage.py {command}",
            [partial(site.commands.run, line) for site, line in zip(sites, lines, strict=True)],
        )


def _opened(page: str, site: Site) -> Callable[[str], float]:
    return site.browser.export if page.startswith(admin_pages.EXPORT) else site.browser.open


def _timed(asked: list[Callable[[], float]], rounds: int) -> list[float]:
    """Call the functions in turn, after a warm-up that does not count. Return the median of each."""
    times: list[list[float]] = [[] for _ in asked]
    for number in range(rounds + WARM_UP):
        for ask, each in zip(asked, times, strict=True):
            milliseconds = ask()
            if number >= WARM_UP:
                each.append(milliseconds)
    return [median(each) for each in times]


def _table(rows: list[Row], sizes: list[int]) -> str:
    headings = ("", *(f"{size:,} sessions" for size in sizes), "factor")
    lines = [headings, ("---",) * len(headings)]
    lines += [(f"`{it.name}`", *(f"{time:.1f} ms" for time in it.times), f"{it.factor:.2f}") for it in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped")
