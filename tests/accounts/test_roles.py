"""administrator/set-account-administrator, reset-account-administrator, set-owner-account: who has which role."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import Account
from tests.client import ApiClient, outcome
from tests.factories import AccountFactory, SessionFactory

EARLIER = datetime(2022, 6, 23, 2, 42, 51, 8999, tzinfo=UTC)
NOW = EARLIER + timedelta(days=1)
WIRE_EARLIER, WIRE_NOW = "2022-06-23T02:42:51.008Z", "2022-06-24T02:42:51.008Z"
PLAIN = {
    "object": "account",
    "appid": "dashboard",
    "sessionKeyNumber": 1,
    "createdAt": WIRE_EARLIER,
    "updatedAt": WIRE_NOW,
}


def made_earlier(**fields):
    return AccountFactory(created_at=EARLIER, updated_at=EARLIER, **fields)


def change(client, name, account):
    return client.patch(f"administrator/{name}", accountid=account.accountid)


def signed_in(account):
    return ApiClient(SessionFactory(account=account))


def columns(account):
    return Account.objects.values().get(pk=account.pk)


@time_machine.travel(NOW, tick=False)
def test_new_administrator_is_answered_and_stored(administrator):
    account = made_earlier()
    before = columns(account)
    answer = change(administrator, "set-account-administrator", account).json()
    assert answer == PLAIN | {
        "accountid": account.accountid,
        "administrator": True,
        "administratorSince": WIRE_NOW,
    }
    assert columns(account) == before | {"administrator_since": NOW, "updated_at": NOW}


@time_machine.travel(NOW, tick=False)
def test_former_administrator_is_answered_and_stored(owner):
    account = made_earlier(administrator_since=EARLIER)
    before = columns(account)
    answer = change(owner, "reset-account-administrator", account).json()
    assert answer == PLAIN | {"accountid": account.accountid}
    assert columns(account) == before | {"administrator_since": None, "updated_at": NOW}


@pytest.mark.parametrize("since", [None, EARLIER], ids=["user", "administrator"])
@time_machine.travel(NOW, tick=False)
def test_new_owner_is_answered_and_stored(since, db):
    owner = made_earlier(owner_since=EARLIER, administrator_since=EARLIER)
    account = made_earlier(administrator_since=since)
    before, owner_before = columns(account), columns(owner)
    answer = change(signed_in(owner), "set-owner-account", account).json()
    assert answer == PLAIN | {
        "accountid": account.accountid,
        "owner": True,
        "ownerSince": WIRE_NOW,
        "administrator": True,
        "administratorSince": WIRE_EARLIER if since else WIRE_NOW,
    }
    roles = {"owner_since": NOW, "administrator_since": since or NOW}
    assert columns(account) == before | roles | {"updated_at": NOW}
    assert columns(owner) == owner_before | {"owner_since": None, "updated_at": NOW}


def test_there_is_one_owner_after_every_transfer(owner):
    for _ in range(3):
        account = AccountFactory()
        assert outcome(change(owner, "set-owner-account", account)) == (200, "")
        assert Account.objects.owner().get() == account
        assert outcome(change(owner, "set-owner-account", AccountFactory())) == (403, "invalid-account")
        owner = signed_in(account)


def test_former_owner_stays_administrator_until_the_new_one_says_otherwise(owner):
    account = AccountFactory()
    change(owner, "set-owner-account", account)
    assert outcome(owner.get("administrator/accounts-count")) == (200, "")
    assert outcome(change(signed_in(account), "reset-account-administrator", owner.account)) == (200, "")
    assert outcome(owner.get("administrator/accounts-count")) == (403, "Administrator required")


def test_role_opens_and_closes_the_administrators_routes_at_once(owner, user):
    required = (403, "Administrator required")
    assert outcome(user.get("administrator/accounts-count")) == required
    change(owner, "set-account-administrator", user.account)
    assert outcome(user.get("administrator/accounts-count")) == (200, "")
    change(owner, "reset-account-administrator", user.account)
    assert outcome(user.get("administrator/accounts-count")) == required
    assert outcome(user.get("user/account", accountid=user.account.accountid)) == (200, "")


def test_administrators_without_ownership_change_no_other_administrator(administrator, owner):
    for name in ("reset-account-administrator", "set-owner-account"):
        for account in (AccountFactory(administrator=True), administrator.account, owner.account):
            assert outcome(change(administrator, name, account)) == (403, "invalid-account")


def test_everybody_stays_owner_of_nothing_where_nobody_owns(administrator):
    assert outcome(change(administrator, "set-owner-account", administrator.account)) == (403, "invalid-account")
    assert not Account.objects.owner().exists()
