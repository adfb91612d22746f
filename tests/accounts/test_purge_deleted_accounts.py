"""manage.py purge_deleted_accounts: the accounts whose time has come go, with everything of theirs, and no others."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Account, Profile
from accounts.services import deletion
from dashboard.core.actor import Actor
from events.models import Action, Event
from resetcodes.models import ResetCode
from sessions_app.models import Session
from tests.commands import run
from tests.factories import AccountFactory, ProfileFactory, ResetCodeFactory, SessionFactory

NOW = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)
EARLIER = NOW - timedelta(days=1)
TOLD = "2027-01-01 03:04 UTC"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def due(**columns):
    """An account that is due, with two of everything."""
    account = AccountFactory(deleted_at=EARLIER, **columns)
    SessionFactory.create_batch(2, account=account)
    ResetCodeFactory.create_batch(2, account=account)
    account.profile, _ = ProfileFactory.create_batch(2, account=account)
    account.save()
    return account


def counts():
    return [model.objects.count() for model in (Account, Profile, Session, ResetCode, Event)]


def deleted():
    """Of which accounts it is recorded that they were deleted, and by whom."""
    return list(Event.objects.filter(action=Action.DELETE_ACCOUNT).values_list("accountid", "actor_kind"))


def test_accounts_that_are_due_are_deleted_with_everything_of_theirs(db):
    accounts = [due(), due()]
    other = SessionFactory(account=ProfileFactory().account)
    ended = run("purge_deleted_accounts")
    assert ended.status == 0
    lines = [f"{it.accountid}: deleted, due since {TOLD}" for it in sorted(accounts, key=lambda it: it.pk)]
    assert ended.said.splitlines() == [*lines, "2 accounts deleted"]
    assert counts() == [1, 1, 1, 0, 2]
    assert Session.objects.get() == other
    assert sorted(deleted()) == sorted((it.accountid, "command line") for it in accounts)


def test_longest_overdue_comes_first(db):
    accounts = [AccountFactory(deleted_at=NOW - timedelta(days=days)) for days in (1, 3, 2)]
    lines = run("purge_deleted_accounts", "--dry-run").said.splitlines()
    assert [line.partition(":")[0] for line in lines[:3]] == [accounts[index].accountid for index in (1, 2, 0)]


@pytest.mark.parametrize(
    ("columns", "goes"),
    [
        ({"deleted_at": NOW}, True),
        ({"deleted_at": NOW + timedelta(milliseconds=1)}, False),
        ({"deleted_at": None}, False),
        ({"deleted_at": EARLIER, "administrator": True}, True),
        ({"deleted_at": EARLIER, "owner": True}, False),
        ({"deleted_at": EARLIER, "appid": "another"}, False),
    ],
)
def test_only_what_is_due_goes(columns, goes, db):
    account = AccountFactory(**columns)
    run("purge_deleted_accounts")
    assert Account._base_manager.filter(pk=account.pk).exists() != goes
    assert deleted() == [(account.accountid, "command line")] * goes


def test_owner_stays_and_is_told_of(db):
    owner = AccountFactory(owner=True, deleted_at=EARLIER)
    stays = "The owner's account is due and was not deleted: transfer ownership with set_owner first.\n"
    assert run("purge_deleted_accounts").said == f"0 accounts deleted\n{stays}"
    assert run("purge_deleted_accounts", "--dry-run").said == f"0 accounts would be deleted\n{stays}"
    assert run("purge_deleted_accounts", "--json").wire == {"deleted": [], "left": 0, "ownerStays": owner.accountid}


def test_dry_run_lists_and_changes_nothing(db):
    account = due()
    before = counts()
    ended = run("purge_deleted_accounts", "--dry-run")
    assert (ended.status, ended.said) == (0, f"{account.accountid}: due since {TOLD}\n1 account would be deleted\n")
    wire = {"accountid": account.accountid, "deletedAt": "2027-01-01T03:04:05.000Z"}
    assert run("purge_deleted_accounts", "--dry-run", "--json").wire == {"dryRun": True, "accounts": [wire]}
    assert counts() == before


def test_json_is_one_document(db):
    wire = {"accountid": due().accountid, "deletedAt": "2027-01-01T03:04:05.000Z"}
    assert run("purge_deleted_accounts", "--json").wire == {"deleted": [wire], "left": 0}


def test_second_run_finds_nothing_to_do(db):
    account = due()
    run("purge_deleted_accounts")
    assert run("purge_deleted_accounts").said == "0 accounts deleted\n"
    assert deleted() == [(account.accountid, "command line")]


@pytest.mark.parametrize(
    "meanwhile",
    [{"deleted_at": None}, {"deleted_at": NOW + timedelta(days=7)}, {"owner_since": NOW, "administrator_since": NOW}],
    ids=["restored", "scheduled anew", "owner's"],
)
def test_account_that_changes_meanwhile_is_left(meanwhile, monkeypatch, db):
    first, second = due(), due()
    listed = deletion.due_accounts(timezone.now())
    Account.objects.filter(pk=second.pk).update(**meanwhile)
    monkeypatch.setattr(deletion, "due_accounts", lambda now: listed)
    ended = run("purge_deleted_accounts")
    assert ended.status == 0
    assert "1 account left: restored meanwhile, or taken by another process\n" in ended.said
    assert deleted() == [(first.accountid, "command line")]
    assert [it.account_id for it in Session.objects.all()] == [second.accountid] * 2


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
def test_account_with_many_rows_goes_in_several_transactions(limit, monkeypatch, db):
    monkeypatch.setattr(deletion, "ROWS_PER_TRANSACTION", limit)
    account = due()
    assert deletion.purge_account(account.accountid, Actor.command_line())
    assert counts() == [0, 0, 0, 0, 1]


def test_interruption_is_told_with_its_own_status(monkeypatch, db):
    due()

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(deletion, "purge_account", interrupted)
    ended = run("purge_deleted_accounts")
    assert ended.status == 130
    assert ended.complained == "Failed: Interrupted: 0 accounts of 1 deleted; run it again for the rest.\n"


def test_times_are_in_the_time_zone(db, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    account = due()
    assert run("purge_deleted_accounts", "--dry-run").said.startswith(
        f"{account.accountid}: due since 2027-01-01 04:04 CET\n"
    )
