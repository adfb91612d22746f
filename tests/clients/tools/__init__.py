"""The client generators, in the versions that the lock files of this folder pin, and what other lock files pin.

They are installed once into the folder of the tests' own environment, because what they need contradicts what
Dashboard's tests need.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SECONDS_TO_INSTALL = 600
SECONDS_TO_REACH = 30
NODE_MAJOR = 20


def install_python() -> Path:
    """Return the folder of the commands that the Python packages have. Skips without PyPI."""
    folder = _folder(HERE / "requirements.txt")
    with _once(folder) as is_missing:
        if is_missing:
            _reach([sys.executable, "-m", "pip", "index", "versions", "openapi-python-client"], "PyPI")
            venv.create(folder, with_pip=True, clear=True)
            _install([folder / "bin" / "pip", "install", "--quiet", "--requirement", HERE / "requirements.txt"], folder)
    return folder / "bin"


def install_node(source: Path = HERE) -> Path:
    """Return the folder that the npm packages of a lock file are installed in. Skips without Node or the registry.

    `source` is the folder of the lock file.
    """
    if shutil.which("npm") is None or _node_major() < NODE_MAJOR:
        pytest.skip(f"needs Node {NODE_MAJOR} or later, and npm")
    folder = _folder(source / "package-lock.json")
    with _once(folder) as is_missing:
        if is_missing:
            _reach(["npm", "view", "typescript", "version"], "the npm registry")
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            for name in ("package.json", "package-lock.json"):
                shutil.copy(source / name, folder)
            _install(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], folder)
    return folder


def _node_major() -> int:
    version = subprocess.run(["node", "--version"], check=True, capture_output=True, text=True).stdout
    return int(version.removeprefix("v").partition(".")[0])


def _folder(lock_file: Path) -> Path:
    digest = hashlib.sha256(lock_file.read_bytes()).hexdigest()[:12]
    return Path(sys.prefix) / "clients" / f"{lock_file.stem}-{digest}"


@contextmanager
def _once(folder: Path) -> Iterator[bool]:
    """Yield whether the folder is still to be filled, while no other process fills it."""
    complete = folder / ".complete"
    folder.parent.mkdir(exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not complete.exists()
        complete.touch()


def _reach(command: list[str], name: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=SECONDS_TO_REACH)
    except subprocess.SubprocessError:
        pytest.skip(f"needs {name}, which is out of reach")


def _install(command: list[str | Path], folder: Path) -> None:
    ended = subprocess.run(
        command, cwd=folder, env=os.environ, capture_output=True, text=True, check=False, timeout=SECONDS_TO_INSTALL
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
