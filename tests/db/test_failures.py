"""What people read about a database that cannot be used, from the first command that they run."""

import gc
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import ConnectionHandler, connection

from dashboard.db.failures import explain
from tests.outages import PASSWORD, connected, failure, refused_connection

pytestmark = pytest.mark.django_db

COMMANDS = [
    pytest.param(["migrate", "--verbosity", "0"], id="migrate"),
    pytest.param(["showmigrations"], id="showmigrations", marks=pytest.mark.exhaustive),
    pytest.param(["show_account", "acct_0123456789abcdef"], id="show_account", marks=pytest.mark.exhaustive),
]

SQLITE_CASES = [
    ("nowhere/db.sqlite3", "Create its folder, or correct DATABASE_URL or DATA_DIR."),
    ("folder", "It is a folder: name a file in DATABASE_URL."),
    ("text", "Name an SQLite file in DATABASE_URL, or a new one."),
]


def manage(url: str, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": "", "SECRET_KEY": "a secret", "DATABASE_URL": url}
    return subprocess.run(
        [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), *command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.process
@pytest.mark.parametrize("command", COMMANDS)
def test_command_ends_with_one_line(tmp_path: Path, command: list[str]) -> None:
    """Django's commands, too."""
    path = tmp_path / "nowhere" / "db.sqlite3"
    ended = manage(f"sqlite:///{path}", *command)
    assert (ended.returncode, ended.stdout) == (1, "")
    reason, remedy = f"{path} cannot be opened", "Create its folder, or correct DATABASE_URL or DATA_DIR."
    assert ended.stderr == f"Failed: The database cannot be used: {reason}. {remedy}\n"


@pytest.mark.process
def test_traceback_is_shown_on_request(tmp_path: Path) -> None:
    ended = manage(f"sqlite:///{tmp_path}/nowhere/db.sqlite3", "migrate", "--traceback")
    assert ended.returncode == 1
    assert "Traceback" in ended.stderr


@pytest.mark.process
def test_nobody_listens() -> None:
    ended = manage(f"postgresql://somebody:{PASSWORD}@127.0.0.1:1/dashboard", "migrate")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert ended.stderr.endswith(
        "Connection refused. Start the server, or correct the host and the port in DATABASE_URL.\n"
    )
    assert PASSWORD not in ended.stderr


# Django does not close a connection whose first statement fails. Since Python 3.13, the garbage collector warns of it.
@pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")
@pytest.mark.parametrize(("name", "remedy"), SQLITE_CASES)
def test_sqlite_file_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, remedy: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("A text that is as long as the header of a database, and then some more. " * 20)
    monkeypatch.setitem(connection.settings_dict, "NAME", str(tmp_path / name))
    explanation = explain(failure(connected(f"sqlite:///{tmp_path / name}")))
    assert explanation is not None
    assert explanation.remedy == remedy
    assert str(tmp_path / name) in explanation.reason
    gc.collect()  # while the warning is ignored


def test_sqlite_file_that_cannot_be_written(tmp_path: Path) -> None:
    error = failure(connected(f"sqlite:///{tmp_path}/db.sqlite3"), "PRAGMA query_only = true", "CREATE TABLE x (y)")
    explanation = explain(error)
    assert explanation is not None
    assert explanation.reason.endswith("attempt to write a readonly database")
    assert explanation.remedy.startswith("Give this user the right to write the file and its folder")


@pytest.mark.parametrize("option", ["nonsense=1", "connect_timeout=soon"])
def test_option_that_does_not_exist(option: str) -> None:
    explanation = explain(failure(connected(f"postgresql://somebody@127.0.0.1:1/dashboard?{option}")))
    assert explanation is not None
    assert explanation.remedy == "Correct the options in DATABASE_URL."


def test_host_that_does_not_exist() -> None:
    explanation = explain(failure(connected("postgresql://somebody@nowhere.invalid/dashboard")))
    assert explanation is not None
    assert explanation.remedy.startswith("Correct the host in DATABASE_URL. In a password,")


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("setting", "value", "remedy"),
    [
        ("NAME", "there_is_no_such_database", "Create it with createdb, or correct its name in DATABASE_URL."),
        ("USER", "there_is_no_such_user", "Correct the user and the password in DATABASE_URL, where characters"),
        ("PORT", "1", "Start the server, or correct the host and the port in DATABASE_URL."),
    ],
)
def test_postgresql_server_that_refuses(setting: str, value: str, remedy: str) -> None:
    another = ConnectionHandler({"default": {**connection.settings_dict, setting: value}})["default"]
    explanation = explain(failure(another))
    assert explanation is not None
    assert explanation.remedy.startswith(remedy)
    assert "\n" not in str(explanation)


def test_statements_that_fail_are_not_explained(tmp_path: Path) -> None:
    database: Any = connected(f"sqlite:///{tmp_path}/db.sqlite3?timeout=0")
    assert explain(failure(database, "SELECT * FROM nothing")) is None
    other = sqlite3.connect(tmp_path / "db.sqlite3")
    other.execute("BEGIN IMMEDIATE")
    assert explain(failure(database, "CREATE TABLE x (y)")) is None
    other.close()
    database.close()


def test_explanation_has_no_password() -> None:
    assert PASSWORD not in str(explain(refused_connection()))
