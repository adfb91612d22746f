"""What is released: the source distribution and the wheel, built, installed and run outside the checkout."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings

from dashboard import __version__

pytestmark = [pytest.mark.process, pytest.mark.infrastructure]

PROJECT = Path(settings.BASE_DIR)
PACKAGES = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
NOT_COPIED = (".[!e]*", "__pycache__", "build", "data", "dist", "node_modules", "*.egg-info")
SECRETS = (
    "data/secret_key",
    ".env",
    "deploy/secrets/secret_key",
    "deploy/certificates/dashboard.key",
)  # what lies in a checkout that is in use
TEMPLATES = ("admin_site/home.html", "unfold/helpers/search.html", "dashboard/explorer.html")
STATIC_FILES = ("admin_site/site.css", "admin_site/charts.js")
FIND = f"""
import django, json
django.setup()
from django.contrib.staticfiles import finders
from django.template.loader import get_template
templates = [get_template(name).origin.name for name in {TEMPLATES}]
print(json.dumps(templates + [finders.find(name) for name in {STATIC_FILES}]))
"""


@dataclass(frozen=True)
class Installed:
    """A wheel that was unpacked into a folder of its own; its dependencies are those of the tests."""

    packages: Path
    data: Path

    def run(self, *command: str | Path) -> str:
        """Run a command in a folder without a checkout; return what it printed, or fail with what it complained."""
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(self.packages),
            "DATA_DIR": str(self.data),
            "DJANGO_SETTINGS_MODULE": "dashboard_project.settings",
        }
        ended = subprocess.run(
            command, cwd=self.packages.parent, env=environment, capture_output=True, text=True, check=False, timeout=600
        )
        assert (ended.returncode, ended.stderr) == (0, "")
        return ended.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of both distributions, built from a copy, so that a build leaves nothing in the checkout."""
    copy = tmp_path_factory.mktemp("project") / "dashboard"
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns(*NOT_COPIED))
    for secret in SECRETS:
        (copy / secret).parent.mkdir(exist_ok=True)
        (copy / secret).touch()
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation"], cwd=copy, capture_output=True, check=True, timeout=600
    )
    return copy / "dist"


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--disable-pip-version-check"]
    wheel = built / f"dashboard-{__version__}-py3-none-any.whl"
    subprocess.run([*pip, "--target", folder / "packages", wheel], capture_output=True, check=True, timeout=600)
    return Installed(folder / "packages", folder / "data")


def sources() -> set[str]:
    """Every file of the packages that an installed Dashboard needs."""
    files = (file for package in PACKAGES for file in (PROJECT / package).rglob("*") if file.is_file())
    return {str(file.relative_to(PROJECT)) for file in files if file.suffix not in {".pyc", ".md"}}


def test_wheel_has_the_packages_and_nothing_else(built: Path) -> None:
    with zipfile.ZipFile(built / f"dashboard-{__version__}-py3-none-any.whl") as wheel:
        names = {name for name in wheel.namelist() if not name.startswith(f"dashboard-{__version__}.dist-info/")}
    assert names == sources()


def test_source_distribution_has_the_tests_and_no_secrets(built: Path) -> None:
    root = f"dashboard-{__version__}"
    with tarfile.open(built / f"{root}.tar.gz") as archive:
        names = {name.removeprefix(f"{root}/") for name in archive.getnames()}
    assert names >= sources() | {
        ".env.example",
        "CHANGELOG.md",
        "LICENSE",
        "Makefile",
        "SECURITY.md",
        "manage.py",
        "pyproject.toml",
    }
    assert names >= {".env.example", "requirements-dev.txt", "docs/api.md", "scripts/release.py", "tests/settings.py"}
    assert not names & set(SECRETS)
    assert not any(name.endswith(".pyc") for name in names)


def test_installed_dashboard_runs_outside_the_checkout(installed: Installed) -> None:
    dashboard = [sys.executable, "-m", "dashboard_project"]
    assert installed.run(*dashboard, "--version") == f"{__version__}\n"
    assert installed.run(installed.packages / "bin" / "dashboard", "version") == f"{__version__}\n"
    assert "no issues" in installed.run(*dashboard, "check")
    assert "Applying accounts.0001_initial... OK" in installed.run(*dashboard, "migrate")
    assert {file.name for file in installed.data.iterdir()} >= {"dashboard.sqlite3", "secret_key"}


def test_installed_templates_and_static_files_are_found(installed: Installed) -> None:
    found = json.loads(installed.run(sys.executable, "-c", FIND))
    assert len(found) == len(TEMPLATES) + len(STATIC_FILES)
    assert all(Path(path).is_relative_to(installed.packages) for path in found)
