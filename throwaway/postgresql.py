"""PostgreSQL, its standbys, and PgBouncer."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import psycopg

from throwaway.programs import AS_POSTGRES, PROJECT, SECONDS, Daemon, folder, free_port, program, running, wait_until

PGBOUNCER_INI = PROJECT / "deploy" / "pgbouncer.ini"


@dataclass
class PostgreSQL:
    """A server with the database `dashboard`, whose owner is postgres."""

    port: int
    data: Path
    daemon: Daemon

    def url(self, user: str = "postgres", query: str = "") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/dashboard{query}"

    def execute(self, *statements: str, database: str = "dashboard") -> None:
        """Execute each statement as the superuser, in its own transaction."""
        place = f"host=127.0.0.1 port={self.port} user=postgres dbname={database}"
        with psycopg.connect(place, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def wait(self, statement: str = "SELECT 1", database: str = "postgres") -> None:
        """Execute a statement as soon as the server has started."""
        until = monotonic() + SECONDS
        while True:
            try:
                return self.execute(statement, database=database)
            except psycopg.OperationalError:  # it is starting up
                if monotonic() > until:
                    raise
                sleep(0.1)

    def processes(self) -> list[int]:
        """Return the ids of the server's processes, the postmaster first."""
        first = int((self.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]

    def signal(self, number: int) -> None:
        """Send a signal, such as SIGSTOP, to each process of the server.

        The postmaster gets it first: while it is stopped, it starts no other process. A process that ends meanwhile is
        skipped, such as an autovacuum worker.
        """
        first = self.processes()[0]
        os.kill(first, number)
        if number == signal.SIGSTOP:  # it stops a moment later
            wait_until(lambda: _state(first) == "T", "PostgreSQL has not stopped")
        for process in self.processes()[1:]:
            with suppress(ProcessLookupError):
                os.kill(process, number)

    def kill(self) -> None:
        """End all processes of the server with SIGKILL, and return when they are gone."""
        processes = self.processes()
        for process in processes:
            with suppress(ProcessLookupError):  # it has ended with the postmaster
                os.kill(process, signal.SIGKILL)
        self.daemon.kill()
        wait_until(lambda: not any(Path(f"/proc/{it}").exists() for it in processes), "PostgreSQL has not ended")

    def stop(self, *, is_immediate: bool = False) -> None:
        """Shut the server down: fast, after writing everything to disk, or immediately, without that."""
        self.daemon.stop(signal.SIGQUIT if is_immediate else signal.SIGINT)

    def start(self) -> None:
        """Start the server again, and return when it answers."""
        self.daemon.start()
        self.wait()

    def add_server_role(self) -> None:
        """Create the role `dashboard_server` as docs/operations.md says, once there are tables."""
        self.execute(
            "CREATE ROLE dashboard_server LOGIN",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO dashboard_server",
            "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dashboard_server",
            "ALTER ROLE dashboard_server SET statement_timeout = '5s'",
        )

    def promote(self) -> None:
        """Make this standby the primary."""
        self.execute("SELECT pg_promote()", database="postgres")


def _state(process: int) -> str:
    """Return the state of a process, as proc(5) has it: T for one that a signal has stopped."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


def _server(data: Path, place: Path, options: dict[str, str]) -> PostgreSQL:
    port = free_port()
    settings = [f"--{name}={value}" for name, value in options.items()]
    command = [program("postgres"), "-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", str(place), "-F"]
    return PostgreSQL(port, data, Daemon([*command, *settings], port, place / "log"))


@contextmanager
def postgresql(*initialization: str, **options: str) -> Iterator[PostgreSQL]:
    """Run a PostgreSQL server. `initialization` are options of initdb, and `options` are settings of the server."""
    initdb = program("initdb")
    with folder() as place:
        data = place / "data"
        initialize = [initdb, "--auth=trust", "--username=postgres", "--no-sync", "-D", str(data), *initialization]
        subprocess.run(initialize, check=True, capture_output=True, cwd="/", **AS_POSTGRES)
        server = _server(data, place, options)
        with running(server.daemon):
            server.wait("CREATE DATABASE dashboard")
            yield server


@contextmanager
def standby(primary: PostgreSQL, port: int | None = None, **options: str) -> Iterator[PostgreSQL]:
    """Run a standby of a server, with asynchronous streaming replication.

    It connects to the primary, or to `port`, which may be that of a relay. `options` are settings of the standby.
    """
    copy = program("pg_basebackup")
    with folder() as place:
        data = place / "data"
        command = [copy, "-D", str(data), "-h", "127.0.0.1", "-p", str(port or primary.port), "-U", "postgres", "-R"]
        subprocess.run([*command, "-c", "fast", "--no-sync"], check=True, capture_output=True, cwd="/", **AS_POSTGRES)
        server = _server(data, place, options)
        with running(server.daemon):
            server.wait()
            yield server


@contextmanager
def pgbouncer(server: PostgreSQL, time_zone: str = "UTC", name: str = "dashboard", **changes: str) -> Iterator[int]:
    """Run PgBouncer in front of a database, as `pooler` does. Yield its port."""
    with pooler(server, time_zone, name, **changes) as daemon:
        yield daemon.port


@contextmanager
def pooler(server: PostgreSQL, time_zone: str = "UTC", name: str = "dashboard", **changes: str) -> Iterator[Daemon]:
    """Run PgBouncer with deploy/pgbouncer.ini and these changes, in front of a database."""
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
        with running(Daemon([command, str(place / "pgbouncer.ini")], port, place / "log")) as daemon:
            yield daemon
