"""Faults of the replica for lists (READ_DATABASE_URL): killed, hung, late, cut off from an instance or the primary."""

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from secrets import token_hex
from time import sleep

from benchmarks.revocation.revocation_scenarios import SignedIn
from faults.catalogue.databases import ROLE
from faults.checker.verdict import Bounds
from faults.fleet import Fleet, new_folder, populate, settings, start_servers, this_release
from faults.running import Fault, Group
from throwaway.cuts import Relay, relay
from throwaway.dashboard import Server
from throwaway.postgresql import PostgreSQL, postgresql, standby
from throwaway.programs import wait_until
from throwaway.redis import redis_server

MAXIMUM_LAG = "2"  # seconds, the least that the setting takes
READERS = 4
TOKEN = token_hex(32)
READS = re.compile(r'^dashboard_list_reads_total\{database="replica",reason=""\} ([0-9.e+]+)$', re.MULTILINE)
UNHURT = Bounds(may_be_unavailable=False, must_list=True)
# Reads that are under way when it begins to hang are given up after 8 seconds, and done again at the primary.
HUNG = Bounds(may_be_unavailable=False, must_list=True, answer_within=10)


@contextmanager
def with_replica(persons: int) -> Iterator[Fleet]:
    """Two servers that read lists from a standby.

    The first reaches it through a network that can be cut. So does the standby reach the primary.
    """
    with ExitStack() as stack:
        folder, database = stack.enter_context(new_folder()), stack.enter_context(postgresql())
        cache = stack.enter_context(redis_server())
        stream = stack.enter_context(relay(database.port))
        replica = stack.enter_context(standby(database, stream.port, hot_standby_feedback="on"))
        network = stack.enter_context(relay(replica.port))
        own = {"READ_DATABASE_MAXIMUM_LAG": MAXIMUM_LAG, "PROMETHEUS_TOKEN": TOKEN}
        release = this_release(settings(database.url(ROLE), cache.url(), **own))
        fleet = Fleet(release, folder, database, redis=cache, standby=replica, relay=network, stream=stream)
        populate(fleet, persons + READERS)
        database.add_server_role()
        fleet.readers = administrators(fleet)
        urls = (replica.url(ROLE).replace(f":{replica.port}/", f":{network.port}/"), replica.url(ROLE))
        start_servers(fleet, stack, *({"READ_DATABASE_URL": url} for url in urls))
        yield fleet


def administrators(fleet: Fleet) -> list[SignedIn]:
    """Make people administrators, before any server runs, and return a session of each."""
    sessions = [person.sessions[0] for person in fleet.take(READERS)]
    those = ", ".join(f"'{session.accountid}'" for session in sessions)
    fleet.postgresql.execute(f"UPDATE accounts_account SET administrator_since = now() WHERE accountid IN ({those})")  # noqa: S608
    return sessions


def replica_of(fleet: Fleet) -> PostgreSQL:
    """Return the replica. Raises LookupError in a fleet without one."""
    if fleet.standby is None:
        raise LookupError("The fleet has no replica.")
    return fleet.standby


def reads(server: Server) -> float:
    """Return how many lists the server has read from the replica."""
    found = READS.search(server.metrics(TOKEN))
    return float(found[1]) if found else 0.0


def is_in_use(server: Server) -> bool:
    return "dashboard_read_database_in_use 1.0" in server.metrics(TOKEN)


def wait_for_reads(fleet: Fleet) -> None:
    """Return when each server has read another list from the replica."""
    before = [reads(server) for server in fleet.servers]
    wait_until(
        lambda: all(reads(server) > known for server, known in zip(fleet.servers, before, strict=True)),
        "lists are not read from the replica",
    )


def disturb(
    fleet: Fleet, seconds: float, begin: Callable[[], None], end: Callable[[], None], affected: int = 2
) -> None:
    """Disturb the replica of the first `affected` servers until they do without it, and so many seconds longer.

    It is in use before, and again when this returns.
    """
    wait_for_reads(fleet)
    begin()
    try:
        wait_until(
            lambda: not any(is_in_use(server) for server in fleet.servers[:affected]),
            "a replica that does not work is used",
        )
        sleep(seconds)
    finally:
        end()
    wait_for_reads(fleet)


def killed(fleet: Fleet, seconds: float) -> None:
    replica = replica_of(fleet)
    disturb(fleet, seconds, replica.kill, replica.start)


def hung(fleet: Fleet, seconds: float) -> None:
    replica = replica_of(fleet)
    disturb(fleet, seconds, lambda: replica.signal(signal.SIGSTOP), lambda: replica.signal(signal.SIGCONT))


def late(fleet: Fleet, seconds: float) -> None:
    """Let the replica show nothing new, although it gets it."""
    replica = replica_of(fleet)
    disturb(
        fleet,
        seconds,
        lambda: replica.execute("SELECT pg_wal_replay_pause()"),
        lambda: replica.execute("SELECT pg_wal_replay_resume()"),
    )


def cut_off_from_an_instance(fleet: Fleet, seconds: float) -> None:
    _cut(fleet, fleet.relay, seconds, affected=1)


def cut_off_from_the_primary(fleet: Fleet, seconds: float) -> None:
    _cut(fleet, fleet.stream, seconds, affected=2)


def _cut(fleet: Fleet, network: Relay | None, seconds: float, *, affected: int) -> None:
    if network is None:
        raise LookupError("The fleet has no network that can be cut.")
    disturb(fleet, seconds, network.cut, network.mend, affected)


REPLICA = Group(
    "PostgreSQL with a replica for lists",
    with_replica,
    (
        Fault("replica-killed", "the replica for lists is killed (-9), and started again", killed, 3, UNHURT),
        Fault("replica-hung", "the replica for lists hangs (SIGSTOP)", hung, 8, HUNG),
        Fault("replica-late", "the replica for lists is further behind than it may be", late, 3, UNHURT),
        Fault(
            "replica-cut-off",
            "one of two instances is cut off from the replica for lists",
            cut_off_from_an_instance,
            3,
            UNHURT,
        ),
        Fault(
            "replica-no-stream",
            "the replica for lists is cut off from the primary",
            cut_off_from_the_primary,
            3,
            UNHURT,
        ),
    ),
)
GROUPS = (REPLICA,)
