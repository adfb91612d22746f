"""A small file system that can be kept full."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

from throwaway.programs import AS_POSTGRES, SECONDS, MissingProgramError, program

BLOCK = bytes(4_096)


@contextmanager
def small_disk(size: str) -> Iterator[Path]:
    """Mount a file system in memory, with a size such as 8m, to which PostgreSQL may write.

    Raises MissingProgramError without the right to mount one.
    """
    with TemporaryDirectory(prefix="dashboard-disk-") as name:
        place = Path(name)
        place.chmod(0o755)
        disk = place / "disk"
        disk.mkdir()
        mount, unmount = program("mount"), program("umount")
        owner = f"uid={AS_POSTGRES['user']}," if AS_POSTGRES else ""
        command = [mount, "-t", "tmpfs", "-o", f"{owner}mode=700,size={size}", "dashboard-disk", str(disk)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            raise MissingProgramError("needs the right to mount a file system")
        try:
            yield disk
        finally:
            subprocess.run([unmount, str(disk)], check=True)


@contextmanager
def kept_full(disk: Path) -> Iterator[None]:
    """Keep a disk full until the end of the block, so that writes fail with ENOSPC. Freed space is taken, too."""
    filler, is_full, is_over = disk / "filler", Event(), Event()

    def fill() -> None:
        with filler.open("wb", buffering=0) as file:
            while not is_over.is_set():
                try:
                    file.write(BLOCK)
                except OSError:
                    is_full.set()
                    is_over.wait(0.01)

    thread = Thread(target=fill)
    thread.start()
    try:
        if not is_full.wait(SECONDS):
            raise TimeoutError("The disk does not become full.")
        yield
    finally:
        is_over.set()
        thread.join()
        with suppress(FileNotFoundError):
            filler.unlink()
