"""The commands of one operation on one account: what they do, what they say, what they refuse."""

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.core.management import get_commands, load_command_class
from django.utils import timezone

from accounts.models import Account
from dashboard.cli.commands import SingleObjectCommand
from events.models import Event
from sessions_app.models import Session
from tests.cases import everything
from tests.commands import run
from tests.factories import AccountFactory, SessionFactory

ADMINISTRATOR = {"administrator": True}
OWNER = {"owner": True}
SCHEDULED = {"scheduled": True}
ANOTHER_APP = {"appid": "another"}


@dataclass(frozen=True)
class Success:
    """A command on an account in this state: what it says (a pattern), and what has become of the account.

    `arguments` are those that the command needs besides the id.
    """

    command: str
    said: str
    action: str
    before: dict[str, bool]
    roles: tuple[str, ...] = ()
    scheduled: bool = False
    sessions_ended: bool = False
    arguments: tuple[str, ...] = ()


BOTH = ("owner", "administrator")
SUCCESSES = [
    Success("set_owner", "owner", "set-owner-account", {}, BOTH),
    Success("set_owner", "owner", "set-owner-account", ADMINISTRATOR, BOTH),
    Success("set_administrator", "administrator", "set-account-administrator", {}, ("administrator",)),
    Success("reset_administrator", "no longer an administrator", "reset-account-administrator", ADMINISTRATOR),
    Success(
        "reset_session_key",
        "every session ended, session key 2",
        "reset-session-key",
        {},
        sessions_ended=True,
    ),
    Success(
        "schedule_deletion",
        r"due to be deleted at \d{4}-\d\d-\d\d \d\d:\d\d UTC, every session ended",
        "set-account-deleted",
        OWNER,
        BOTH,
        scheduled=True,
        sessions_ended=True,
    ),
    Success("unlock_account", "unlocked", "unlock-account", {}),
    Success("restore_account", "deletion cancelled", "reset-account-deleted", SCHEDULED),
]
ARGUMENTS = {success.command: success.arguments for success in SUCCESSES}
COMMANDS = sorted(ARGUMENTS)

OTHERS_WITH_TESTS = {"delete_account"}  # which asks for more

NO_ADMINISTRATOR = "invalid-account: The account is not an administrator, is the owner, or is scheduled for deletion."
UNKNOWN = "invalid-accountid: No account has this accountid."
IS_SCHEDULED = "invalid-account: The account is scheduled for deletion."
NOT_RESTORABLE = "invalid-account: The account is not scheduled for deletion, or it is too late to restore it."
REFUSALS = [
    ("set_owner", OWNER, "invalid-account: The account is already the owner."),
    ("set_owner", SCHEDULED, IS_SCHEDULED),
    ("set_administrator", ADMINISTRATOR, "invalid-account: The account is already an administrator."),
    ("set_administrator", OWNER, "invalid-account: The account is already an administrator."),
    ("set_administrator", SCHEDULED, IS_SCHEDULED),
    ("reset_administrator", {}, NO_ADMINISTRATOR),
    ("reset_administrator", OWNER, NO_ADMINISTRATOR),
    ("reset_administrator", ADMINISTRATOR | SCHEDULED, NO_ADMINISTRATOR),
    ("reset_session_key", SCHEDULED, IS_SCHEDULED),
    ("schedule_deletion", SCHEDULED, "invalid-account: The account is already scheduled for deletion."),
    ("restore_account", {}, NOT_RESTORABLE),
    ("restore_account", {"overdue": True}, NOT_RESTORABLE),
    *((command, ANOTHER_APP, UNKNOWN) for command in COMMANDS),
]

each_success = pytest.mark.parametrize("case", SUCCESSES, ids=lambda case: f"{case.command} {[*case.before]}")


def test_every_command_on_an_account_is_among_them():
    of_accounts = [name for name, app in get_commands().items() if app == "accounts"]
    operations = {it for it in of_accounts if isinstance(load_command_class("accounts", it), SingleObjectCommand)}
    assert operations - OTHERS_WITH_TESTS == {*COMMANDS}, "Add these commands to SUCCESSES."


def stored(account):
    return Account._base_manager.get(pk=account.pk)


def roles(account):
    names = {"owner": stored(account).owner_since, "administrator": stored(account).administrator_since}
    return tuple(name for name, since in names.items() if since)


@each_success
def test_operation_is_done_said_and_written_down(case, db):
    session = SessionFactory(account=AccountFactory(**case.before))
    account = session.account
    result = run(case.command, account.accountid, *case.arguments)
    assert (result.status, result.complained) == (0, "")
    assert re.fullmatch(f"{account.accountid}: {case.said}\n", result.said)
    assert roles(account) == case.roles
    assert (stored(account).deleted_at is not None) == case.scheduled
    assert (Session.objects.get().ended_at is not None) == case.sessions_ended
    columns = ("action", "accountid", "targetid", "actor_kind", "actor_accountid", "ip_address", "user_agent")
    assert Event.objects.values_list(*columns).get() == (
        case.action,
        account.accountid,
        "",
        "command line",
        "",
        None,
        "",
    )


@each_success
def test_scripts_are_told_the_account(case, db):
    account = AccountFactory(**case.before)
    result = run(case.command, account.accountid, *case.arguments, "--json")
    assert (result.status, result.wire) == (0, stored(account).as_json())


@each_success
def test_dry_run_does_nothing(case, db):
    account = SessionFactory(account=AccountFactory(**case.before)).account
    before = everything()
    result = run(case.command, account.accountid, *case.arguments, "--dry-run")
    assert result.status == 0
    assert re.fullmatch(rf"{account.accountid}: {case.said} \(dry run: nothing was changed\)\n", result.said)
    assert everything() == before


def test_lock_is_ended(db):
    account = AccountFactory(failed_sign_ins=12, locked_until=timezone.now() + timedelta(hours=1))
    run("unlock_account", account.accountid)
    assert (stored(account).failed_sign_ins, stored(account).locked_until) == (0, None)


def test_old_owner_stays_an_administrator(db):
    old, account = AccountFactory(owner=True), AccountFactory()
    run("set_owner", account.accountid)
    assert (roles(account), roles(old)) == (BOTH, ("administrator",))


@pytest.mark.parametrize(("command", "state", "said"), REFUSALS)
def test_operation_is_refused(command, state, said, db):
    account = SessionFactory(account=AccountFactory(**state)).account
    before = everything()
    result = run(command, account.accountid, *ARGUMENTS[command])
    assert (result.status, result.said) == (1, "")
    assert result.complained == f"Refused: {account.accountid}: {said}\n"
    assert everything() == before


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("accountid", "said"),
    [
        ("", "invalid-accountid: The accountid is missing."),
        ("acct_0123456789abcdef", f"acct_0123456789abcdef: {UNKNOWN}"),
        ("somebody", f"somebody: {UNKNOWN}"),
        ("acct_\udcff", f"acct_\udcff: {UNKNOWN}"),
    ],
)
def test_account_is_not_found(command, accountid, said, db):
    result = run(command, accountid, *ARGUMENTS[command])
    assert (result.status, result.said, result.complained) == (1, "", f"Refused: {said}\n")


def test_refusal_is_a_document_for_scripts(db):
    result = run("set_owner", "acct_0123456789abcdef", "--json")
    assert (result.status, result.said) == (1, "")
    assert result.wire == {
        "object": "error",
        "message": "invalid-accountid",
        "detail": "No account has this accountid.",
    }
