"""`manage.py serve` with one worker and short time limits, in a process of its own."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from tempfile import mkdtemp
from time import monotonic, sleep
from urllib.parse import urlencode

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SECONDS = 60  # within which everything has to happen, also on a busy machine
DATABASE = "dashboard.sqlite3"
ESTABLISHED = "01"  # in /proc/net/tcp
LIMITS = {"HEADER_TIMEOUT": "3", "BODY_TIMEOUT": "3", "RESPONSE_TIMEOUT": "3", "BCRYPT_WORKLOAD_FACTOR": "4"}


@cache
def migrated() -> Path:
    """Make a database with all migrations, once for every server that begins with one. Return its file."""
    folder = Path(mkdtemp())
    atexit.register(shutil.rmtree, folder)
    migrate(environment_of_servers() | {"DATA_DIR": str(folder)})
    return folder / DATABASE


def environment_of_servers() -> dict[str, str]:
    """Return the environment of the tests without their database and their Redis."""
    return {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "DATABASE_URL")}


def migrate(environment: dict[str, str]) -> None:
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], env=environment, check=True)


class Server:
    """A server on a free port."""

    def __init__(self, folder: Path, **settings: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as place:
            self.port: int = place.getsockname()[1]
        environment = environment_of_servers()
        environment |= {"DATA_DIR": str(folder), "TMPDIR": str(folder), "HOST": "127.0.0.1", "PORT": str(self.port)}
        self.environment = environment | {"WORKERS": "1", **LIMITS, **settings}
        self.folder, self.log = folder, folder / "log"
        if "DATABASE_URL" in settings:
            migrate(self.environment)
        elif not (folder / DATABASE).exists():
            shutil.copy(migrated(), folder / DATABASE)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                env=self.environment,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )

    def connect(self, **options: int) -> socket.socket:
        """Connect, with these options of the socket level, such as SO_RCVBUF."""
        connection = socket.socket()
        connection.settimeout(SECONDS)
        for name, value in options.items():
            connection.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
        connection.connect(("127.0.0.1", self.port))
        return connection

    def ask(self, method: str, path: str, **body: str) -> tuple[int, bytes]:
        client = HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        client.request(method, path, urlencode(body) or None, FORM)
        response = client.getresponse()
        answer = response.status, response.read()
        client.close()
        return answer

    def is_live(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self.ask("GET", "/health/live")[0] == 200
        except OSError:
            return False

    def established(self) -> int:
        """Return how many connections the server has."""
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return sum(row[1].endswith(f":{self.port:04X}") and row[3] == ESTABLISHED for row in rows)

    def threads(self) -> int:
        """Return how many threads the workers have."""
        return sum(len(list(Path(f"/proc/{worker}/task").iterdir())) for worker in self.workers())

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]


def eventually(holds: Callable[[], bool]) -> None:
    end = monotonic() + SECONDS
    while not holds():
        assert monotonic() < end
        sleep(0.1)


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Server]:
    server = Server(folder, **settings)
    try:
        eventually(server.is_live)
        yield server
    finally:
        if server.process.poll() is None:
            os.killpg(server.process.pid, signal.SIGKILL)
            server.process.wait()


def read_to_end(connection: socket.socket) -> tuple[bytes, bool]:
    """Return what arrives until the server closes the connection, and whether it was reset."""
    received = b""
    try:
        while part := connection.recv(65_536):
            received += part
    except ConnectionResetError:
        return received, True
    return received, False
