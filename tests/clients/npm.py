"""The npm package of clients/typescript, and applications that use it."""

import os
import subprocess
from pathlib import Path

from django.conf import settings

from benchmarks.processes import HOST

SOURCE = Path(settings.BASE_DIR) / "clients" / "typescript"
APPLICATIONS = Path(__file__).parent / "applications"
SECONDS = 300


def succeed(*command: str | Path, folder: Path, **environment: str) -> str:
    """Run a command, and return what it printed. Fails with all of it where the command fails."""
    ended = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert ended.returncode == 0, f"{command}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


def environment_of(place: Path, port: int, dashboard: int) -> dict[str, str]:
    """Return the environment of an application that listens on `port`, in front of a server on another."""
    path = os.pathsep.join([str(place.parent / "node_modules" / ".bin"), os.environ["PATH"]])
    addresses = {"PORT": str(port), "DASHBOARD": f"http://{HOST}:{dashboard}"}
    quiet = {"NEXT_TELEMETRY_DISABLED": "1", "DENO_NO_UPDATE_CHECK": "1"}
    return os.environ | addresses | quiet | {"PATH": path}
