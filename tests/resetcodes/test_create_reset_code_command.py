"""manage.py create_reset_code: lets somebody who is locked out set a new password, by an operator."""

import io

import pytest

from events.models import Event
from resetcodes.models import ResetCode
from tests.cases import everything
from tests.client import outcome
from tests.commands import run
from tests.factories import AccountFactory

CODE = "abc123def456"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def account(db):
    return AccountFactory(username="somebody")


@pytest.fixture
def piped(monkeypatch):
    def pipe(line):
        data = io.BytesIO(line if isinstance(line, bytes) else line.encode())
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(data, encoding="utf-8", newline=""))

    return pipe


def resets(guest, secret_code):
    body = {"username": "somebody", "new-password": "another long password", "secret-code": secret_code}
    return outcome(guest.patch("user/reset-account-password", body))


def test_printed_code_resets_the_password(account, guest):
    result = run("create_reset_code", account.accountid)
    code = ResetCode.objects.get()
    first, secret_code = result.said.splitlines()
    expiry = f"until {code.expires_at:%Y-%m-%d %H:%M} UTC"
    assert result.status == 0
    assert first == f"{account.accountid}: reset code {code.codeid}, {expiry}. It is shown only once:"
    assert resets(guest, secret_code) == (200, "")


def test_code_is_told_to_scripts(account, guest):
    wire = run("create_reset_code", account.accountid, "--json").wire
    secret_code = wire.pop("secretCode")
    assert wire == ResetCode.objects.get().as_json()
    assert resets(guest, secret_code) == (200, "")


@pytest.mark.parametrize("line", [CODE, f"{CODE}\n", f"{CODE}\r\nand more\n"])
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_piped_code_is_taken_and_not_printed(line, options, account, piped, guest):
    piped(line)
    result = run("create_reset_code", account.accountid, "--ask", *options)
    assert result.status == 0
    assert CODE not in result.said
    assert resets(guest, CODE) == (200, "")


def test_typed_code_is_taken(account, guest, monkeypatch):
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("getpass.getpass", lambda prompt: CODE)
    result = run("create_reset_code", account.accountid, "--ask")
    code = ResetCode.objects.get()
    expiry = f"{code.expires_at:%Y-%m-%d %H:%M} UTC"
    assert result.said == f"{account.accountid}: reset code {code.codeid}, until {expiry}\n"
    assert resets(guest, CODE) == (200, "")


def test_it_is_written_down_without_the_code(account):
    run("create_reset_code", account.accountid)
    event = Event.objects.get()
    assert (event.action, event.accountid, event.targetid, event.actor_kind) == (
        "create-reset-code",
        account.accountid,
        ResetCode.objects.get().codeid,
        "command line",
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "Refused: {}: invalid-secret-code: The secret-code is missing."),
        (
            "ab-12-cd",
            "Refused: {}: invalid-secret-code: A secret-code can contain only the letters a-z, A-Z and digits.",
        ),
        ("a\0b", "Refused: {}: invalid-secret-code: A secret-code can contain only the letters a-z, A-Z and digits."),
        ("abc", "Refused: {}: invalid-secret-code-length: A secret-code must have 6 to 50 characters."),
        (b"\xff\xfe", "Failed: Input must be valid UTF-8 text without NUL characters."),
    ],
)
def test_code_is_refused(line, said, account, piped):
    piped(line)
    before = everything()
    result = run("create_reset_code", account.accountid, "--ask")
    assert (result.status, result.said, result.complained) == (1, "", said.format(account.accountid) + "\n")
    assert everything() == before


@pytest.mark.parametrize("interruption", [EOFError, KeyboardInterrupt])
def test_nothing_is_made_where_nothing_is_typed(interruption, account, monkeypatch):
    def typed(prompt):
        raise interruption

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("getpass.getpass", typed)
    result = run("create_reset_code", account.accountid, "--ask")
    assert (result.status, result.complained) == (1, "Failed: Nothing was created.\n")
    assert not ResetCode.objects.exists()


def test_account_is_not_found(db):
    result = run("create_reset_code", "acct_0123456789abcdef")
    assert (result.status, result.said) == (1, "")
    assert result.complained == "Refused: acct_0123456789abcdef: invalid-accountid: No account has this accountid.\n"


def test_made_code_may_be_longer_than_a_typed_one(account, guest, settings):
    settings.MAXIMUM_RESET_CODE_LENGTH = 8
    _, secret_code = run("create_reset_code", account.accountid).said.splitlines()
    assert resets(guest, secret_code) == (200, "")


def test_short_code_is_told_with_its_expiry(account, guest):
    result = run("create_reset_code", account.accountid, "--telephone")
    first, secret_code = result.said.splitlines()
    expiry = f"{ResetCode.objects.get().expires_at:%Y-%m-%d %H:%M} UTC"
    assert first.endswith(f", until {expiry}. It is shown only once:")
    assert len(secret_code) == 11
    assert resets(guest, secret_code) == (200, "")


def test_short_code_is_generated_not_asked_for(account):
    assert run("create_reset_code", account.accountid, "--telephone", "--ask").status != 0
    assert not ResetCode.objects.exists()
