"""A copy of a Node Dashboard's database that tests may change, at the time when it was recorded."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import time_machine

from dashboard.core.actor import Actor
from dashboard.core.crypto import hashing
from node_dashboard import services, source
from node_dashboard.report import Report
from tests import node

SHORTLY_AFTER = "2026-11-21T01:40:00Z"


@dataclass(frozen=True)
class Original:
    """A Node Dashboard in an SQLite file."""

    path: Path
    appid: str = node.KNOWN["appid"]

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def change(self, statement: str, *values: Any) -> None:
        """Run one SQL statement as the Node Dashboard would."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(statement, values)

    def origin(self, username: str = "") -> services.Origin:
        return services.Origin(self.url, self.appid, username)

    def import_(self, advance: Any = lambda table, rows: None) -> Report:
        return services.import_node_dashboard(self.origin(), Actor.command_line(), advance)

    def preview(self) -> Report:
        return services.preview_import(self.origin(), Actor.command_line(), lambda table, rows: None)


@pytest.fixture(scope="package")
def _engines() -> Iterator[None]:
    """Share the engine: SQLAlchemy compiles a statement once per engine."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(source, "_engine", cache(source._engine))
        yield


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("original")


@pytest.fixture
def original(folder: Path, _engines: None) -> Original:
    path = folder / "node dashboard #1.sqlite"
    shutil.copy(node.DATA / "node-dashboard.sqlite", path)
    path.chmod(0o600)
    return Original(path)


@pytest.fixture(autouse=True)
def _keys(settings: Any) -> None:
    settings.DASHBOARD_ENCRYPTION_KEY = ["our key", hashing.NO_KEY]
    settings.DASHBOARD_SESSION_KEY = ["our session key", node.KNOWN["dashboardSessionKey"]]


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(SHORTLY_AFTER, tick=False) as traveller:
        yield traveller


@pytest.fixture
def moved(original: Original, db: None) -> Original:
    """The original, after its first import."""
    original.import_()
    return original
