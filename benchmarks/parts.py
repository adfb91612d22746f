"""`make bench-parts`: measure what each mechanism buys.

Each process replaces one mechanism with what a library does instead. All processes answer the same requests in turn,
through the WSGI application, in one thread. The table shows the CPU time of a request with the replacement, as a
multiple of the time without it. The CPU time of PostgreSQL and Redis is not included.
"""

import argparse
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import IO, Any, cast

import orjson

from benchmarks.cases import seed
from benchmarks.report import PARTS, write
from benchmarks.servers import Servers, backing_services

CASES = ("own session", "another's session", "page of 10", "create-reset-code", "reset-session-key")
REQUESTS = 100  # of a case in a round; few, so that the machine's speed is about the same for all variants


def without_fast_path() -> None:
    from django.conf import settings  # noqa: PLC0415  in the worker, before the application is loaded

    settings.MIDDLEWARE = [it for it in settings.MIDDLEWARE if not it.endswith("FastPathMiddleware")]


def with_django_redis() -> None:
    from django.conf import settings  # noqa: PLC0415

    settings.CACHES["default"]["OPTIONS"]["CLIENT_CLASS"] = "benchmarks.pooled_client.PooledRedisClient"


def without_epochs() -> None:
    from django.conf import settings  # noqa: PLC0415

    settings.CACHES["default"]["KEY_PREFIX"] = "of-any-epoch"  # so that other processes do not use its entries
    from dashboard.cache.epochs import FixedEpoch  # noqa: PLC0415
    from dashboard.cache.rows import row_cache  # noqa: PLC0415

    row_cache.epochs = FixedEpoch()


def with_from_db() -> None:
    from dashboard.cache import rows  # noqa: PLC0415
    from dashboard.db.prepared import reading  # noqa: PLC0415

    def from_db(model: Any, names: tuple[str, ...], values: Any) -> Any:
        """Do what Django's iterator of rows does: `from_db` sets fields, and annotations follow."""
        row, fields = model.from_db("default", names, values), {it.attname for it in model._meta.concrete_fields}
        for name, value in zip(names, values, strict=True):
            if name not in fields:
                setattr(row, name, value)
        return row

    for module in (rows, reading):
        module.instance_from_columns = from_db  # type: ignore[attr-defined]


def without_prepared_statements() -> None:
    from django.conf import settings  # noqa: PLC0415

    settings.DB_PREPARED = False


def one_by_one() -> None:
    from dashboard.db.prepared import writing  # noqa: PLC0415

    def execute(
        statements: list[writing.Statement], conditions: list[writing.Statement]
    ) -> tuple[list[int], list[bool]]:
        for sql, values in statements:
            writing._execute(sql, values, is_one=False)
        for sql, values in conditions:
            writing._execute(f"SELECT {sql}", values)
        return [1] * len(statements), [True] * len(conditions)

    writing._execute_as_one = execute


def with_psycopg_timestamps() -> None:
    from datetime import UTC  # noqa: PLC0415

    from django.db.backends.postgresql.psycopg_any import BaseTzLoader  # noqa: PLC0415

    from dashboard.db.postgresql import base  # noqa: PLC0415

    base.TimeLoader = type("TimeLoader", (BaseTzLoader,), {"timezone": UTC})  # type: ignore[assignment,misc]


def with_connection_queries() -> None:
    from django.db.backends.postgresql import base  # noqa: PLC0415

    from dashboard.db.postgresql.base import DatabaseWrapper  # noqa: PLC0415

    DatabaseWrapper.is_usable = base.DatabaseWrapper.is_usable  # type: ignore[method-assign]


def as_it_is() -> None:
    """Replace nothing."""


VARIANTS: dict[str, Callable[[], None]] = {
    "as it is": as_it_is,
    "all middleware and URL patterns, no fast path": without_fast_path,
    "django-redis' client, no connection per thread": with_django_redis,
    "entries are valid in any epoch, no epoch check": without_epochs,
    "Model.from_db, no instance_from_columns": with_from_db,
    "the ORM, no prepared statements": without_prepared_statements,
    "one statement per change, no execute_together": one_by_one,
    "psycopg's timestamps, no loader of our own": with_psycopg_timestamps,
    "a query checks each connection, no socket check": with_connection_queries,
}


def main() -> None:
    options = _options()
    if options.worker is not None:
        work(list(VARIANTS.values())[options.worker])
        return
    with backing_services() as services, ExitStack() as stack:
        rows = seed(services, "few")
        workers = {name: stack.enter_context(_worker(n, services, rows)) for n, name in enumerate(VARIANTS)}
        rounds: dict[str, list[list[float]]] = {name: [] for name in VARIANTS}
        for _ in range(options.rounds):
            by_case = [[measure(case) for measure in workers.values()] for case in range(len(CASES))]
            for name, times in zip(VARIANTS, zip(*by_case, strict=True), strict=True):
                rounds[name].append([*times])
    text = table(rounds)
    sys.stdout.write(text + "\n")
    if options.write:
        write(text, PARTS)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-parts", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def table(rounds: dict[str, list[list[float]]]) -> str:
    """Return the table: microseconds of CPU time as it is, and the median of each replacement's ratios to it."""
    (name, base), *others = rounds.items()
    lines = [("replacement", *CASES), ("---",) * (len(CASES) + 1)]
    lines.append((name, *(f"{median(times):,.0f} µs" for times in zip(*base, strict=True))))
    for name, times in others:
        ratios = [[one / whole for one, whole in zip(*both, strict=True)] for both in zip(times, base, strict=True)]
        lines.append((name, *(f"{median(case):.2f}" for case in zip(*ratios, strict=True))))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


@contextmanager
def _worker(number: int, services: Servers, rows: Any) -> Iterator[Callable[[int], float]]:
    """Start a process with one variant, and yield a function that measures a case.

    Each process changes different accounts.
    """
    command = [sys.executable, "-m", "benchmarks.parts", "--worker", str(number)]
    process = subprocess.Popen(command, env=services.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    own = rows["accountids"][number :: len(VARIANTS)]

    questions, answers = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)

    def exchange(message: Any) -> Any:
        questions.write(orjson.dumps(message) + b"\n")
        questions.flush()
        return orjson.loads(answers.readline())

    try:
        exchange({**rows, "accountids": own})
        yield exchange
    finally:
        process.terminate()
        process.wait()


def work(replace: Callable[[], None]) -> None:
    """Read the rows of the database and then cases to measure from standard input. Answer each on standard output."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard_project.settings")
    replace()
    from dashboard_project.wsgi import application  # noqa: PLC0415  after the replacement

    requests = _requests(application, orjson.loads(sys.stdin.readline()))
    for _ in range(2):
        for request in requests:
            _measure(request)
    _say(True)
    for case in sys.stdin:
        _say(_measure(requests[int(case)]))


def _say(message: Any) -> None:
    sys.stdout.buffer.write(orjson.dumps(message) + b"\n")
    sys.stdout.buffer.flush()


def _measure(request: Callable[[int], None]) -> float:
    """Return the mean CPU time of a request in microseconds."""
    start = time.process_time()
    for number in range(REQUESTS):
        request(number)
    return (time.process_time() - start) / REQUESTS * 1_000_000


def _requests(application: Any, rows: Any) -> list[Callable[[int], None]]:
    sessions, accountids, administrator = rows["sessions"], rows["accountids"], rows["administrator"]

    def call(method: str, route: str, query: str, cookie: str, body: bytes = b"") -> None:
        statuses: list[str] = []
        environ = _environ(method, route, query, cookie, body)
        b"".join(application(environ, lambda status, *_: statuses.append(status)))
        if not statuses[0].startswith("200"):
            sys.exit(f"{method} {route}?{query}: {statuses[0]}")

    def own(number: int) -> None:
        session = sessions[number % 50]
        call("GET", "user/session", f"sessionid={session['sessionid']}", session["cookie"])

    def another(number: int) -> None:
        call("GET", "administrator/session", f"sessionid={sessions[number % 50]['sessionid']}", administrator)

    def page(number: int) -> None:
        call("GET", "administrator/sessions", f"offset={number % 50}", administrator)

    def code(number: int) -> None:
        query = f"accountid={accountids[number % len(accountids)]}"
        call("POST", "administrator/create-reset-code", query, administrator, b"secret-code=Kx82mQz71pLw")

    def key(number: int) -> None:
        query = f"accountid={accountids[number % len(accountids)]}"
        call("PATCH", "administrator/reset-session-key", query, administrator)

    return [own, another, page, code, key]


def _environ(method: str, route: str, query: str, cookie: str, body: bytes) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": f"/api/{route}",
        "QUERY_STRING": query,
        "CONTENT_TYPE": "application/x-www-form-urlencoded" if body else "",
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "HTTP_COOKIE": cookie,
        "HTTP_HOST": "localhost:8000",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


if __name__ == "__main__":
    main()
