"""Faults of PostgreSQL: stopped, hung, locked, read-only, short of connections, replaced by its standby."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from time import sleep

import psycopg

from faults.checker.verdict import Bounds
from faults.fleet import Fleet, new_folder, populate, settings, start_servers, this_release
from faults.running import Fault, Group
from throwaway.postgresql import pooler, postgresql, standby
from throwaway.redis import redis_server

SERVERS = 2
ROLE = "dashboard_server"


@contextmanager
def plain(persons: int, *initialization: str, **options: str) -> Iterator[Fleet]:
    """Two servers with a role of their own, PostgreSQL and Redis. The rest is for `postgresql`."""
    with ExitStack() as stack:
        folder = stack.enter_context(new_folder())
        database = stack.enter_context(postgresql(*initialization, **options))
        cache = stack.enter_context(redis_server())
        environment = settings(database.url(ROLE), cache.url())
        fleet = Fleet(this_release(environment), folder, database, redis=cache)
        populate(fleet, persons)
        database.add_server_role()
        start_servers(fleet, stack, *({} for _ in range(SERVERS)))
        yield fleet


def restarted_fast(fleet: Fleet, seconds: float) -> None:
    fleet.postgresql.stop()
    fleet.postgresql.start()


def stopped_immediately(fleet: Fleet, seconds: float) -> None:
    fleet.postgresql.stop(is_immediate=True)
    sleep(seconds)
    fleet.postgresql.start()


def backends_terminated(fleet: Fleet, seconds: float) -> None:
    for _ in range(max(2, int(2 * seconds))):
        terminate(fleet)
        sleep(0.5)


def terminate(fleet: Fleet) -> None:
    fleet.postgresql.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{ROLE}'")  # noqa: S608


def few_connections(fleet: Fleet, seconds: float) -> None:
    """Let the servers have three connections, of which they had more."""
    fleet.postgresql.execute(f"ALTER ROLE {ROLE} CONNECTION LIMIT 3")
    terminate(fleet)
    sleep(seconds)
    fleet.postgresql.execute(f"ALTER ROLE {ROLE} CONNECTION LIMIT -1")


def table_locked(fleet: Fleet, seconds: float) -> None:
    with psycopg.connect(fleet.postgresql.url()) as connection:
        connection.execute("LOCK TABLE accounts_account IN ACCESS EXCLUSIVE MODE")
        sleep(seconds)


def read_only(fleet: Fleet, seconds: float) -> None:
    reload = "SELECT pg_reload_conf()"
    fleet.postgresql.execute("ALTER SYSTEM SET default_transaction_read_only = on", reload)
    sleep(seconds)
    fleet.postgresql.execute("ALTER SYSTEM RESET default_transaction_read_only", reload)


def hung(fleet: Fleet, seconds: float) -> None:
    fleet.postgresql.signal(signal.SIGSTOP)
    sleep(seconds)
    fleet.postgresql.signal(signal.SIGCONT)


POSTGRESQL = Group(
    "PostgreSQL",
    plain,
    (
        Fault("postgresql-restart", "PostgreSQL is restarted (`fast`)", restarted_fast),
        Fault("postgresql-immediate", "PostgreSQL is stopped (`immediate`), and started again", stopped_immediately),
        Fault("postgresql-terminated", "all connections are terminated, twice a second", backends_terminated),
        Fault("postgresql-connections", "the role may have 3 connections only", few_connections),
        Fault(
            "postgresql-locked",
            "the table of accounts is locked by somebody",
            table_locked,
            seconds=8,
            bounds=Bounds(answer_within=7),  # the limit of a statement is 5 seconds, and it is sent after others
        ),
        Fault("postgresql-read-only", "PostgreSQL is read-only", read_only),
        Fault(
            "postgresql-hung",
            "PostgreSQL hangs (SIGSTOP)",
            hung,
            seconds=12,
            bounds=Bounds(answer_within=10),  # it is given up after 8 seconds
        ),
    ),
)


# A standby


@contextmanager
def with_standby(persons: int) -> Iterator[Fleet]:
    """Two servers that know a primary and a standby, which confirms each commit."""
    with ExitStack() as stack:
        folder, database = stack.enter_context(new_folder()), stack.enter_context(postgresql())
        cache = stack.enter_context(redis_server())
        second = stack.enter_context(standby(database))
        database.execute("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
        places = f"127.0.0.1:{database.port},127.0.0.1:{second.port}"
        url = f"postgresql://postgres@{places}/dashboard?target_session_attrs=read-write"
        fleet = Fleet(this_release(settings(url, cache.url())), folder, database, redis=cache, standby=second)
        populate(fleet, persons)
        start_servers(fleet, stack, *({} for _ in range(SERVERS)))
        yield fleet


def failed_over(fleet: Fleet, seconds: float) -> None:
    """Kill the primary, and promote the standby."""
    if fleet.standby is None:
        raise LookupError("The fleet has no standby.")
    fleet.postgresql.stop(is_immediate=True)
    sleep(seconds)
    fleet.standby.promote()
    fleet.standby.wait("CREATE TEMPORARY TABLE writable ()")
    fleet.postgresql = fleet.standby


STANDBY = Group(
    "PostgreSQL with a standby",
    with_standby,
    (Fault("postgresql-failover", "the primary is killed, and its standby promoted", failed_over, seconds=3),),
)


# A pooler


@contextmanager
def behind_pgbouncer(persons: int) -> Iterator[Fleet]:
    """Two servers that share a few connections through PgBouncer, in transaction mode."""
    with ExitStack() as stack:
        folder, database = stack.enter_context(new_folder()), stack.enter_context(postgresql())
        cache = stack.enter_context(redis_server())
        direct = Fleet(this_release(settings(database.url(), cache.url())), folder, database, redis=cache)
        populate(direct, persons)
        database.add_server_role()
        between = stack.enter_context(pooler(database, default_pool_size="4"))
        url = f"postgresql://{ROLE}@127.0.0.1:{between.port}/dashboard?pooling=transaction"
        direct.release = this_release({**direct.release.environment, "DATABASE_URL": url})
        direct.pooler = between
        start_servers(direct, stack, *({} for _ in range(SERVERS)))
        yield direct


def pooler_restarted(fleet: Fleet, seconds: float) -> None:
    """Kill PgBouncer, and start it again."""
    if fleet.pooler is None:
        raise LookupError("The fleet has no pooler.")
    fleet.pooler.kill()
    sleep(seconds)
    fleet.pooler.start()


def database_behind_restarted(fleet: Fleet, seconds: float) -> None:
    fleet.postgresql.stop()
    sleep(seconds)
    fleet.postgresql.start()


PGBOUNCER = Group(
    "PgBouncer",
    behind_pgbouncer,
    (
        Fault("pgbouncer-killed", "PgBouncer is killed (-9), and started again", pooler_restarted, seconds=3),
        Fault("pgbouncer-postgresql", "PostgreSQL behind PgBouncer is restarted", database_behind_restarted, seconds=3),
    ),
)
GROUPS = (POSTGRESQL, STANDBY, PGBOUNCER)
