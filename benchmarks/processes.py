"""Child processes: start them, wait for them, and end them by their ids whatever happens."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from os import killpg
from pathlib import Path

HOST = "127.0.0.1"
SECONDS_TO_START = 30
SECONDS_TO_STOP = 10


@dataclass(frozen=True)
class Program:
    """A program to start, the signal that stops it, the user that it runs as, and the directory that it starts in."""

    name: str
    command: list[str]
    port: int
    environment: Mapping[str, str] | None = None
    stop: signal.Signals = signal.SIGTERM
    user: str | None = None
    directory: Path | None = None


@contextmanager
def running(program: Program, folder: Path) -> Iterator[int]:
    """Start a program and yield its process id once it listens on its port. Its output goes to a file in `folder`."""
    log = folder / f"{program.name}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            program.command,
            env=program.environment,
            user=program.user,
            cwd=program.directory,
            stdout=file,
            stderr=file,
            start_new_session=True,  # so that Ctrl-C reaches only this process, which ends the others in order
        )
    try:
        _await(process, program, log)
        yield process.pid
    finally:
        _end(process, program.stop)


def _await(process: subprocess.Popen[bytes], program: Program, log: Path) -> None:
    latest = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < latest:
        with socket.socket() as one:
            if one.connect_ex((HOST, program.port)) == 0:
                return
        time.sleep(0.1)
    sys.exit(f"{program.name} did not start.\n{log.read_text()}")


def _end(process: subprocess.Popen[bytes], stop: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(stop)
    try:
        process.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        killpg(process.pid, signal.SIGKILL)  # it leads a process group that includes its workers
        process.wait()


@dataclass(frozen=True)
class Memory:
    """The memory of a process in megabytes: resident (RSS), and proportional (PSS), which divides shared pages."""

    rss: float
    pss: float

    def __str__(self) -> str:
        return f"{self.rss:.0f} / {self.pss:.0f} MB"


def largest_child(pid: int) -> Memory:
    """Return the memory of the largest worker of a server."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return max((_memory(child) for child in children), key=lambda memory: memory.rss)


def _memory(pid: str) -> Memory:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kilobytes = {name: int(value.split()[0]) for name, _, value in (line.partition(":") for line in lines)}
    return Memory(kilobytes["Rss"] / 1000, kilobytes["Pss"] / 1000)
