"""`make bench-admin`: open every page of the administrators' site with few and many rows. See docs/performance.md."""

import argparse
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import quote

import psycopg

from benchmarks import report
from benchmarks.admin.browser import Browser
from benchmarks.processes import HOST, Program, running
from benchmarks.servers import MANAGE, database
from operations.demo.people import person
from throwaway.programs import free_port

FEW, MANY, ROUNDS = 1_000, 1_000_000, 9
HALF_A_YEAR = timedelta(days=182)
MOST = 2.0  # times as long as with few rows
USERNAME = "administrator"
FAR = "after=middle"  # a page that begins half a year ago
SIGNED_IN, OLDEST = "o=-4", "o=5"  # the numbers of columns
LISTS: dict[str, tuple[str, ...]] = {
    "accounts/account": (
        *("state=locked", "state=scheduled", "state=due", "state=administrators"),
        *("signed-in=1", "signed-in=before-90", "signed-in=never", SIGNED_IN, f"{SIGNED_IN}&{FAR}", OLDEST, FAR),
    ),
    "accounts/profile": (FAR,),
    "sessions_app/session": ("state=active", FAR),
    "resetcodes/resetcode": (),
    "events/event": ("action=create-session", "action=refuse-sign-in", "action=set-account-administrator", FAR),
}
SOMEBODY = person(7, Random(7))  # noqa: S311  who exists in both databases
GIVEN, *_, FAMILY = SOMEBODY.full_name.split()
INSIDE = ("ampl", "m xample", "xample.org")
ALONE = (SOMEBODY.email, f"{SOMEBODY.username}@", "id")  # which find one account in both databases
SEARCHES = ("m", FAMILY[:2], "m example.org", "example.org", *INSIDE, "nobody", *ALONE)
IN_DIALOG = (*SEARCHES, FAMILY, f"{FAMILY} {GIVEN}")  # the last two find fewer accounts than a page of a list has
EXPORT = "first 1,000 rows exported: "
FILTERS = ("created=1", "created=7", "created=30")


@dataclass(frozen=True)
class Row:
    """A page, and its milliseconds with few and with many rows."""

    page: str
    few: float
    many: float

    @property
    def ratio(self) -> float:
        return self.many / self.few


def main() -> None:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # SystemExit runs the clean-up
    with TemporaryDirectory(prefix="dashboard-benchmark-") as name, ExitStack() as stack:
        folder = Path(name)
        urls = options.databases or stack.enter_context(_databases(folder))
        sizes = (options.few, options.many)
        environments, password = [environment_of(url) for url in urls], secrets.token_urlsafe()
        for environment, accounts in zip(environments, sizes, strict=True):
            fill(environment, accounts, password)
        browsers = [stack.enter_context(_site(each, password, folder)) for each in environments]
        rows = [_measured(page, browsers, options.rounds) for page in pages()]
    text = _table(rows, sizes)
    sys.stdout.write(text + "\n")
    if options.write:
        report.write(text, report.ADMIN_PAGES)
    if any(row.ratio > MOST for row in rows):
        sys.exit(f"A page takes more than {MOST:g} times as long.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-admin", description=__doc__)
    parser.add_argument("--few", type=int, default=FEW, help=f"accounts of the small database ({FEW:,})")
    parser.add_argument("--many", type=int, default=MANY, help=f"accounts of the large database ({MANY:,})")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often each page is opened ({ROUNDS})")
    parser.add_argument(
        "--databases",
        nargs=2,
        metavar="URL",
        help="PostgreSQL databases to use and to keep; empty ones are filled",
    )
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    return parser.parse_args()


@contextmanager
def _databases(folder: Path) -> Iterator[list[str]]:
    with database(folder) as url:
        base = url.rpartition("/")[0]
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("create database few")
            connection.execute("create database many")
        yield [f"{base}/{name}" for name in ("few", "many")]


def environment_of(url: str) -> dict[str, str]:
    """Return the settings of a server with this database."""
    port = free_port()
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": url,
        "SECRET_KEY": os.environ.get("SECRET_KEY", "that of a benchmark, which has nothing to hide"),
        "HOST": HOST,
        "PORT": str(port),
        "WORKERS": "1",
        "DASHBOARD_SERVER": f"http://{HOST}:{port}",
    }


@contextmanager
def _site(environment: dict[str, str], password: str, folder: Path) -> Iterator[Browser]:
    """Open the site, signed in as an administrator. Its one connection is closed if it idles for HEADER_TIMEOUT."""
    port = int(environment["PORT"])
    program = Program(f"dashboard-{port}", [sys.executable, MANAGE, "serve"], port, environment)
    with running(program, folder):
        yield Browser(HOST, port, USERNAME, password)


def fill(environment: dict[str, str], accounts: int, password: str) -> None:
    """Fill an empty database with generated people, and at least a page of each list. Sum past days."""
    manage(environment, "migrate", "--verbosity", "0")
    manage(environment, "shell", "--verbosity", "0", "--command", _command(accounts, password))
    manage(environment, "rollup_metrics")


def _command(accounts: int, password: str) -> str:
    return f"from benchmarks.admin.rows import fill; fill({accounts}, {USERNAME!r}, {password!r})"


def manage(environment: dict[str, str], *arguments: str) -> None:
    subprocess.run([sys.executable, MANAGE, *arguments], env=environment, check=True, stdout=sys.stderr)


def pages() -> list[str]:
    """Return the pages to open: the home page, lists (also filtered, and far back), searches, exports and rows."""
    found = [""]
    for name, filters in LISTS.items():
        found += [f"{name}/", *(f"{name}/?{each}" for each in (*filters, *FILTERS))]
    searches = [*(f"accounts/account/?q={term}" for term in SEARCHES), *(f"search/?s={term}" for term in IN_DIALOG)]
    searches += [f"{name}/?q={FAMILY[:2]}" for name in LISTS if name != "accounts/account"]
    exports = ["accounts/account/export/", *(f"{EXPORT}{name}/export/" for name in LISTS if "code" not in name)]
    return [*found, *searches, *exports, "a session", "an account"]


def _measured(page: str, browsers: list[Browser], rounds: int) -> Row:
    paths = [path_of(page, browser) for browser in browsers]
    times: list[list[float]] = [[], []]
    for number in range(rounds + 1):
        for browser, path, each in zip(browsers, paths, times, strict=True):
            milliseconds = browser.export(path) if page.startswith(EXPORT) else browser.open(path)
            if number:  # the first round is a warm-up
                each.append(milliseconds)
    return Row(page or "home", *(median(each) for each in times))


def path_of(page: str, browser: Browser) -> str:
    """Return the address of a page in this database, with the ids of its rows."""
    if page == "a session":
        return f"sessions_app/session/{browser.some_id('sessions_app/session')}/change/"
    account = browser.some_id("accounts/account")
    if page == "an account":
        return f"accounts/account/{account}/change/"
    middle = quote(f"{datetime.now(UTC) - HALF_A_YEAR:%Y-%m-%dT%H:%M:%S}+00:00~{_some_key(page, browser)}")
    path = page.removeprefix(EXPORT).replace("=id", f"={account}").replace("=middle", f"={middle}")
    return path.replace(" ", "+")


def _some_key(page: str, browser: Browser) -> str:
    """Return an id from a list, which cursors contain after the time, or an empty string for other pages."""
    name = page.partition("/?")[0]
    return browser.some_id(name) if name in LISTS else ""


def _table(rows: list[Row], sizes: tuple[int, int]) -> str:
    few, many = (f"{size:,} accounts" for size in sizes)
    lines = [("page", few, many, "ratio"), ("---",) * 4]
    lines += [(f"`{it.page}`", f"{it.few:.0f} ms", f"{it.many:.0f} ms", f"{it.ratio:.2f}") for it in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
