"""What the tests of settings share."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent.parent
PACKAGES = {path.parent.name for path in PROJECT.glob("*/__init__.py")} - {"tests", "benchmarks", "scripts"}
CHECK = ("manage.py", "check")
SETTINGS_ALONE = ("-c", "import dashboard_project.settings")  # a quarter of the time of a check
POSTGRESQL = "postgresql://somebody:password@db.example.com:5433/dashboard"

Load = Callable[..., dict[str, Any]]


def start(project: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a project, with these variables alone in its environment."""
    clean = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(
        [sys.executable, *command], cwd=project, env=clean, capture_output=True, text=True, check=False, timeout=300
    )
