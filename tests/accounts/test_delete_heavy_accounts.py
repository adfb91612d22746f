"""Accounts with very many rows are deleted in short transactions, and nobody can use them once that has begun."""

from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Account, Profile
from accounts.services import deletion
from dashboard.core.actor import Actor
from dashboard.core.errors import DashboardError
from events.models import Event
from resetcodes.models import ResetCode
from sessions_app import models
from sessions_app.models import Session
from sessions_app.revocations import Revocation
from tests.client import ApiClient, outcome
from tests.commands import run
from tests.concurrency.concurrent import SUCCESS, locked_row, run_concurrently
from tests.factories import PASSWORD, AccountFactory, ProfileFactory, ResetCodeFactory, SessionFactory

ACTOR = Actor.command_line()


class ProcessEndedError(Exception):
    """The process ends in the middle."""


@pytest.fixture(autouse=True)
def _few_rows_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deletion, "ROWS_PER_TRANSACTION", 2)
    monkeypatch.setattr(models, "ROWS_AT_ONCE", 2)


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The accounts of which some rows were deleted, once for each transaction."""
    done: list[str] = []
    delete = deletion._delete_some_rows

    def noted(account: Account) -> None:
        done.append(account.pk)
        delete(account)

    monkeypatch.setattr(deletion, "_delete_some_rows", noted)
    return done


def heavy_account() -> Account:
    account: Account = AccountFactory(username="first-person")
    SessionFactory.create_batch(5, account=account)
    ResetCodeFactory.create_batch(2, account=account)
    account.profile, _ = ProfileFactory.create_batch(2, account=account)
    account.save()
    return account


def interrupted_deletion(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Delete an account, and be interrupted before the second batch of rows."""
    delete, calls = deletion._delete_some_rows, []

    def interrupted(account: Account) -> None:
        calls.append(account)
        if len(calls) == 2:
            raise ProcessEndedError
        delete(account)

    with monkeypatch.context() as patch:
        patch.setattr(deletion, "_delete_some_rows", interrupted)
        with pytest.raises(ProcessEndedError):
            deletion.delete_account(account.pk, ACTOR)


def make_owner(account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(owner_since=timezone.now(), administrator_since=timezone.now())


def actions(account: Account) -> list[str]:
    events = Event.objects.filter(accountid=account.pk).exclude(action="delete-reset-code")
    return list(events.order_by("pk").values_list("action", flat=True))


def test_nothing_is_left(batches: list[str], db: None) -> None:
    account, other = heavy_account(), SessionFactory()
    deletion.delete_account(account.pk, ACTOR)
    assert batches == [account.pk] * 3  # five sessions and a profile; the reset codes went at the beginning
    assert Account.objects.get() == other.account
    assert Session.objects.get() == other
    assert not any(model.objects.exists() for model in (Profile, ResetCode, Revocation))
    assert actions(account) == ["set-account-deleted", "delete-account"]


def test_few_rows_go_with_their_account(batches: list[str], db: None) -> None:
    account = SessionFactory().account
    deletion.delete_account(account.pk, ACTOR)
    assert batches == []
    assert actions(account) == ["delete-account"]


def test_the_owner_deletes_them_by_the_route(owner: ApiClient) -> None:
    account = heavy_account()
    assert outcome(owner.delete("administrator/delete-account", accountid=account.pk)) == (200, "")
    assert outcome(owner.get("administrator/account", accountid=account.pk)) == (404, "invalid-accountid")
    assert not account.sessions.exists()


def test_an_interrupted_deletion_is_finished_by_the_purge(
    monkeypatch: pytest.MonkeyPatch, administrator: ApiClient, guest: ApiClient
) -> None:
    account = heavy_account()
    sessions = list(account.sessions.all())
    interrupted_deletion(account, monkeypatch)
    assert account.sessions.count() == 3
    for session in sessions:
        session.token = "0123456789abcdef" * 4
        assert ApiClient(session).get("user/session", sessionid=session.pk).status_code == 401
    body = {"username": "first-person", "password": PASSWORD}
    assert outcome(guest.post("user/create-session", body)) == (403, "invalid-account")
    restored = administrator.patch("administrator/reset-account-deleted", accountid=account.pk)
    assert outcome(restored) == (409, "invalid-account")
    assert run("purge_deleted_accounts").said.splitlines()[-1] == "1 account deleted"
    assert not Account.objects.filter(pk=account.pk).exists()
    assert not account.sessions.exists()
    assert actions(account)[-1] == "delete-account"


def test_it_can_be_deleted_again_after_an_interruption(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    account = heavy_account()
    interrupted_deletion(account, monkeypatch)
    deletion.delete_account(account.pk, ACTOR)
    assert not Account.objects.exists()
    assert not Session.objects.exists()


def test_the_owners_account_stays_as_it_is(db: None) -> None:
    account = heavy_account()
    Account.objects.filter(pk=account.pk).update(
        owner_since="2027-01-01T00:00Z", administrator_since="2027-01-01T00:00Z"
    )
    before = Account.objects.values().get(), account.sessions.count()
    with pytest.raises(DashboardError, match="invalid-account"):
        deletion.delete_account(account.pk, ACTOR)
    assert (Account.objects.values().get(), account.sessions.count()) == before


def test_an_account_that_becomes_the_owners_meanwhile_stays(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    account = heavy_account()
    delete = deletion._delete_some_rows

    def transfer(locked: Account) -> int:
        Account.objects.filter(pk=account.pk).update(
            owner_since=locked.created_at, administrator_since=locked.created_at
        )
        return delete(locked)

    monkeypatch.setattr(deletion, "_delete_some_rows", transfer)
    with pytest.raises(DashboardError, match="invalid-account"):
        deletion.delete_account(account.pk, ACTOR)
    assert Account.objects.get() == account


def test_dry_run_changes_nothing(db: None) -> None:
    account = heavy_account()
    assert "nothing was changed" in run("delete_account", account.pk, "--dry-run").said
    assert account.sessions.filter(ended_at=None).count() == 5
    assert Account.objects.get().deleted_at is None


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_at_once_delete_it_once() -> None:
    account = heavy_account()
    done = run_concurrently(locked_row(account), *[partial(deletion.delete_account, account.pk, ACTOR)] * 2)
    assert done in ({SUCCESS: 2}, {SUCCESS: 1, ("invalid-accountid", 404): 1})
    assert not Account.objects.exists()
    assert not Session.objects.exists()
    assert actions(account).count("delete-account") == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_sign_in_meanwhile_is_refused(guest: ApiClient) -> None:
    account = heavy_account()

    def sign_in() -> Any:
        return outcome(guest.post("user/create-session", {"username": "first-person", "password": PASSWORD}))

    delete = partial(deletion.delete_account, account.pk, ACTOR)
    done = run_concurrently(locked_row(account), delete, sign_in)
    assert done.pop(SUCCESS) == 1
    assert set(done) <= {(200, ""), (401, "invalid-password"), (403, "invalid-account"), (401, "invalid-username")}
    assert not Account.objects.exists()
    assert not Session.objects.exists()
