"""manage.py delete_account: deletes an account at once, by an operator."""

import pytest

from accounts.models import Account
from events.models import Event
from tests.cases import everything
from tests.commands import run
from tests.factories import AccountFactory, ProfileFactory, ResetCodeFactory, SessionFactory

BELONGINGS = "1 profile, 2 sessions and 0 reset codes"


@pytest.fixture
def account(db):
    account = AccountFactory()
    ProfileFactory(account=account)
    SessionFactory.create_batch(2, account=account)
    ResetCodeFactory()
    return account


def test_account_is_deleted_said_and_written_down(account):
    result = run("delete_account", account.accountid, "--yes")
    assert (result.status, result.said) == (0, f"{account.accountid}: deleted with {BELONGINGS}\n")
    assert not Account.objects.filter(pk=account.pk).exists()
    assert Event.objects.values_list("action", "accountid", "actor_kind").get() == (
        "delete-account",
        account.accountid,
        "command line",
    )


def test_scripts_are_told(account):
    wire = run("delete_account", account.accountid, "--yes", "--json").wire
    assert wire == {"object": "account", "accountid": account.accountid, "deleted": True}


def test_nobody_to_answer_deletes_nothing(account):
    before = everything()
    result = run("delete_account", account.accountid)
    assert (result.status, result.said) == (1, "")
    assert result.complained == (
        f"Failed: Delete {account.accountid} with {BELONGINGS}? This cannot be undone."
        " There is no terminal to answer at: give --yes.\n"
    )
    assert everything() == before


def test_dry_run_deletes_nothing(account):
    before = everything()
    result = run("delete_account", account.accountid, "--dry-run")
    assert (result.status, result.said) == (
        0,
        f"{account.accountid}: deleted with {BELONGINGS} (dry run: nothing was changed)\n",
    )
    assert everything() == before


@pytest.mark.parametrize("options", [[], ["--yes"], ["--dry-run"]])
def test_owner_is_not_deleted(options, db):
    owner = AccountFactory(owner=True)
    before = everything()
    result = run("delete_account", owner.accountid, *options)
    assert (result.status, result.said) == (1, "")
    assert result.complained == (
        f"Refused: {owner.accountid}: invalid-account:"
        " The owner's account cannot be deleted; transfer ownership first.\n"
    )
    assert everything() == before


@pytest.mark.parametrize("options", [[], ["--yes"], ["--dry-run"]])
def test_account_is_not_found(options, db):
    result = run("delete_account", "acct_0123456789abcdef", *options)
    assert (result.status, result.said) == (1, "")
    assert result.complained == "Refused: acct_0123456789abcdef: invalid-accountid: No account has this accountid.\n"
