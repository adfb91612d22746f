"""manage.py create_account: an account, by an operator."""

import io
import json
import sys

import pytest
from django.core.management import CommandError, call_command

from accounts.management.commands.create_account import Command as CreateAccount
from accounts.models import Account, Profile
from events.models import Event
from tests.client import outcome
from tests.factories import PASSWORD, AccountFactory

COLUMNS = ("action", "accountid", "targetid", "actor_kind", "actor_accountid", "ip_address", "user_agent")


def run(*arguments):
    """What the command says."""
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def roles(account):
    account = Account._base_manager.get(pk=account.pk)
    names = {"owner": account.owner_since, "administrator": account.administrator_since}
    return [name for name, since in names.items() if since]


@pytest.fixture
def typed(monkeypatch):
    """Make what somebody types at the prompts; an exception is raised where it is their turn."""

    def type_in(*answers):
        turns = iter(answers)

        def answer(prompt=None):
            prompts.append(prompt)
            turn = next(turns)
            if isinstance(turn, str):
                return turn
            raise turn

        monkeypatch.setattr("builtins.input", answer)
        monkeypatch.setattr("getpass.getpass", answer)

    prompts = []
    type_in.prompts = prompts
    return type_in


@pytest.fixture
def piped(monkeypatch):
    def pipe(line):
        data = line if isinstance(line, bytes) else line.encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline=""))

    return pipe


def test_account_is_made_of_what_is_typed(typed, guest):
    AccountFactory()
    typed("somebody", PASSWORD, PASSWORD)
    said = run("create_account")
    assert typed.prompts == [None, "Password: ", "Password again: "]
    answer = guest.post("user/create-session", {"username": "somebody", "password": PASSWORD}).json()
    assert said == f"{answer['accountid']}: created\n"
    assert roles(Account.objects.get(pk=answer["accountid"])) == []


def test_name_is_asked_for_on_standard_error_for_the_output_is_the_result_s(typed, db, capsys):
    typed("somebody", PASSWORD, PASSWORD)
    call_command("create_account", "--json")
    said, complained = capsys.readouterr()
    assert json.loads(said)["object"] == "account"
    assert complained == "Username: "


@pytest.mark.parametrize("line", [PASSWORD, f"{PASSWORD}\n", f"{PASSWORD}\r\n", f"{PASSWORD}\nand more\n"])
def test_password_comes_on_standard_input_where_the_name_is_given(line, piped, guest):
    piped(line)
    run("create_account", "--username", "somebody")
    assert outcome(guest.post("user/create-session", {"username": "somebody", "password": PASSWORD})) == (200, "")


def test_spaces_of_a_piped_password_count(piped, guest):
    piped("  spaces around  \n")
    run("create_account", "--username", "somebody")
    body = {"username": "somebody", "password": "  spaces around  "}
    assert outcome(guest.post("user/create-session", body)) == (200, "")


def test_first_account_is_the_owners(piped, db):
    piped(PASSWORD)
    said = run("create_account", "--username", "somebody")
    account = Account.objects.get()
    assert said == f"{account.accountid}: created, owner\n"
    assert roles(account) == ["owner", "administrator"]


def test_new_owner_takes_the_place_of_the_old_one(piped, db):
    old = AccountFactory(owner=True)
    piped(PASSWORD)
    said = run("create_account", "--username", "somebody", "--owner")
    account = Account.objects.exclude(pk=old.pk).get()
    assert said == f"{account.accountid}: created, owner\n"
    assert (roles(account), roles(old)) == (["owner", "administrator"], ["administrator"])


@pytest.mark.parametrize("others", [0, 1])
def test_operators_are_bound_neither_by_disabled_registration_nor_by_required_profiles(others, piped, settings, db):
    settings.DISABLE_REGISTRATION = settings.REQUIRE_PROFILE = True
    AccountFactory.create_batch(others)
    piped(PASSWORD)
    run("create_account", "--username", "somebody")
    assert (Account.objects.count(), Profile.objects.count()) == (others + 1, 0)


@pytest.mark.parametrize(
    ("username", "line", "said"),
    [
        ("", PASSWORD, "invalid-username: The username is missing."),
        ("short", PASSWORD, "invalid-username-length: A username must have 6 to 50 characters."),
        ("somebody", "", "invalid-password: The password is missing."),
        ("somebody", "\n", "invalid-password: The password is missing."),
        ("somebody", "short\n", "invalid-password-length: A password must have 8 to 128 characters."),
        ("taken-name", PASSWORD, "duplicate-username: The username is already taken."),
        ("some\0body", PASSWORD, "Input must be valid UTF-8 text without NUL characters."),
        ("some\udcffbody", PASSWORD, "Input must be valid UTF-8 text without NUL characters."),
        ("somebody", "a nul \0 in it\n", "Input must be valid UTF-8 text without NUL characters."),
        ("somebody", b"\xff\xfe of no encoding\n", "Input must be valid UTF-8 text without NUL characters."),
    ],
)
@pytest.mark.parametrize("option", [[], ["--owner"]], ids=["plain", "owner"])
@pytest.mark.usefixtures("db")
def test_account_is_refused(option, username, line, said, piped):
    taken = AccountFactory(username="taken-name", owner=True)
    piped(line)
    with pytest.raises(CommandError) as refused:
        run("create_account", "--username", username, *option)
    assert str(refused.value) == said
    assert Account.objects.get() == taken
    assert roles(taken) == ["owner", "administrator"]
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (["somebody", PASSWORD, "another password"], "The two passwords differ; nothing was created."),
        (["short", PASSWORD, PASSWORD], "invalid-username-length: A username must have 6 to 50 characters."),
        ([EOFError], "Nothing was created."),
        ([KeyboardInterrupt], "Nothing was created."),
        (["somebody", KeyboardInterrupt], "Nothing was created."),
        (["somebody", PASSWORD, EOFError], "Nothing was created."),
    ],
)
def test_typing_is_refused(answers, said, typed, db):
    typed(*answers)
    with pytest.raises(CommandError) as refused:
        run("create_account")
    assert str(refused.value) == said
    assert not Account.objects.exists()


def test_refused_command_ends_with_status_1(typed, capsys):
    typed("somebody", PASSWORD, "another password")
    with pytest.raises(SystemExit) as ended:
        CreateAccount().run_from_argv(["manage.py", "create_account"])
    assert ended.value.code == 1
    assert capsys.readouterr() == ("", "Username: Failed: The two passwords differ; nothing was created.\n")


@pytest.mark.parametrize(
    ("option", "actions"),
    [([], ["create-account"]), (["--owner"], ["create-account", "set-owner-account"])],
    ids=["plain", "owner"],
)
def test_account_that_an_operator_makes_is_written_down_once(option, actions, piped, db):
    AccountFactory(owner=True)
    piped(PASSWORD)
    run("create_account", "--username", "somebody", *option)
    accountid = Account.objects.order_by("created_at").last().pk
    assert list(Event.objects.order_by("pk").values_list(*COLUMNS)) == [
        (action, accountid, "", "command line", "", None, "") for action in actions
    ]


def test_account_is_told_to_scripts(piped, db):
    piped(PASSWORD)
    wire = json.loads(run("create_account", "--username", "somebody", "--json"))
    assert wire == Account.objects.get().as_json()
