"""Install the peers' packages into separate folders in the user's cache."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
REQUIREMENTS, NODE = HERE / "requirements.txt", HERE / "node"
MINUTES = 10


class UnavailableError(Exception):
    """A peer cannot be measured here; the text says why."""


def python() -> str:
    """Return the interpreter of an environment with the pinned packages. Raises UnavailableError."""
    folder = _cached("python", REQUIREMENTS.read_bytes() + sys.version.encode(), _install_python)
    return str(folder / "bin" / "python")


def node() -> Path:
    """Return a folder with the programs for Node and their packages. Raises UnavailableError."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise UnavailableError("Node and npm are not installed")
    content = b"".join(path.read_bytes() for path in sorted(NODE.glob("*.*s*")))
    return _cached("node", content, _install_node)


def _cached(name: str, content: bytes, install: Callable[[Path], None]) -> Path:
    """Return the folder for this content. Install into it unless an earlier installation was completed."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dashboard-peers"
    folder = cache / f"{name}-{hashlib.sha256(content).hexdigest()[:16]}"
    complete = folder / "complete"
    if not complete.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        install(folder)
        complete.touch()
    return folder


def _install_python(folder: Path) -> None:
    _run([sys.executable, "-m", "venv", str(folder)], folder)
    _run([str(folder / "bin" / "pip"), "install", "--quiet", "-r", str(REQUIREMENTS)], folder)


def _install_node(folder: Path) -> None:
    shutil.copytree(NODE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
    _run(["npm", "ci", "--omit=peer", "--no-audit", "--no-fund", "--ignore-scripts"], folder)


def _run(command: list[str], folder: Path) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=60 * MINUTES)
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise UnavailableError(f"its packages cannot be installed: {reason}") from error
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(f"its packages were not installed within {MINUTES} minutes") from error
