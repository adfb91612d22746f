"""An upgrade from the previous release, under load: as docs/operations.md has it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from time import sleep

from benchmarks.revocation.revocation_scenarios import (
    Scenario,
    user_end_other_sessions,
    user_reset_session_key,
    user_set_account_deleted,
    user_set_account_password,
    user_set_session_ended,
)
from faults.catalogue.processes import BACK_SECONDS, STOPPED
from faults.fleet import Fleet, new_folder, populate, put_behind, settings, start_servers, this_release
from faults.running import Fault, Group
from throwaway.dashboard import Release, Server, unpack_previous_release
from throwaway.postgresql import postgresql
from throwaway.redis import redis_server

# What the previous release has, too
SCENARIOS: list[Scenario] = [
    user_set_session_ended,
    user_end_other_sessions,
    user_reset_session_key,
    user_set_account_password,
    user_set_account_deleted,
]


@contextmanager
def former_release(persons: int) -> Iterator[Fleet]:
    """Two servers of the previous release behind nginx."""
    with ExitStack() as stack:
        folder, database = stack.enter_context(new_folder()), stack.enter_context(postgresql())
        cache = stack.enter_context(redis_server())
        environment = settings(database.url(), cache.url())
        former = Release(unpack_previous_release(folder / "former"), environment)
        fleet = Fleet(former, folder, database, redis=cache, scenarios=SCENARIOS, former=former)
        populate(fleet, persons)
        start_servers(fleet, stack, {}, {})
        fleet.release = this_release(environment)
        put_behind(fleet, stack, "nginx")
        try:
            yield fleet
        finally:
            for server in fleet.servers:  # also those that have taken their place
                server.stop()


def upgraded(fleet: Fleet, seconds: float) -> None:
    """Migrate, and replace the servers one by one, each on its port."""
    fleet.release.manage("migrate", "-v0")
    sleep(seconds)
    for number, server in enumerate(list(fleet.servers)):
        server.stop()
        successor = Server(fleet.release, fleet.folder / f"successor-{number}.log", PORT=str(server.port))
        successor.start()
        fleet.servers[number] = successor
        sleep(BACK_SECONDS)


UPGRADE = Group(
    "upgrade",
    former_release,
    (
        Fault(
            "upgrade",
            "the previous release is migrated, and replaced one by one",
            upgraded,
            2,
            STOPPED,
        ),
    ),
)
GROUPS = (UPGRADE,)
