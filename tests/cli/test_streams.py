"""Standard streams that are closed or cannot be written, in commands of Django as in ours, and Ctrl-C."""

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from dashboard import __version__
from dashboard_project.__main__ import main
from dashboard_project.command_line import CommandLine

FULL = "Failed: Standard output cannot be written: No space left on device. Completed work is not undone.\n"
CLOSED = "Failed: Standard output cannot be written: closed. Completed work is not undone.\n"
exhaustive = pytest.mark.exhaustive


def in_shell(line: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command, with redirections, in a folder of its own."""
    database = {"DATA_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder}/database"}
    return subprocess.run(
        ["sh", "-c", f'exec "$0" "$1" {line}', sys.executable, Path(settings.BASE_DIR) / "manage.py"],
        env=os.environ | database | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.process
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("migrate > /dev/full", FULL),
        ("help >&-", CLOSED),
        pytest.param("migrate >&-", CLOSED, marks=exhaustive),
        pytest.param("help > /dev/full", FULL, marks=exhaustive),
        pytest.param("--version > /dev/full", FULL, marks=exhaustive),
        pytest.param("--version >&-", CLOSED, marks=exhaustive),
        pytest.param("check <&- >&-", CLOSED, marks=exhaustive),
    ],
)
def test_output_that_cannot_be_written_is_one_line(line, complaint, unbuffered, tmp_path):
    ended = in_shell(line, tmp_path, PYTHONUNBUFFERED=unbuffered)
    assert (ended.returncode, ended.stderr) == (1, complaint)


@pytest.mark.process
@pytest.mark.parametrize(
    "line", ["showmigrations --plan 2>&-", pytest.param("showmigrations --plan <&- 2>&-", marks=exhaustive)]
)
def test_commands_work_without_standard_error(line, tmp_path):
    ended = in_shell(line, tmp_path)
    assert ended.returncode == 0
    assert "accounts.0001_initial" in ended.stdout


@pytest.mark.process
def test_failure_without_any_stream_has_its_status(tmp_path):
    assert in_shell("doctor --nonsense <&- >&- 2>&-", tmp_path).returncode == 2


def test_reader_who_has_left_is_not_reported(monkeypatch, capfd):
    reader, writer = os.pipe()
    os.close(reader)
    monkeypatch.setattr("sys.stdout", os.fdopen(writer, "w"))
    monkeypatch.setattr("sys.argv", ["manage.py", "help"])
    with pytest.raises(SystemExit) as ended:
        main()
    sys.stdout.close()  # as at the exit: the rest is discarded
    assert ended.value.code == 1
    assert capfd.readouterr().err == ""


def failing(monkeypatch, error):
    def execute(self):
        raise error

    monkeypatch.setattr(CommandLine, "execute", execute)
    monkeypatch.setattr("sys.argv", ["manage.py", "migrate"])


def test_interruption_is_one_line(monkeypatch, capsys):
    failing(monkeypatch, KeyboardInterrupt())
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "Interrupted.\n"


@pytest.mark.parametrize("error", [FileNotFoundError(errno.ENOENT, "No such file"), socket.gaierror(-2, "Unknown")])
def test_errors_of_files_and_sockets_are_not_taken_for_those_of_the_output(monkeypatch, error):
    failing(monkeypatch, error)
    with pytest.raises(type(error)):
        main()


def test_output_is_as_before_afterwards(monkeypatch, capsys):
    before = sys.stdout
    monkeypatch.setattr("sys.argv", ["manage.py", "--version"])
    main()
    assert sys.stdout is before
    assert capsys.readouterr().out == f"{__version__}\n"
