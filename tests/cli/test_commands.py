"""What all operators' commands have in common: exit status, JSON, questions, and the failures of a database."""

import argparse
import io
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.conf import settings
from django.core.management import call_command, get_commands, load_command_class
from django.core.management.base import OutputWrapper
from django.db import OperationalError, ProgrammingError
from rich.table import Table

from dashboard.cli.commands import Failed, OperatorCommand, Output, Result, SingleObjectCommand, duration
from dashboard.core.errors import DashboardError, ErrorCode
from tests.commands import run
from tests.factories import AccountFactory

OURS = {name: app for name, app in get_commands().items() if not app.startswith(("django.", "drf_", "unfold", "rest_"))}
OPERATORS = {
    name: command for name, app in OURS.items() if isinstance(command := load_command_class(app, name), OperatorCommand)
}
NOT_OPERATORS = {"serve", "api_reference"}


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def at_terminal(monkeypatch):
    """Somebody is there to answer; an exception is raised where it is their turn."""

    def answer(turn):
        def answered(*prompt):
            if isinstance(turn, str):
                return turn
            raise turn

        monkeypatch.setattr("sys.stdin", Terminal())
        monkeypatch.setattr("builtins.input", answered)

    return answer


def command_that(perform):
    command = OperatorCommand(stdout=io.StringIO(), stderr=io.StringIO())
    command.perform = perform
    return command


def failing_with(error):
    def perform(**options):
        raise error

    return command_that(perform)


def test_commands_are_a_family():
    assert set(OPERATORS) | NOT_OPERATORS == set(OURS)
    assert all(command.help.endswith(".") for command in OPERATORS.values())


@pytest.mark.parametrize("name", OPERATORS)
def test_json_is_an_option_of_every_command(name):
    assert "--json" in OPERATORS[name].create_parser("manage.py", name).format_help()


@pytest.mark.parametrize(
    "name", [name for name, command in OPERATORS.items() if isinstance(command, SingleObjectCommand)]
)
@pytest.mark.parametrize("arguments", [[], ["one", "two"], ["one", "--of-no-command"]])
def test_what_means_nothing_ends_with_status_2(name, arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        OPERATORS[name].run_from_argv(["manage.py", name, *arguments])
    assert ended.value.code == 2
    said, complained = capsys.readouterr()
    assert said == ""
    assert complained.startswith(f"usage: manage.py {name} ")


@pytest.mark.parametrize(
    ("error", "status", "complaint"),
    [
        (DashboardError(ErrorCode.ALREADY_OWNER), 1, "invalid-account: The account is the owner already."),
        (Failed("It is raining."), 1, "It is raining."),
        (KeyboardInterrupt(), 130, "Interrupted."),
        (
            OperationalError("connection refused\n\tIs the server running?"),
            1,
            "The database cannot be used: connection refused",
        ),
        (
            ProgrammingError('relation "x" does not exist\nLINE 1'),
            1,
            'The database is not as this release needs it; run manage.py migrate first. (relation "x" does not exist)',
        ),
        (
            OperationalError("no such table: x"),
            1,
            "The database is not as this release needs it; run manage.py migrate first. (no such table: x)",
        ),
    ],
)
def test_failure_is_one_line(error, status, complaint):
    with pytest.raises(Failed) as failed:
        failing_with(error).handle(json=False)
    assert (str(failed.value), failed.value.returncode) == (complaint, status)


@pytest.mark.parametrize(
    ("error", "status", "document"),
    [
        (
            DashboardError(ErrorCode.ALREADY_OWNER),
            1,
            '{"object":"error","message":"invalid-account","detail":"The account is the owner already."}\n',
        ),
        (Failed("It is raining."), 1, '{"object":"error","message":"failed","detail":"It is raining."}\n'),
        (KeyboardInterrupt(), 130, '{"object":"error","message":"failed","detail":"Interrupted."}\n'),
    ],
)
def test_failure_is_a_document_for_scripts(error, status, document):
    command = failing_with(error)
    with pytest.raises(SystemExit) as ended:
        command.handle(json=True)
    assert ended.value.code == status
    assert (command.stdout.getvalue(), command.stderr.getvalue()) == ("", document)


def test_nobody_is_told_where_nobody_reads_on(monkeypatch, capfd):
    reader, writer = os.pipe()
    os.close(reader)
    monkeypatch.setattr("sys.stdout", os.fdopen(writer, "w"))
    command = command_that(lambda **options: Result("done", {}))
    command.stdout = OutputWrapper(sys.stdout)
    with pytest.raises(SystemExit) as ended:
        command.run_from_argv(["manage.py", "some_command"])
    sys.stdout.close()  # as at the exit: what is left goes nowhere
    assert ended.value.code == 1
    assert capfd.readouterr().err == ""


@pytest.fixture(params=["closed", "full"])
def unwritable(request):
    """Standard output as Python has it, and what is said of it."""
    if request.param == "closed":
        yield None, "closed"
        return
    with Path("/dev/full").open("w") as full:  # closed as at the exit: what is left goes nowhere
        yield full, "No space left on device"


@pytest.mark.parametrize("outcome", ["done", Table("done")], ids=["text", "table"])
def test_output_that_cannot_be_written_is_one_line(unwritable, outcome, monkeypatch, capfd):
    output, reason = unwritable
    monkeypatch.setattr("sys.stdout", output)
    command = OperatorCommand()
    command.perform = lambda **options: Result(outcome, {})
    with pytest.raises(SystemExit) as ended:
        command.run_from_argv(["manage.py", "some_command"])
    assert ended.value.code == 1
    expected = f"Failed: Standard output cannot be written: {reason}. What was done stays done.\n"
    assert capfd.readouterr().err == expected


def test_output_that_cannot_be_written_is_a_document_for_scripts(unwritable):
    command = OperatorCommand(stderr=io.StringIO())
    command.stdout = Output(unwritable[0])
    command.perform = lambda **options: Result("done", {})
    with pytest.raises(SystemExit) as ended:
        command.handle(json=True)
    assert ended.value.code == 1
    assert json.loads(command.stderr.getvalue())["message"] == "failed"


def test_what_was_done_stays_done(unwritable, db):
    account = AccountFactory()
    command = load_command_class(OURS["set_administrator"], "set_administrator")
    command.stdout = Output(unwritable[0])
    with pytest.raises(Failed):
        call_command(command, account.accountid)
    account.refresh_from_db()
    assert account.administrator_since is not None


def test_document_that_cannot_be_written_is_one_line(unwritable, db):
    command = load_command_class(OURS["export_account"], "export_account")
    command.stdout = Output(unwritable[0])
    with pytest.raises(Failed):
        call_command(command, AccountFactory().accountid)


@pytest.mark.process
@pytest.mark.parametrize("redirected", [">&-", "> /dev/full"])
def test_process_whose_output_cannot_be_written_has_no_traceback(redirected):
    process = subprocess.run(
        ["sh", "-c", f'exec "$0" "$1" doctor {redirected}', sys.executable, Path(settings.BASE_DIR) / "manage.py"],
        env=os.environ | {"DATABASE_URL": "postgresql://somebody@127.0.0.1:9/none"},
        stderr=subprocess.PIPE,
        text=True,
        timeout=30,
        check=False,
    )
    assert process.returncode == 1
    assert process.stderr.startswith("Failed: Standard output cannot be written: ")
    assert process.stderr.count("\n") == 1


def test_interruption_while_it_prints_is_no_fault(monkeypatch):
    command = command_that(lambda **options: Result("done", {}))
    monkeypatch.setattr(command, "_print", Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(SystemExit) as ended:
        command.run_from_argv(["manage.py", "some_command"])
    assert ended.value.code == 130


def test_fault_of_the_code_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        failing_with(ZeroDivisionError()).handle(json=False)


def test_result_is_one_document_for_scripts():
    command = command_that(lambda **options: Result("done", {"done": 1}))
    command.handle(json=True)
    assert (command.stdout.getvalue(), command.stderr.getvalue()) == ('{"done":1}\n', "")


@pytest.mark.parametrize("answer", ["y", "Y", "yes", " YES "])
def test_yes_goes_on(answer, at_terminal):
    at_terminal(answer)
    command = command_that(None)
    command.confirm("End 3 sessions?", yes=False)
    assert (command.stdout.getvalue(), command.stderr.getvalue()) == ("", "End 3 sessions? [y/N] ")


@pytest.mark.parametrize("answer", ["", "n", "no", "yeah", EOFError, KeyboardInterrupt])
def test_anything_but_yes_changes_nothing(answer, at_terminal):
    at_terminal(answer)
    with pytest.raises(Failed, match=r"^Nothing was changed\.$"):
        command_that(None).confirm("End 3 sessions?", yes=False)


def test_nobody_is_asked_where_nobody_is(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    with pytest.raises(Failed, match=r"^End 3 sessions\? Nobody is at a terminal to answer: give --yes\.$"):
        command_that(None).confirm("End 3 sessions?", yes=False)
    command_that(None).confirm("End 3 sessions?", yes=True)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("45m", timedelta(minutes=45)),
        ("12h", timedelta(hours=12)),
        ("30d", timedelta(days=30)),
        ("8w", timedelta(weeks=8)),
        ("99999w", timedelta(weeks=99_999)),
    ],
)
def test_duration(given, expected):
    assert duration(given) == expected


@pytest.mark.parametrize("given", ["", "30", "d", "0d", "-1d", "1.5h", "30D", "30 d", "30d ", "100000d", "1d12h", "१d"])
def test_no_duration(given):
    with pytest.raises(argparse.ArgumentTypeError, match="is not a time such as 45m, 12h, 30d or 8w"):
        duration(given)


def test_dry_run_changes_nothing_and_says_so(db):
    account = AccountFactory()
    ended = run("set_administrator", account.accountid, "--dry-run")
    assert (ended.status, ended.said) == (
        0,
        f"{account.accountid}: administrator (dry run: nothing was changed)\n",
    )
    account.refresh_from_db()
    assert account.administrator_since is None


def test_dry_run_tells_scripts(db):
    account = AccountFactory()
    wire = run("set_administrator", account.accountid, "--dry-run", "--json").wire
    assert (wire["dryRun"], wire["administrator"]) == (True, True)


def test_dry_run_refuses_what_would_be_refused(db):
    account = AccountFactory(administrator=True)
    ended = run("set_administrator", account.accountid, "--dry-run")
    assert (ended.status, ended.said) == (1, "")


@pytest.mark.process
def test_database_that_is_not_there_is_one_line():
    environment = os.environ | {"DATABASE_URL": "postgresql://somebody@127.0.0.1:9/none"}
    process = subprocess.run(
        [sys.executable, Path(settings.BASE_DIR) / "manage.py", "set_owner", "acct_0123456789abcdef"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (process.returncode, process.stdout) == (1, "")
    assert process.stderr.startswith("Failed: The database cannot be used: ")
    assert process.stderr.count("\n") == 1
