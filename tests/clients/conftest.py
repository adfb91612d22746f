"""The packages of this repository, as their users get them."""

import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.npm import APPLICATIONS, SOURCE, succeed
from tests.clients.tools import install_node


@pytest.fixture(scope="session")
def npm_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of clients/typescript, with what it takes to build it."""
    folder = tmp_path_factory.mktemp("package") / "typescript"
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("node_modules", "dist", "build"))
    (folder / "node_modules").symlink_to(install_node(SOURCE) / "node_modules")
    return folder


@pytest.fixture(scope="session")
def tarball(npm_source: Path) -> Path:
    return npm_source / succeed("npm", "pack", "--silent", folder=npm_source).splitlines()[-1]


@pytest.fixture(scope="session")
def place(tarball: Path) -> Iterator[Path]:
    """Return a folder with the applications, in which the package is installed as it was packed."""
    installed = install_node(APPLICATIONS)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=installed))  # Node looks for packages in the folders above, too
    try:
        ignored = shutil.ignore_patterns("package*.json", "node_modules")
        shutil.copytree(APPLICATIONS, folder, dirs_exist_ok=True, ignore=ignored)
        with tarfile.open(tarball) as archive:
            archive.extractall(folder / "node_modules", filter="data")
        (folder / "node_modules" / "package").rename(folder / "node_modules" / "dashboard-client")
        yield folder
    finally:
        shutil.rmtree(folder)
