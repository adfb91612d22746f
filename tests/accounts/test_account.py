"""user/account, administrator/account, user/profile: what is read of an account and its profiles."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from tests.client import ApiClient, outcome
from tests.factories import AccountFactory, ProfileFactory, SessionFactory

NOW = datetime(2022, 6, 24, 2, 42, 51, 8999, tzinfo=UTC)
WIRE_NOW = "2022-06-24T02:42:51.008Z"
PLAIN = {"object": "account", "appid": "dashboard", "sessionKeyNumber": 1, "createdAt": WIRE_NOW, "updatedAt": WIRE_NOW}
OPTIONAL_TIMES = {
    "session_key_last_reset_at": "sessionKeyLastResetAt",
    "last_signed_in_at": "lastSignedInAt",
    "username_last_changed_at": "usernameLastChangedAt",
    "password_last_changed_at": "passwordLastChangedAt",
    "reset_code_last_created_at": "resetCodeLastCreatedAt",
    "reset_code_last_used_at": "resetCodeLastUsedAt",
    "administrator_since": "administratorSince",
}
TIMES = {column: NOW + timedelta(seconds=n) for n, column in enumerate(OPTIONAL_TIMES, start=1)}
WIRE_TIMES = {name: f"2022-06-24T02:42:{51 + n}.008Z" for n, name in enumerate(OPTIONAL_TIMES.values(), start=1)}


def read_by_itself(account):
    client = ApiClient(SessionFactory(account=account))
    return client.get("user/account", accountid=account.accountid).json()


def read_by_administrator(account):
    client = ApiClient(SessionFactory(account=AccountFactory(administrator=True)))
    return client.get("administrator/account", accountid=account.accountid).json()


each_reader = pytest.mark.parametrize("read", [read_by_itself, read_by_administrator])


@each_reader
@time_machine.travel(NOW, tick=False)
def test_account_has_no_field_without_a_value(read, db):
    account = AccountFactory()
    assert read(account) == PLAIN | {"accountid": account.accountid}


@each_reader
@time_machine.travel(NOW, tick=False)
def test_account_shows_every_time_that_it_has(read, db):
    account = AccountFactory(session_key_number=3, **TIMES)
    roles = {"administrator": True}
    assert read(account) == PLAIN | {"accountid": account.accountid, "sessionKeyNumber": 3} | WIRE_TIMES | roles


@each_reader
@time_machine.travel(NOW, tick=False)
def test_owner_shows_both_roles(read, db):
    account = AccountFactory(owner=True)
    since = {"ownerSince": WIRE_NOW, "administratorSince": WIRE_NOW}
    assert read(account) == PLAIN | {"accountid": account.accountid, "owner": True, "administrator": True} | since


@each_reader
def test_account_names_its_default_profile(read, db):
    account = AccountFactory()
    ProfileFactory(account=account)
    account.profile = ProfileFactory(account=account)
    account.save()
    assert read(account)["profileid"] == account.profile_id


@time_machine.travel(NOW, tick=False)
def test_scheduled_account_shows_when_it_is_due(db):
    account = AccountFactory(scheduled=True)
    assert read_by_administrator(account)["deletedAt"] == "2022-07-01T02:42:51.008Z"


def test_reading_changes_nothing(user, administrator):
    before = user.account.updated_at
    for client, route in ((user, "user/account"), (administrator, "administrator/account")):
        client.get(route, accountid=user.account.accountid)
    user.account.refresh_from_db()
    assert user.account.updated_at == before


@time_machine.travel(NOW, tick=False)
def test_profile_has_every_field_that_was_given(db):
    profile = ProfileFactory(
        full_name="Ada Lovelace",
        contact_email="ada@example.com",
        display_name="Ada",
        display_email="countess@example.com",
        company_name="Analytical Engines",
        phone="+44 20 7946 0000",
        occupation="mathematician",
        location="London",
        website="https://ada.example.com",
        dob=date(1815, 12, 10),
    )
    client = ApiClient(SessionFactory(account=profile.account))
    assert client.get("user/profile", profileid=profile.profileid).json() == {
        "profileid": profile.profileid,
        "object": "profile",
        "appid": "dashboard",
        "accountid": profile.account_id,
        "fullName": "Ada Lovelace",
        "contactEmail": "ada@example.com",
        "displayName": "Ada",
        "displayEmail": "countess@example.com",
        "companyName": "Analytical Engines",
        "phone": "+44 20 7946 0000",
        "occupation": "mathematician",
        "location": "London",
        "website": "https://ada.example.com",
        "dob": "1815-12-10",
        "createdAt": WIRE_NOW,
        "updatedAt": WIRE_NOW,
    }


@time_machine.travel(NOW, tick=False)
def test_profile_has_no_field_without_a_value(db):
    profile = ProfileFactory(full_name="", contact_email="")
    client = ApiClient(SessionFactory(account=profile.account))
    assert client.get("user/profile", profileid=profile.profileid).json() == {
        "profileid": profile.profileid,
        "object": "profile",
        "appid": "dashboard",
        "accountid": profile.account_id,
        "createdAt": WIRE_NOW,
        "updatedAt": WIRE_NOW,
    }


def test_every_profile_of_an_account_is_its_own(user):
    for profile in ProfileFactory.create_batch(2, account=user.account):
        assert outcome(user.get("user/profile", profileid=profile.profileid)) == (200, "")
