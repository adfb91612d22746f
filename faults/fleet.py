"""Deployments that faults happen to: servers of Dashboard, with a database, people in it, and what else they need."""

import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

from benchmarks.revocation.revocation_scenarios import SCENARIOS, Person, Scenario, SignedIn
from faults.checker.callers import Target
from faults.checker.record import Answer
from throwaway.cuts import Relay
from throwaway.dashboard import Release, Server
from throwaway.postgresql import PostgreSQL
from throwaway.programs import PROJECT, Daemon
from throwaway.proxies import NAME, Proxy, proxying
from throwaway.redis import RedisServer

ENTRY_BYTES = 40  # a mark in the cache is shorter, an entry is longer


@dataclass
class Fleet:
    """Servers that share a database, and the parts that can be disturbed."""

    release: Release
    folder: Path
    postgresql: PostgreSQL
    servers: list[Server] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)  # that clients ask
    persons: deque[Person] = field(default_factory=deque)
    administrator: SignedIn = field(default_factory=lambda: SignedIn("", "", ""))
    scenarios: list[Scenario] = field(default_factory=lambda: SCENARIOS)
    readers: list[SignedIn] = field(default_factory=list)  # of lists; all but the first change something, too
    redis: RedisServer | None = None
    replica: RedisServer | None = None
    standby: PostgreSQL | None = None
    pooler: Daemon | None = None
    relay: Relay | None = None  # between the first server and Redis, or the standby
    stream: Relay | None = None  # between the standby and its primary
    disk: Path | None = None  # which can be filled up
    former: Release | None = None
    notes: list[Answer] = field(default_factory=list)  # answers that a fault itself was given

    @property
    def cache(self) -> RedisServer:
        """Return Redis. Raises LookupError in a fleet without it."""
        if self.redis is None:
            raise LookupError("The fleet has no Redis.")
        return self.redis

    def every_server(self) -> list[Target]:
        return [Target.server(server.port) for server in self.servers]

    def take(self, count: int) -> deque[Person]:
        """Return so many people, whom nobody else gets."""
        return deque(self.persons.popleft() for _ in range(min(count, len(self.persons))))

    def cached(self, sessions: list[SignedIn]) -> int:
        """Return how many of these sessions have an entry in the cache, and no mark."""
        if self.redis is None or not sessions:
            return 0
        values = self.redis.entries([f"dashboard:1:session:dashboard:{session.sessionid}" for session in sessions])
        return sum(value is not None and len(value) > ENTRY_BYTES for value in values)


@contextmanager
def new_folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="dashboard-faults-") as name:
        yield Path(name)


def settings(database_url: str, redis_url: str = "", **changes: str) -> dict[str, str]:
    """Return the environment of servers and commands."""
    given = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "dashboard_project.settings",
        "ENV_FILE": "",
        "DATABASE_URL": database_url,
        "SECRET_KEY": token_hex(32),
        "RATE_LIMITS": "false",  # the clients sign in more often than people do
        "BCRYPT_WORKLOAD_FACTOR": "4",
        "ALLOWED_HOSTS": f"localhost,127.0.0.1,{NAME}",
        "TRUSTED_PROXIES": "127.0.0.1",
        **changes,
    }
    return given | ({"REDIS_URL": redis_url} if redis_url else {})


def populate(fleet: Fleet, persons: int) -> None:
    """Create the tables, with an administrator and so many persons, whose rows no mark protects."""
    command = [sys.executable, "-m", "benchmarks.revocation.seed", str(persons)]
    environment = {**fleet.release.environment, "DATABASE_URL": fleet.postgresql.url()}
    made = json.loads(subprocess.check_output(command, cwd=fleet.release.folder, env=environment, timeout=300))  # noqa: S603
    administrator, *others = [
        Person(it["username"], it["accountid"], [SignedIn(*session) for session in it["sessions"]]) for it in made
    ]
    fleet.administrator = administrator.sessions[0]
    fleet.persons.extend(others)


def start_servers(fleet: Fleet, stack: ExitStack, *own: dict[str, str], release: Release | None = None) -> None:
    """Start a server for each of these changes of the environment, all at the same time."""
    for number, changes in enumerate(own):
        server = Server(release or fleet.release, fleet.folder / f"server-{number}.log", **changes)
        server.daemon.launch()
        stack.callback(server.stop)
        fleet.servers.append(server)
    for server in fleet.servers:
        server.wait()
    fleet.targets = fleet.every_server()


def put_behind(fleet: Fleet, stack: ExitStack, kind: str) -> Proxy:
    """Put the two servers behind a proxy, which clients then ask."""
    folder = fleet.folder / kind
    folder.mkdir()
    one, other = (server.port for server in fleet.servers)
    proxy = stack.enter_context(proxying(kind, folder, (one, other)))
    fleet.targets = [Target(kind, proxy.connection, NAME)]
    return proxy


def this_release(environment: dict[str, str]) -> Release:
    return Release(PROJECT, environment)
