"""The Python client: current, typed, and built and imported outside the checkout."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = [pytest.mark.process, pytest.mark.infrastructure]

PROJECT = Path(settings.BASE_DIR)
CLIENT = PROJECT / "clients/python"
VERSION = "1.0.0"
USES = """
from dashboard_client import Dashboard, Identity, Unavailable
from dashboard_client.generated.codes import DuplicateUsername
from dashboard_client.generated.models import Account


def register(username: str) -> Account | None:
    with Dashboard("http://127.0.0.1:9") as dashboard:
        try:
            return dashboard.user.create_account(username=username, password="a password")
        except (DuplicateUsername, Unavailable):
            return None


reveal_type(register("ada").accountid)
print(register("ada-example"))
"""


def run(*command: str | Path, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, check=False, timeout=600)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of both distributions, built from a copy, so that a build leaves nothing in the checkout."""
    copy = tmp_path_factory.mktemp("client") / "python"
    shutil.copytree(CLIENT, copy, ignore=shutil.ignore_patterns("__pycache__", "build", "dist", "*.egg-info"))
    ended = run(sys.executable, "-m", "build", "--no-isolation", folder=copy)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return copy / "dist"


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked into a folder of its own; its dependencies are those of the tests."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(built / f"dashboard_client-{VERSION}-py3-none-any.whl") as wheel:
        wheel.extractall(folder)
    return folder


def test_generated_files_are_current() -> None:
    ended = run(sys.executable, "-m", "scripts.python_client", "--check", folder=PROJECT)
    assert ended.returncode == 0, ended.stderr


def test_distributions_have_what_they_need(built: Path) -> None:
    with zipfile.ZipFile(built / f"dashboard_client-{VERSION}-py3-none-any.whl") as wheel:
        names = wheel.namelist()
    assert {"dashboard_client/py.typed", "dashboard_client/generated/models.py"} <= {*names}
    assert {name.partition("/")[0] for name in names} == {"dashboard_client", f"dashboard_client-{VERSION}.dist-info"}
    with tarfile.open(built / f"dashboard_client-{VERSION}.tar.gz") as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    assert {"README.md", "LICENSE", "pyproject.toml", "tests/test_client_errors.py"} <= {*names}


def test_installed_client_needs_no_framework(installed: Path) -> None:
    program = "import sys, dashboard_client; print({'flask', 'django', 'starlette'} & {*sys.modules})"
    ended = run(sys.executable, "-c", program, folder=installed, PYTHONPATH=str(installed))
    assert (ended.stdout, ended.stderr) == ("set()\n", "")


def test_types_reach_those_who_use_it(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "uses.py").write_text(USES)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path / "cache", "uses.py"]
    ended = run(*command, folder=tmp_path, MYPYPATH=str(installed))
    lines = [line.partition(": ")[2] for line in ended.stdout.splitlines()]
    assert lines[0].startswith('error: Item "None" of "Account | None" has no attribute "accountid"'), ended.stdout
    assert lines[1] == 'note: Revealed type is "str | Any"' or "str" in lines[1], ended.stdout
    assert len(lines) == 3
