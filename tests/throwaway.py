"""Servers of Debian's packages that a test starts on free ports of 127.0.0.1, and stops."""

import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Any

import psycopg
import pytest
from django.conf import settings

SECONDS = 60  # within which a server has to start, also on a busy machine
SBIN = f"{os.environ.get('PATH', '')}:/usr/sbin"
PGBOUNCER_INI = Path(settings.BASE_DIR) / "deploy" / "pgbouncer.ini"
# Neither server runs as root.
AS_POSTGRES: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}


def program(name: str) -> str:
    """Return the path of a program, also of PostgreSQL's, which Debian keeps apart. Skip the test if it is missing."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    found = shutil.which(name, path=":".join([SBIN, *map(str, reversed(folders))]))
    return found or pytest.skip(f"needs {name}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as place:
        port: int = place.getsockname()[1]
        return port


def is_answered(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for a server that runs as another user, who may not enter pytest's."""
    with TemporaryDirectory(prefix="dashboard-test-") as name:
        path = Path(name)
        if AS_POSTGRES:
            shutil.chown(path, "postgres")
        yield path


@contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output, subprocess.Popen(command, stdout=output, stderr=output, **AS_POSTGRES) as process:
        try:
            until = monotonic() + SECONDS
            while not is_answered(port):
                assert process.poll() is None, log.read_text()
                assert monotonic() < until, log.read_text()
                sleep(0.05)
            yield process
        finally:
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGINT)
            process.wait(SECONDS)


@dataclass
class PostgreSQL:
    """A server with the database `dashboard`, whose owner is postgres."""

    port: int
    data: Path

    def url(self, user: str = "postgres", query: str = "") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/dashboard{query}"

    def execute(self, *statements: str, database: str = "dashboard") -> None:
        """Execute each statement as the superuser, in a transaction of its own."""
        place = f"host=127.0.0.1 port={self.port} user=postgres dbname={database}"
        with psycopg.connect(place, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def processes(self) -> list[int]:
        """Return the server's processes, its first one first."""
        first = int((self.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]

    def signal(self, number: int) -> None:
        """Send a signal, such as SIGSTOP, to each process of the server."""
        for process in self.processes():
            os.kill(process, number)


@contextmanager
def postgresql(**options: str) -> Iterator[PostgreSQL]:
    """Run a PostgreSQL server. `options` are of its configuration."""
    initdb, postgres = program("initdb"), program("postgres")
    with folder() as place:
        data, port = place / "data", free_port()
        initialize = [initdb, "--auth=trust", "--username=postgres", "--no-sync", "-D", str(data)]
        subprocess.run(initialize, check=True, capture_output=True, **AS_POSTGRES)
        settings = [f"--{name}={value}" for name, value in options.items()]
        place_of = ["-p", str(port), "-h", "127.0.0.1", "-k", str(place), "-F"]
        log = place / "log"
        with running([postgres, "-D", str(data), *place_of, *settings], port, log):
            server = PostgreSQL(port, data)
            until = monotonic() + SECONDS
            while True:
                try:
                    server.execute("CREATE DATABASE dashboard", database="postgres")
                    break
                except psycopg.OperationalError:  # it is starting up
                    assert monotonic() < until, log.read_text()
                    sleep(0.1)
            yield server


@contextmanager
def pgbouncer(server: PostgreSQL, time_zone: str = "UTC", name: str = "dashboard", **changes: str) -> Iterator[int]:
    """Run PgBouncer as deploy/pgbouncer.ini has it, with these changes, in front of a database. Yield its port."""
    command = program("pgbouncer")
    with folder() as place:
        port = free_port()
        configuration = PGBOUNCER_INI.read_text().replace("port=5432", f"port={server.port}")
        configuration = configuration.replace("dbname=dashboard", f"dbname={name}").replace("=UTC", f"={time_zone}")
        # Any user gets in without a password, as on the server itself.
        values = {"listen_port": str(port), "auth_type": "trust", "auth_file": str(place / "users"), **changes}
        for key, value in values.items():
            configuration = re.sub(rf"(?m)^{key} = .*\n", "", configuration) + f"{key} = {value}\n"
        (place / "pgbouncer.ini").write_text(configuration)
        (place / "users").write_text('"postgres" ""\n"dashboard_server" ""\n')
        with running([command, str(place / "pgbouncer.ini")], port, place / "log"):
            yield port


@contextmanager
def redis(*options: str) -> Iterator[int]:
    """Run a Redis server that keeps nothing, with these options. Yield its port."""
    with folder() as place:
        port = free_port()
        command = [program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "", *options]
        with running([*command, "--dir", str(place)], port, place / "log"):
            yield port


@contextmanager
def sentinel(primary: int) -> Iterator[int]:
    """Run a Sentinel that calls this Redis `dashboard`, and puts its replica in its place soon after it is gone."""
    with folder() as place:
        port = free_port()
        (place / "sentinel.conf").write_text(
            f"port {port}\nbind 127.0.0.1\ndir {place}\nsentinel monitor dashboard 127.0.0.1 {primary} 1\n"
            "sentinel down-after-milliseconds dashboard 500\nsentinel failover-timeout dashboard 2000\n"
        )
        if AS_POSTGRES:
            shutil.chown(place / "sentinel.conf", "postgres")
        command = [program("redis-server"), str(place / "sentinel.conf"), "--sentinel"]
        with running(command, port, place / "log"):
            yield port
