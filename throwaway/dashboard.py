"""`manage.py serve`, of this release or of the previous one, and the commands of either."""

import http.client
import io
import os
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.previous_release import previous_release
from throwaway.programs import HOST, PROJECT, Daemon, MissingProgramError, free_port, wait_until


@dataclass(frozen=True)
class Release:
    """The code of a release, with the settings that its servers and commands share."""

    folder: Path
    environment: dict[str, str]

    def manage(self, *arguments: str) -> str:
        """Run a command and return what it printed."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, check=True, text=True, capture_output=True
        ).stdout

    @contextmanager
    def serving(self, log: Path, **environment: str) -> Iterator["Server"]:
        """Start a server with these additional variables, and stop it at the end of the block."""
        server = Server(self, log, **environment)
        try:
            server.start()
            yield server
        finally:
            server.stop()


class Server:
    """A server with one worker, on its own port. It can be stopped, killed and started again."""

    def __init__(self, release: Release, log: Path, **environment: str) -> None:
        self.port, self.log = int(environment.get("PORT") or free_port()), log
        own = {"HOST": HOST, "PORT": str(self.port), "WORKERS": "1", **environment}
        command = [sys.executable, "manage.py", "serve"]
        self.daemon = Daemon(
            command,
            self.port,
            log,
            environment={**release.environment, **own},
            directory=release.folder,
            identity={},
            stopping=signal.SIGTERM,
        )

    def start(self) -> None:
        """Start the server, and return when it is ready."""
        self.daemon.launch()
        self.wait()

    def wait(self) -> None:
        wait_until(self.is_ready, f"a server is not ready: {self.log}")

    def is_ready(self) -> bool:
        """Return whether the server is ready. Raises RuntimeError with its log if it has ended."""
        if self.daemon.process.poll() is not None:
            raise RuntimeError(self.log.read_text())
        connection = http.client.HTTPConnection(HOST, self.port, timeout=30)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def metrics(self, token: str) -> str:
        """Return what `/metrics` says, for this PROMETHEUS_TOKEN."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=60)
        try:
            connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {token}"})
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def workers(self) -> list[int]:
        return self.daemon.children()

    def stop(self) -> None:
        """Let the server finish its requests, as a service manager does."""
        self.daemon.stop()

    def kill(self) -> None:
        """End the server and its workers with SIGKILL."""
        self.daemon.kill()

    def kill_master(self) -> None:
        """End the server with SIGKILL, but none of its workers."""
        os.kill(self.daemon.process.pid, signal.SIGKILL)
        self.daemon.process.wait()


def wrong_clock(offset: str) -> dict[str, str]:
    """Return the variables for a clock that is wrong by this much, such as +300s. Raises MissingProgramError."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
    if library is None:
        raise MissingProgramError("needs faketime")
    return {"LD_PRELOAD": str(library), "FAKETIME": offset, "DONT_FAKE_MONOTONIC": "1"}


def unpack_previous_release(folder: Path) -> Path:
    """Unpack the previous release, from the history of this repository, and return its folder.

    Raises MissingProgramError without git, or without that commit, as in a shallow clone.
    """
    release, git = previous_release(), shutil.which("git")
    if not git:
        raise MissingProgramError("needs git")
    archive = subprocess.run([git, "-C", PROJECT, "archive", release.commit], capture_output=True, check=False)
    if archive.returncode:
        raise MissingProgramError(f"needs the commit of version {release.version}, which only a full clone has")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder
