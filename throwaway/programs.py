"""Start programs, such as those of Debian's packages, wait for them, and end them."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Any
from unittest import SkipTest

PROJECT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
SECONDS = 60  # within which a program has to start or stop, even on a busy machine
SBIN = f"{os.environ.get('PATH', '')}:/usr/sbin"
# PostgreSQL and PgBouncer refuse to run as root.
AS_POSTGRES: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}


class MissingProgramError(SkipTest):
    """Something that a server needs is missing. pytest skips the test."""


def program(name: str) -> str:
    """Return the path of a program. Look for PostgreSQL's where Debian keeps them, too. Raises MissingProgramError."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    found = shutil.which(name, path=":".join([SBIN, *map(str, reversed(folders))]))
    if not found:
        raise MissingProgramError(f"needs {name}")
    return found


def free_port() -> int:
    with socket.create_server((HOST, 0)) as place:
        port: int = place.getsockname()[1]
        return port


def is_answered(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_until(holds: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    """Raise TimeoutError(what) unless the condition holds in time."""
    until = monotonic() + seconds
    while not holds():
        if monotonic() > until:
            raise TimeoutError(what)
        sleep(0.05)


@contextmanager
def folder() -> Iterator[Path]:
    """Yield a folder for a server that may run as another user, who cannot enter this user's folders."""
    with TemporaryDirectory(prefix="dashboard-test-", ignore_cleanup_errors=True) as name:
        path = Path(name)
        if AS_POSTGRES:
            shutil.chown(path, "postgres")
        yield path


@dataclass
class Daemon:
    """A program that listens on a port. It can be stopped, killed and started again."""

    command: list[str]
    port: int
    log: Path
    environment: Mapping[str, str] | None = None
    directory: Path | None = None
    identity: dict[str, Any] = field(default_factory=lambda: AS_POSTGRES)  # the user and groups it runs as
    stopping: signal.Signals = signal.SIGINT
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        """Start the program, and return when it listens.

        Raises RuntimeError with its output if it ends, or TimeoutError.
        """
        self.launch()
        wait_until(self.is_listening, f"{self.command[0]} does not listen: {self.log}")

    def launch(self) -> None:
        """Start the program, and do not wait for it."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # so that Ctrl-C reaches only this process, which ends the others in order
                **self.identity,
            )

    def is_listening(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(self.log.read_text(errors="replace"))
        return is_answered(self.port)

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def children(self) -> list[int]:
        place = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in place.read_text().split()]

    def stop(self, number: int | None = None) -> None:
        """End the program with a signal, and with SIGKILL if that does not help. Do nothing if it has ended."""
        if self.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.signal(number or self.stopping)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(SECONDS)
        self.kill()

    def kill(self) -> None:
        """End the program and its children at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def running(daemon: Daemon) -> Iterator[Daemon]:
    """Start a program, and stop it at the end of the block."""
    try:
        daemon.start()
        yield daemon
    finally:
        if hasattr(daemon, "process"):
            daemon.stop()
