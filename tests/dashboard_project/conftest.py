"""Loading the settings, and starting a process, with an environment of the test's own."""

import runpy
import shutil
from pathlib import Path
from typing import Any

import pytest

from dashboard_project.settings import env
from tests.dashboard_project.environment import PACKAGES, PROJECT, Load


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    """Read the settings afresh, with these variables in the environment and none else of Dashboard's."""
    for name in (*env.dump(), "DATABASE_URL", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SECRET_KEY", "a secret, of some length")

    def load(**environment: str) -> dict[str, Any]:
        with pytest.MonkeyPatch.context() as patched:
            for name, value in environment.items():
                patched.setenv(name, value)
            return runpy.run_path(str(PROJECT / "dashboard_project" / "settings.py"))

    return load


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project that nobody has started yet."""
    for package in PACKAGES:
        shutil.copytree(PROJECT / package, tmp_path / package)
    shutil.copy(PROJECT / "manage.py", tmp_path)
    return tmp_path
