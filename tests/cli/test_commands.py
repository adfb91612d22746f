"""Behaviour that all operators' commands share: exit status, JSON, questions, and database failures."""

import argparse
import io
import json
import os
import re
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
from rich.console import Group
from rich.table import Table

from dashboard.cli.arguments import duration
from dashboard.cli.commands import OperatorCommand, Result, SingleObjectCommand
from dashboard.cli.errors import Failed
from dashboard.cli.output import Output
from dashboard.cli.prompts import NOT_TEXT
from dashboard.core.errors import DashboardError, ErrorCode
from tests.commands import run
from tests.factories import AccountFactory

OURS = {name: app for name, app in get_commands().items() if not app.startswith(("django.", "drf_", "unfold", "rest_"))}
OPERATORS = {
    name: command for name, app in OURS.items() if isinstance(command := load_command_class(app, name), OperatorCommand)
}
NOT_OPERATORS = {"serve", "api_reference", "migrate"}
NOT_MIGRATED = "The database schema is not that of this release; run manage.py migrate first."


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def at_terminal(monkeypatch):
    """Answer at the terminal, or raise the exception instead of answering."""

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


def test_all_commands_are_operator_commands():
    assert set(OPERATORS) | NOT_OPERATORS == set(OURS)
    assert all(command.help.endswith(".") for command in OPERATORS.values())


@pytest.mark.parametrize("name", OPERATORS)
def test_every_command_is_documented(name):
    page = (Path(settings.BASE_DIR) / "docs" / "operations.md").read_text()
    assert re.search(rf"\b{name}\b", page), f"docs/operations.md does not mention {name}."


@pytest.mark.parametrize("name", OPERATORS)
def test_json_is_an_option_of_every_command(name):
    assert "--json" in OPERATORS[name].create_parser("manage.py", name).format_help()


@pytest.mark.parametrize(
    "name", [name for name, command in OPERATORS.items() if isinstance(command, SingleObjectCommand)]
)
@pytest.mark.parametrize("arguments", [[], ["one"] * 9, ["one", "--of-no-command"]])
def test_invalid_arguments_end_with_status_2(name, arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        OPERATORS[name].run_from_argv(["manage.py", name, *arguments])
    assert ended.value.code == 2
    said, complained = capsys.readouterr()
    assert said == ""
    assert complained.startswith(f"usage: manage.py {name} ")


@pytest.mark.parametrize(
    ("error", "status", "complaint"),
    [
        (DashboardError(ErrorCode.ALREADY_OWNER), 1, "invalid-account: The account is already the owner."),
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
            f'{NOT_MIGRATED} (relation "x" does not exist)',
        ),
        (
            OperationalError("no such table: x"),
            1,
            f"{NOT_MIGRATED} (no such table: x)",
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
            '{"object":"error","message":"invalid-account","detail":"The account is already the owner."}\n',
        ),
        (Failed("It is raining."), 1, '{"object":"error","message":"failed","detail":"It is raining."}\n'),
        (KeyboardInterrupt(), 130, '{"object":"error","message":"failed","detail":"Interrupted."}\n'),
    ],
)
def test_failure_is_one_json_document(error, status, document):
    command = failing_with(error)
    with pytest.raises(SystemExit) as ended:
        command.handle(json=True)
    assert ended.value.code == status
    assert (command.stdout.getvalue(), command.stderr.getvalue()) == ("", document)


@pytest.mark.parametrize("letter", ["\udcff", "\0"])  # Python's representation of the byte FF in an argument, and NUL
@pytest.mark.parametrize(
    "arguments",
    [
        ("list_dead_letters", "--webhook", "{}"),
        ("delete_feed_reader", "{}"),
        ("delete_feed_reader", "billing", "--of", "{}"),
        ("import_node_dashboard", "postgresql://user:{}@127.0.0.1:1/node", "--appid", "exampleapp", "--dry-run"),
        ("import_node_dashboard", "sqlite:////srv/copy.sqlite", "--appid", "{}", "--dry-run"),
        ("import_node_dashboard", "sqlite:////srv/copy.sqlite", "--appid", "x", "--username", "{}", "--dry-run"),
        ("prove_revocation", "--app", "http://127.0.0.1:1/{}"),
        ("prove_revocation", "--app", "http://127.0.0.1:1/", "--cookie-names", "sessionid", "{}"),
    ],
)
def test_argument_that_is_no_text_is_refused(arguments, letter, db):
    result = run(*(it.format(letter) for it in arguments))
    assert (result.status, result.said, result.complained) == (1, "", f"Failed: {NOT_TEXT}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("delete_feed_reader", "billing", "--of", ""),
        ("end_sessions", "--account", "", "--older-than", "1h", "--yes"),
        ("export_list", "accounts", "--search", ""),
        ("export_list", "accounts", "--state", ""),
        ("list_dead_letters", "--webhook", ""),
    ],
    ids=lambda arguments: f"{arguments[0]} {arguments[arguments.index('') - 1]}",
)
def test_empty_value_does_not_select_everything(arguments, capsys):
    name, *rest = arguments
    with pytest.raises(SystemExit) as ended:
        OPERATORS[name].run_from_argv(["manage.py", name, *rest])
    assert ended.value.code == 2
    assert "an empty value selects nothing; leave the option out" in capsys.readouterr().err


def test_options_that_select_refuse_an_empty_value():
    empty = {
        (name, action.option_strings[-1])
        for name, command in OPERATORS.items()
        for action in command.create_parser("manage.py", name)._actions
        if action.option_strings and action.default == ""
    }
    assert empty == {("import_node_dashboard", "--username")}  # which stands for none


def test_closed_pipe_is_not_reported(monkeypatch, capfd):
    reader, writer = os.pipe()
    os.close(reader)
    monkeypatch.setattr("sys.stdout", os.fdopen(writer, "w"))
    command = command_that(lambda **options: Result("done", {}))
    command.stdout = OutputWrapper(sys.stdout)
    with pytest.raises(SystemExit) as ended:
        command.run_from_argv(["manage.py", "some_command"])
    sys.stdout.close()  # as at the exit: the rest is discarded
    assert ended.value.code == 1
    assert capfd.readouterr().err == ""


@pytest.fixture(params=["closed", "full"])
def unwritable(request):
    """Standard output that cannot be written, and the reason that is printed."""
    if request.param == "closed":
        yield None, "closed"
        return
    with Path("/dev/full").open("w") as full:  # closed as at the exit: the rest is discarded
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
    expected = f"Failed: Standard output cannot be written: {reason}. Completed work is not undone.\n"
    assert capfd.readouterr().err == expected


def test_output_that_cannot_be_written_is_one_json_document(unwritable):
    command = OperatorCommand(stderr=io.StringIO())
    command.stdout = Output(unwritable[0])
    command.perform = lambda **options: Result("done", {})
    with pytest.raises(SystemExit) as ended:
        command.handle(json=True)
    assert ended.value.code == 1
    assert json.loads(command.stderr.getvalue())["message"] == "failed"


def test_completed_work_is_kept_if_the_output_fails(unwritable, db):
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
@pytest.mark.parametrize("redirected", ["> /dev/full", pytest.param(">&-", marks=pytest.mark.exhaustive)])
def test_process_whose_output_cannot_be_written_has_no_traceback(redirected):
    process = subprocess.run(
        ["sh", "-c", f'exec "$0" "$1" doctor {redirected}', sys.executable, Path(settings.BASE_DIR) / "manage.py"],
        env=os.environ | {"DATABASE_URL": "postgresql://somebody@127.0.0.1:9/none"},
        stderr=subprocess.PIPE,
        text=True,
        timeout=300,
        check=False,
    )
    assert process.returncode == 1
    assert process.stderr.startswith("Failed: Standard output cannot be written: ")
    assert process.stderr.count("\n") == 1


def test_interruption_while_printing(monkeypatch):
    command = command_that(lambda **options: Result("done", {}))
    monkeypatch.setattr(command, "_print", Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(SystemExit) as ended:
        command.run_from_argv(["manage.py", "some_command"])
    assert ended.value.code == 130


def test_programming_error_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        failing_with(ZeroDivisionError()).handle(json=False)


def test_strings_of_a_result_are_no_markup():
    text = "[/x] [red]red[/red] :smile:"
    table = Table("heading", box=None)
    table.add_row(text)
    command = command_that(lambda **options: Result(Group(text, table), {}))
    call_command(command)
    assert command.stdout._out.getvalue().count(text) == 2


def test_result_is_one_json_document():
    command = command_that(lambda **options: Result("done", {"done": 1}))
    command.handle(json=True)
    assert (command.stdout.getvalue(), command.stderr.getvalue()) == ('{"done":1}\n', "")


@pytest.mark.parametrize("answer", ["y", "Y", "yes", " YES "])
def test_yes_continues(answer, at_terminal):
    at_terminal(answer)
    command = command_that(None)
    command.confirm("End 3 sessions?", yes=False)
    assert (command.stdout.getvalue(), command.stderr.getvalue()) == ("", "End 3 sessions? [y/N] ")


@pytest.mark.parametrize("answer", ["", "n", "no", "yeah", EOFError, KeyboardInterrupt])
def test_anything_but_yes_changes_nothing(answer, at_terminal):
    at_terminal(answer)
    with pytest.raises(Failed, match=r"^Nothing was changed\.$"):
        command_that(None).confirm("End 3 sessions?", yes=False)


@pytest.mark.parametrize("given", [io.StringIO("y\n"), None], ids=["piped", "closed"])
def test_confirmation_needs_a_terminal(given, monkeypatch):
    monkeypatch.setattr("sys.stdin", given)
    with pytest.raises(Failed, match=r"^End 3 sessions\? There is no terminal to answer at: give --yes\.$"):
        command_that(None).confirm("End 3 sessions?", yes=False)
    command_that(None).confirm("End 3 sessions?", yes=True)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["create_account"], "Failed: Nothing was created.\n"),
        (["create_account", "--username", "somebody"], "Refused: invalid-password: The password is missing.\n"),
    ],
)
def test_closed_input_is_an_empty_one(arguments, complaint, monkeypatch, db):
    monkeypatch.setattr("sys.stdin", None)
    result = run(*arguments)
    assert (result.status, result.said, result.complained) == (1, "", complaint)


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
def test_invalid_duration(given):
    with pytest.raises(argparse.ArgumentTypeError, match="is not a time such as 45m, 12h, 30d or 8w"):
        duration(given)


def test_dry_run_changes_nothing(db):
    account = AccountFactory()
    ended = run("set_administrator", account.accountid, "--dry-run")
    assert (ended.status, ended.said) == (
        0,
        f"{account.accountid}: administrator (dry run: nothing was changed)\n",
    )
    account.refresh_from_db()
    assert account.administrator_since is None


class Rename(SingleObjectCommand):
    """A command with an argument of its own."""

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("name")

    def change(self, given, actor, *, name, **options):
        return Result(f"{given}: {name}, by {actor.kind}", {})


def test_argument_of_a_command_reaches_its_change(db):
    said = io.StringIO()
    call_command(Rename(stdout=said), "acct_0123456789abcdef", "Ada")
    call_command(Rename(stdout=said), "acct_0123456789abcdef", "Ada", "--dry-run")
    done = "acct_0123456789abcdef: Ada, by command line"
    assert said.getvalue() == f"{done}\n{done} (dry run: nothing was changed)\n"


def test_dry_run_json(db):
    account = AccountFactory()
    wire = run("set_administrator", account.accountid, "--dry-run", "--json").wire
    assert (wire["dryRun"], wire["administrator"]) == (True, True)


def test_dry_run_refuses_what_would_be_refused(db):
    account = AccountFactory(administrator=True)
    ended = run("set_administrator", account.accountid, "--dry-run")
    assert (ended.status, ended.said) == (1, "")


@pytest.mark.process
def test_unreachable_database_is_one_line():
    environment = os.environ | {"DATABASE_URL": "postgresql://somebody@127.0.0.1:9/none"}
    process = subprocess.run(
        [sys.executable, Path(settings.BASE_DIR) / "manage.py", "set_owner", "acct_0123456789abcdef"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (process.returncode, process.stdout) == (1, "")
    assert process.stderr.startswith("Failed: The database cannot be used: ")
    assert process.stderr.count("\n") == 1
