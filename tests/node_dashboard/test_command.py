"""manage.py import_node_dashboard: its output, questions and exit status."""

import io
import sys
from typing import Any

import pytest

from accounts.models import Account
from tests import node
from tests.commands import run

pytestmark = pytest.mark.django_db
NAME = "import_node_dashboard"
COUNTS = {
    "accounts": [12, 0, 0, 0, 0], "profiles": [12, 0, 0, 0, 0], "sessions": [24, 0, 0, 0, 0],
    "resetCodes": [6, 0, 0, 0, 0], "metrics": [5, 0, 0, 0, 0],
}  # fmt: skip


@pytest.fixture
def arguments(original: Any) -> list[str]:
    return [NAME, original.url, "--appid", original.appid]


@pytest.fixture
def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Any:
    def answer(text: str) -> None:
        stdin = io.StringIO(f"{text}\n")
        monkeypatch.setattr(stdin, "isatty", lambda: True)
        monkeypatch.setattr(sys, "stdin", stdin)

    return answer


def counts(said: str) -> dict[str, list[int]]:
    lines = [line.split() for line in said.splitlines()]
    return {words[0]: [int(word) for word in words[1:]] for words in lines if words and words[0] in COUNTS}


def test_report(arguments: list[str]) -> None:
    ended = run(*arguments, "--yes")
    assert (ended.status, ended.complained) == (0, "")
    assert ended.said.startswith("App id exampleapp of the source was imported into dashboard.\n")
    assert counts(ended.said) == COUNTS
    assert Account.objects.count() == 12


def test_report_for_scripts(arguments: list[str], original: Any) -> None:
    original.change('update accounts set "usernameHash" = null where accountid = ?', node.ACCOUNTS[4]["accountid"])
    wire = run(*arguments, "--yes", "--json").wire
    assert wire["tables"]["accounts"] == {"new": 11, "changed": 0, "unchanged": 0, "gone": 0, "skipped": 1}
    assert wire["skipped"][0] == {
        "table": "accounts", "id": node.ACCOUNTS[4]["accountid"], "reason": "usernameHash is not a SHA-512 hash in hex",
    }  # fmt: skip
    assert (wire["appid"], wire["sourceAppid"], wire["notes"]) == ("dashboard", "exampleapp", [])


def test_dry_run_changes_nothing(arguments: list[str]) -> None:
    ended = run(*arguments, "--dry-run")
    assert (ended.status, counts(ended.said)) == (0, COUNTS)
    assert ended.said.startswith("App id exampleapp of the source would be imported")
    assert run(*arguments, "--dry-run", "--json").wire["dryRun"] is True
    assert not Account.objects.exists()


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("n", 1), ("", 1)])
def test_operator_confirms_after_the_preview(
    answer: str, status: int, arguments: list[str], at_a_terminal: Any, capsys: Any
) -> None:
    at_a_terminal(answer)
    ended = run(*arguments)
    assert counts(capsys.readouterr().err) == COUNTS
    assert (ended.status, Account.objects.exists()) == (status, status == 0)
    assert "Import this into dashboard? [y/N]" in ended.complained
    assert ("Nothing was changed." in ended.complained) is (status == 1)


def test_confirmation_needs_a_terminal(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    ended = run(*arguments)
    assert (ended.status, ended.said) == (1, "")
    assert "give --yes" in ended.complained
    assert not Account.objects.exists()


def test_preview_lists_ten_rows_per_reason_and_the_report_all(
    arguments: list[str], original: Any, at_a_terminal: Any, capsys: Any
) -> None:
    original.change('update sessions set "tokenHash" = null')
    at_a_terminal("y")
    ended = run(*arguments)
    preview = capsys.readouterr().err
    assert preview.count("Skipped in sessions: sess_") == 10
    assert "Skipped in sessions: 14 more: tokenHash is not a SHA-512 hash in hex." in preview
    assert ended.said.count("Skipped in sessions: sess_") == 24


def test_notes_are_printed(arguments: list[str], original: Any) -> None:
    original.change('update accounts set "ownerSince" = null')
    said = " ".join(run(*arguments, "--yes").said.split())
    assert "Note: There is no owner. After the import, appoint one: manage.py set_owner ACCOUNTID." in said


def test_refusals_end_with_status_1(original: Any) -> None:
    ended = run(NAME, original.url, "--appid", "another", "--yes")
    assert (ended.status, ended.said) == (1, "")
    assert "The source has no account of the app id another. Its app ids: exampleapp." in ended.complained


def test_app_id_is_required(original: Any, capsys: Any) -> None:
    assert "--appid" in run(NAME, original.url).complained


def test_control_characters_of_the_source_are_replaced(arguments: list[str], original: Any) -> None:
    change = 'update "resetCodes" set codeid = ? where codeid = (select min(codeid) from "resetCodes")'
    original.change(change, "[red]\x1b[2Jcode")
    said = run(*arguments, "--dry-run").said
    assert "\x1b" not in said
    assert "Skipped in resetCodes: [red]\N{REPLACEMENT CHARACTER}[2Jcode: its id is not" in said


def test_output_has_no_secrets(arguments: list[str], original: Any) -> None:
    original.change('update sessions set duration = null, "csrfToken" = null')
    ended = run(*arguments, "--yes")
    for row in (*node.rows("accounts").values(), *node.rows("sessions").values()):
        for name in ("usernameHash", "passwordHash", "sessionKey", "tokenHash"):
            assert row.get(name, "-" * 9) not in ended.said + ended.complained
