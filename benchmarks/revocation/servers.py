"""Server processes, with their own database and Redis."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from secrets import token_hex
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql
from redis import Redis
from redis.exceptions import RedisError

from benchmarks.revocation.revocation_scenarios import Person, SignedIn
from throwaway.programs import free_port, wait_until

PROJECT = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 60
USERS = 2  # of a Redis: one for each server
SERVE = [sys.executable, "-m", "granian", "--interface", "asgi", "--http", "1", "--no-ws", "--log-level", "error"]
SERVE += ["--host", "127.0.0.1", "benchmarks.revocation.served:application"]


@contextmanager
def process(command: list[str], environment: dict[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process; end it and its children at the end of the block."""
    started = subprocess.Popen(
        command,
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield started
    finally:
        started.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            started.wait(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()


class RedisServer:
    """A Redis that can be killed, paused and restarted on the same port, with a user for each server."""

    def __init__(self, folder: str, users: int) -> None:
        self.folder = folder
        self.port = free_port()
        self.command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1"]
        self.command += ["--save", "", "--appendonly", "no", "--dir", folder]
        for number in range(users):
            self.command += ["--user", f"server{number}", "on", "nopass", "~*", "&*", "+@all"]
        self.client = Redis(port=self.port, socket_timeout=TIMEOUT_SECONDS)
        self.running = ExitStack()

    def url(self, number: int) -> str:
        return f"redis://server{number}:any@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.process = self.running.enter_context(process(self.command))
        wait_until(self.answers, "Redis does not answer")

    def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except RedisError:
            return False

    def forget_snapshot(self) -> None:
        """Delete the snapshot that Redis would load when it starts again."""
        (Path(self.folder) / "dump.rdb").unlink()

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.process.kill()
        self.running.close()

    def cut_off(self, number: int) -> None:
        """Disconnect this server, and refuse its connections."""
        self.client.acl_setuser(f"server{number}", enabled=False)
        self.client.client_kill_filter(user=f"server{number}")

    def let_in(self, number: int) -> None:
        self.client.acl_setuser(f"server{number}", enabled=True)

    def stop(self) -> None:
        self.client.close()
        self.kill()

    def hits(self) -> int:
        """Return the number of lookups that have hit since Redis started."""
        stats: Any = self.client.info("stats")
        return int(stats["keyspace_hits"])


@contextmanager
def redis_server(users: int) -> Iterator[RedisServer]:
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(folder, users)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@contextmanager
def database() -> Iterator[str]:
    """Create an empty database on the server of DATABASE_URL, yield its URL, and drop it again."""
    given = connection.settings_dict
    name = f"{given['NAME'] or 'dashboard'}_{token_hex(4)}"
    known = {"host": given["HOST"], "port": given["PORT"], "user": given["USER"], "password": given["PASSWORD"]}
    options: dict[str, Any] = {key: value for key, value in known.items() if value}
    with psycopg.connect(dbname="postgres", autocommit=True, **options) as maintenance:
        maintenance.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        try:
            yield _url(name, options)
        finally:
            maintenance.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def _url(name: str, options: dict[str, Any]) -> str:
    user = ":".join(options[part] for part in ("user", "password") if part in options)
    port = f":{options['port']}" if "port" in options else ""
    return f"postgresql://{user}{'@' if user else ''}{options.get('host', '')}{port}/{name}"


@dataclass
class Deployment:
    """A seeded database and a Redis, on which servers can be started."""

    redis: RedisServer
    environment: dict[str, str]
    administrator: SignedIn
    persons: deque[Person]

    @contextmanager
    def servers(self, count: int = 2, **environment: str) -> Iterator[list[int]]:
        """Start one-process servers, like `manage.py serve`; yield their ports. An empty value unsets a variable."""
        ports = [free_port() for _ in range(count)]
        with ExitStack() as stack:
            for number, port in enumerate(ports):
                own = {"REDIS_URL": self.redis.url(number)} | environment
                given = {name: value for name, value in (self.environment | own).items() if value}
                stack.enter_context(process([*SERVE, "--port", str(port)], given))
            for port in ports:
                wait_until(partial(_answers, port), "a server does not answer")
            yield ports


@contextmanager
def deployed(persons: int) -> Iterator[Deployment]:
    """Deploy a database with this many persons, and a Redis."""
    with database() as url, redis_server(USERS) as redis:
        environment = {
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "dashboard_project.settings",
            "DATABASE_URL": url,
            "SECRET_KEY": token_hex(),
            "RATE_LIMITS": "false",  # the clients sign in more often than people do
            "BCRYPT_WORKLOAD_FACTOR": "4",
        }
        seed = [sys.executable, "-m", "benchmarks.revocation.seed", str(persons)]
        made = json.loads(subprocess.check_output(seed, cwd=PROJECT, env=environment, timeout=120))
        administrator, *others = [
            Person(it["username"], it["accountid"], [SignedIn(*session) for session in it["sessions"]]) for it in made
        ]
        yield Deployment(redis, environment, administrator.sessions[0], deque(others))


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/api/errors")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
