"""A Dashboard, two processes of an application, and a relay between them that can be cut."""

import os
import secrets
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import HOST, Program, running
from throwaway.programs import free_port

PROJECT = Path(__file__).resolve().parent.parent.parent
SETTINGS = {"WORKERS": "1", "BCRYPT_WORKLOAD_FACTOR": "4", "RATE_LIMITS": "false", "MAXIMUM_FAILED_SIGN_INS": "0"}
CREDENTIAL = (
    "from dashboard.core.actor import Actor\n"
    "from service_credentials.services.credentials import create_credential\n"
    "print(create_credential('application', ['read-events'], [], None, Actor.command_line())[1])"
)
CHUNK = 65_536


class Line:
    """A relay that forwards connections to a local port until it is cut."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server((HOST, 0))
        self._open: set[socket.socket] = set()
        self._is_cut = False
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self._listener.getsockname()[1]}"

    def cut(self) -> None:
        """Close every connection, and accept none from now on."""
        self._is_cut = True
        self._listener.close()
        for one in [*self._open]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._is_cut:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection((HOST, self._target))
            self._open |= {client, server}
            threading.Thread(target=self._pass_on, args=(client, server), daemon=True).start()

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        with client, server, selectors.DefaultSelector() as selector, suppress(OSError):
            selector.register(client, selectors.EVENT_READ, server)
            selector.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _ in selector.select():
                    received = key.fileobj.recv(CHUNK)  # type: ignore[union-attr]
                    if not received:
                        return
                    key.data.sendall(received)


@dataclass(frozen=True)
class Served:
    """The addresses of Dashboard and of the application's processes, and the relay for the feed."""

    dashboard: str
    applications: tuple[str, ...]
    line: Line


@contextmanager
def served(within: float) -> Iterator[Served]:
    """Start everything, and stop it at the end. DATABASE_URL and REDIS_URL are those of the environment."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder, port = Path(name), free_port()
        secret = {"SECRET_KEY": secrets.token_urlsafe(48)}
        environment = {**secret, **os.environ, **SETTINGS, "DATA_DIR": name, "HOST": HOST, "PORT": str(port)}
        manage = [sys.executable, str(PROJECT / "manage.py")]
        subprocess.run([*manage, "migrate", "-v0"], env=environment, check=True)
        shell = [*manage, "shell", "--no-imports", "-v0", "-c", CREDENTIAL]
        token = subprocess.run(shell, env=environment, check=True, capture_output=True, text=True).stdout.strip()
        stack.enter_context(running(Program("dashboard", [*manage, "serve"], port, environment), folder))
        line = Line(port)
        stack.callback(line.cut)
        given = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join((str(PROJECT), str(PROJECT / "clients/python/src"))),
            "DASHBOARD": f"http://{HOST}:{port}",
            "FEED": line.address,
            "CREDENTIAL": token,
            "WITHIN": str(within),
        }
        addresses = tuple(stack.enter_context(application(number, given, folder)) for number in range(2))
        yield Served(given["DASHBOARD"], addresses, line)


@contextmanager
def application(number: int, environment: dict[str, str], folder: Path) -> Iterator[str]:
    """Serve a process of the application; yield its address."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port)]
    command += ["--blocking-threads", "8", "benchmarks.applications.application:app"]
    with running(Program(f"application-{number}", command, port, environment), folder):
        yield f"http://{HOST}:{port}"
