"""The servers of a run: Redis, PostgreSQL, Dashboard and the references, on free ports of this machine."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.processes import HOST, Program, running
from dashboard.core.workers import THREADS_PER_WORKER
from throwaway.programs import free_port

WORKERS = 2
BCRYPT_FACTOR = 10
MANAGE = str(Path(__file__).parent.parent / "manage.py")


@dataclass(frozen=True)
class Servers:
    """The addresses of Dashboard and the references, and the environment of Dashboard."""

    dashboard: str
    references: str
    dashboard_pid: int
    environment: dict[str, str]


def needed(program: str, package: str) -> str:
    """Return the path of a program, or exit and say which package has it."""
    found = shutil.which(program)
    return found or sys.exit(f"The benchmark needs {program}: apt-get install {package}")


# High enough to refuse nothing, so that the cost of rate limits is measured, but not refusals.
HIGH_LIMITS = {
    "RATE_LIMIT_SIGN_IN": "1000000/minute",
    "RATE_LIMIT_SESSIONS": "1000000/minute",
    "RATE_LIMIT_RESET_CODES": "1000000/hour",
    "MAXIMUM_RESET_CODES": "0",
}


@contextmanager
def servers(*, limited: bool = False) -> Iterator[Servers]:
    """Start all servers, with empty tables; end them in reverse order. With `limited`, rate limits are the defaults."""
    with (
        backing_services(limited=limited) as services,
        TemporaryDirectory(prefix="dashboard-servers-") as name,
        ExitStack() as stack,
    ):
        folder, environment = Path(name), services.environment
        port, reference_port = int(environment["PORT"]), free_port()
        pid = stack.enter_context(running(dashboard(port, environment), folder))
        stack.enter_context(running(_references(reference_port, environment), folder))
        yield Servers(f"http://{HOST}:{port}/api", f"http://{HOST}:{reference_port}/reference", pid, environment)


@contextmanager
def backing_services(*, limited: bool = False) -> Iterator[Servers]:
    """Start PostgreSQL with empty tables and Redis, without Dashboard and the references."""
    with TemporaryDirectory(prefix="dashboard-benchmark-") as name, ExitStack() as stack:
        folder = Path(name)
        redis_port, port = free_port(), free_port()
        stack.enter_context(running(redis(redis_port, folder), folder))
        environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": stack.enter_context(database(folder)),
            "REDIS_URL": f"redis://{HOST}:{redis_port}/0",
            "SECRET_KEY": secrets.token_urlsafe(48),
            "BCRYPT_WORKLOAD_FACTOR": str(BCRYPT_FACTOR),
            "HOST": HOST,
            "PORT": str(port),
            "WORKERS": str(WORKERS),
            **({} if limited else HIGH_LIMITS),
        }
        subprocess.run([sys.executable, MANAGE, "migrate", "--verbosity", "0"], env=environment, check=True)
        yield Servers("", "", 0, environment)


def redis(port: int, folder: Path) -> Program:
    command = [needed("redis-server", "redis-server"), "--port", str(port), "--bind", HOST]
    return Program("redis", [*command, "--save", "", "--appendonly", "no", "--dir", str(folder)], port)


def dashboard(port: int, environment: dict[str, str]) -> Program:
    return Program("dashboard", [sys.executable, MANAGE, "serve"], port, environment)


def _references(port: int, environment: dict[str, str]) -> Program:
    """Serve the references with the same server, workers and threads as `manage.py serve`."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port)]
    command += ["--workers", str(WORKERS), "--blocking-threads", str(THREADS_PER_WORKER)]
    command += ["--no-ws", "--log-level", "error"]
    return Program("references", [*command, "benchmarks.reference:application"], port, environment)


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """Yield the URL of a temporary PostgreSQL server, or DATABASE_URL if PostgreSQL is not installed."""
    initdb = max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version, default=None)
    if initdb:
        port = free_port()
        with running(_postgresql(initdb, port, folder), folder):
            yield f"postgresql://postgres@{HOST}:{port}/postgres"
    elif os.environ.get("DATABASE_URL", "").startswith("postgres"):
        yield os.environ["DATABASE_URL"]
    else:
        sys.exit("The benchmark needs PostgreSQL: apt-get install postgresql, or set DATABASE_URL to an empty database")


def _version(initdb: Path) -> float:
    return float(initdb.parts[-3])


def _postgresql(initdb: Path, port: int, folder: Path) -> Program:
    """Create a PostgreSQL server. It refuses to run as root, so root runs it as the user postgres."""
    user = "postgres" if os.getuid() == 0 else None
    data = folder / "postgresql"
    data.mkdir()
    if user:
        folder.chmod(0o755)
        os.chown(data, pwd.getpwnam(user).pw_uid, -1)
    command = [str(initdb), "--auth", "trust", "--username", "postgres", "--no-sync", "-D", str(data)]
    subprocess.run(command, user=user, cwd="/", stdout=subprocess.DEVNULL, check=True)
    options = ["-D", str(data), "-p", str(port), "-h", HOST, "-k", str(data)]
    fast = signal.SIGINT  # otherwise it waits for clients to disconnect
    return Program("postgresql", [str(initdb.with_name("postgres")), *options], port, stop=fast, user=user)
