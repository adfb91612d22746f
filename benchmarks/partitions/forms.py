"""The two forms of the tables, each in its own database, with a process that executes commands there."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.servers import MANAGE
from throwaway.postgresql import PostgreSQL, postgresql
from throwaway.redis import redis

TODAY, BY_MONTH = "today's tables", "by month"
DATABASES = {TODAY: "dashboard", BY_MONTH: "partitioned"}


@dataclass
class Form:
    """A database, and the process of benchmarks/partitions/database.py that uses it."""

    name: str
    url: str
    process: subprocess.Popen[str]

    def run(self, command: str, *arguments: Any) -> Any:
        """Execute a command of database.py, and return what it returns. Raises RuntimeError if it fails."""
        assert self.process.stdin  # noqa: S101  both are pipes
        assert self.process.stdout  # noqa: S101
        self.process.stdin.write(f"{json.dumps([command, *arguments])}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{command} has failed on {self.name}")
        return json.loads(answer)


@contextmanager
def forms() -> Iterator[tuple[Form, Form]]:
    """Run PostgreSQL and Redis, with the tables of the migrations in two databases, which are still identical."""
    # Autovacuum follows the real clock, on which the simulated year takes minutes. Each purge runs VACUUM instead.
    with postgresql(fsync="on", autovacuum="off") as server, redis() as redis_port:
        today, by_month = (
            _environment(server, database, f"redis://127.0.0.1:{redis_port}/{number}")
            for number, database in enumerate(DATABASES.values())
        )
        subprocess.run([sys.executable, MANAGE, "migrate", "--verbosity", "0"], env=today, check=True)
        server.execute(f"CREATE DATABASE {DATABASES[BY_MONTH]} TEMPLATE dashboard", database="postgres")
        with _process(TODAY, today) as first, _process(BY_MONTH, by_month) as second:
            yield first, second


def _environment(server: PostgreSQL, database: str, redis_url: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": f"{server.url().rpartition('/')[0]}/{database}",
        "REDIS_URL": redis_url,
        "SECRET_KEY": secrets.token_urlsafe(48),
        "RATE_LIMITS": "false",
        "MAXIMUM_SESSIONS": "0",
    }


@contextmanager
def _process(name: str, environment: dict[str, str]) -> Iterator[Form]:
    command = [sys.executable, "-m", "benchmarks.partitions.database"]
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Form(name, environment["DATABASE_URL"], process)
    finally:
        process.communicate()  # closes the input, which ends the process
