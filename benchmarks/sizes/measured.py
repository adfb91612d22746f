"""Print the tables of `benchmarks.sizes`, in Dashboard's environment and after seed_demo has filled the database."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard_project.settings")
django.setup()

from django.apps import apps  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import Model  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Account  # noqa: E402
from dashboard.cache import rows as cache  # noqa: E402
from dashboard.cache.rows import row_cache  # noqa: E402
from dashboard.core.actor import Actor, ActorKind  # noqa: E402
from dashboard.core.errors import DashboardError  # noqa: E402
from operations.demo.people import person  # noqa: E402
from resetcodes.services import reset_codes  # noqa: E402
from sessions_app.models import Session  # noqa: E402
from sessions_app.services import last_seen, sessions  # noqa: E402

ENTRIES = 20_000
LONGER = 3600  # lifetime of entries and marks in seconds, so that none expires while they are counted
CHANGES = 400
SEEN = 20_000
LOOKUPS = 20_000
TOGETHER = (1, 8, 32)  # checks that share an MGET
ROUNDS = 7
MIN_ROWS = 1_000  # of a table that is shown
TICKS = os.sysconf("SC_CLK_TCK")
ACTOR = Actor(ActorKind.ANYBODY, ip_address="203.0.113.7", user_agent_header="Mozilla/5.0 Firefox/140.0")


@dataclass(frozen=True)
class Spent:
    """Bytes of the write-ahead log (WAL), and CPU seconds of PostgreSQL, for each change."""

    log: float
    seconds: float


def main(accounts: int, password: str) -> None:
    sys.stdout.write(
        "\n\n".join("\n".join(it) for it in (rows(accounts), entries(), changes(accounts, password))) + "\n"
    )


# Rows


def rows(accounts: int) -> Iterator[str]:
    """Yield a line for each table with at least MIN_ROWS rows, and one for all of them together."""
    execute("VACUUM (ANALYZE)")
    yield "| table | rows for each account | a row | its indexes | for each account |"
    yield "| --- | --- | --- | --- | --- |"
    total = 0.0
    for model in apps.get_models(include_auto_created=True):
        number, table, indexes = size(model)
        if number < MIN_ROWS:
            continue
        total += (table + indexes) / accounts
        cells = f"{number / accounts:.2f} | {table / number:,.0f} B | {indexes / number:,.0f} B"
        yield f"| {model._meta.label} | {cells} | {(table + indexes) / accounts:,.0f} B |"
    yield f"| together | | | | {total:,.0f} B |"


def size(model: type[Model]) -> tuple[int, int, int]:
    """Return how many rows a table has, and the bytes of the table itself and of its indexes."""
    sql = "SELECT reltuples::bigint, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class WHERE oid = %s::regclass"
    found: tuple[int, int, int] = fetch(sql, model._meta.db_table)
    return found


# Entries of the cache


def entries() -> Iterator[str]:
    """Yield the memory of Redis for the entry of an account or a session and for a mark, and the cost of look-ups."""
    cache.CACHE_SECONDS = cache.DIRTY_SECONDS = LONGER
    yield "| in Redis | a key |"
    yield "| --- | --- |"
    accountids = [*Account.objects.values_list("pk", flat=True)[:ENTRIES]]
    sessionids = [*Session.objects.filter(ended_at=None).values_list("pk", flat=True)[:ENTRIES]]
    kinds: dict[str, tuple[list[str], Callable[[str], object]]] = {
        "an account": (accountids, Account.objects.get_cached),
        "a session": (sessionids, lambda pk: super(type(Session.objects), Session.objects).get_cached(pk)),
        "a mark": (sessionids, lambda pk: row_cache.mark((Session.cache_key(f"{pk}_"),))),
    }
    for name, (pks, store) in kinds.items():
        before = redis("memory")["used_memory"], keys()
        for pk in pks:
            store(pk)
        added = keys() - before[1]
        yield f"| {name} | {(redis('memory')['used_memory'] - before[0]) / added:,.0f} B |"
    pairs = [
        (Session.cache_key(one), Account.cache_key(other)) for one, other in zip(sessionids, accountids, strict=False)
    ]
    yield ""
    yield "| an MGET of | Redis' CPU time | for each check |"
    yield "| --- | --- | --- |"
    rounds = [[lookup_seconds(pairs, together) for together in TOGETHER] for _ in range(ROUNDS)]
    for together, times in zip(TOGETHER, zip(*rounds, strict=True), strict=True):
        seconds = median(times)
        yield f"| {2 * together + 1} keys | {seconds * 1e6:,.1f} µs | {seconds / together * 1e6:,.1f} µs |"


def lookup_seconds(pairs: list[tuple[str, str]], together: int) -> float:
    """Return the CPU seconds of Redis for an MGET of the epoch and the keys of this many checks."""
    random = Random(0)  # noqa: S311
    asked = [[key for pair in random.sample(pairs, together) for key in pair] for _ in range(LOOKUPS // together)]
    before = redis_seconds()
    for each in asked:
        row_cache.store.get_many([row_cache.epochs.key or "", *each])
    return (redis_seconds() - before) / len(asked)


def redis(section: str) -> dict[str, Any]:
    client: Any = row_cache.store.client  # type: ignore[attr-defined]  # of django-redis
    found: dict[str, Any] = client.get_client(write=True).info(section)
    return found


def redis_seconds() -> float:
    used = redis("cpu")
    return float(used["used_cpu_sys"] + used["used_cpu_user"])


def keys() -> int:
    return int(redis("keyspace").get("db0", {"keys": 0})["keys"])


# Changes


def changes(accounts: int, password: str) -> Iterator[str]:
    """Yield a line for each kind of change: its cost after a checkpoint, when pages are written whole, and later."""
    yield "| a change | WAL, after a checkpoint | WAL, later | PostgreSQL's CPU time |"
    yield "| --- | --- | --- | --- |"
    numbers = [it + 1 for it in Random(1).sample(range(accounts - 1), 2 * CHANGES)]  # noqa: S311
    names = [person(number, Random(number)).username for number in numbers]  # noqa: S311
    made: list[Session] = []

    def sign_in(name: str) -> None:
        made.append(sessions.create_session(name, password, "days", ACTOR))

    yield line("a sign-in", sign_in, names, names)
    first, second = made[: len(made) // 2], made[len(made) // 2 :]
    yield line("a session is ended", lambda it: sessions.set_session_ended(it.pk, ACTOR), first, second)
    owners = [it.account_id for it in made]
    yield line(
        "a reset code", lambda pk: reset_codes.create_reset_code(pk, "Wp74kq2Zr9t", ACTOR), owners[::2], owners[1::2]
    )
    seen = [*Session.objects.filter(ended_at=None).order_by("pk").values_list("pk", flat=True)[:SEEN]]
    Random(2).shuffle(seen)  # noqa: S311
    yield seen_line(seen)


def line(name: str, change: Callable[[Any], object], first: Iterable[Any], second: Iterable[Any]) -> str:
    execute("CHECKPOINT")
    return cells(name, spent(change, first), spent(change, second))


def seen_line(seen: list[str]) -> str:
    """Note that sessions were seen, and store this as the server's thread does, each time two minutes later."""
    now = timezone.now()

    def store(minutes: int) -> Callable[[Any], object]:
        def change(_: Any) -> None:
            last_seen._noted.update(dict.fromkeys(seen, now + timedelta(minutes=minutes)))
            last_seen.write()

        return change

    execute("CHECKPOINT")
    costs = [spent(store(minutes), [None]) for minutes in (2, 4)]
    return cells("a session was seen", *(Spent(it.log / len(seen), it.seconds / len(seen)) for it in costs))


def cells(name: str, first: Spent, second: Spent) -> str:
    return f"| {name} | {first.log:,.0f} B | {second.log:,.0f} B | {second.seconds * 1e6:,.0f} µs |"


def spent(change: Callable[[Any], object], given: Iterable[Any]) -> Spent:
    """Return the mean cost of a change. Refused ones, such as sign-ins to locked accounts, do not count."""
    count, began, log = 0, backend_seconds(), position()
    for it in given:
        try:
            change(it)
        except DashboardError:
            continue
        count += 1
    return Spent((position() - log) / count, (backend_seconds() - began) / count)


def position() -> int:
    return int(fetch("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint")[0])


def backend_seconds() -> float:
    """Return the CPU seconds used so far by the PostgreSQL process that serves this connection."""
    pid = fetch("SELECT pg_backend_pid()")[0]
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, islice(fields, 11, 13))) / TICKS


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        connection.connection.patience = None
        cursor.execute(sql)
        cursor.execute("RESET statement_timeout")


def fetch(sql: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
