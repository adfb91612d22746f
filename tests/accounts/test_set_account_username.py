"""user/set-account-username: somebody changes the name that they sign in with."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import Account
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory, SessionFactory

EARLIER = datetime(2022, 6, 24, 2, 42, 41, 8999, tzinfo=UTC)
NOW = EARLIER + timedelta(seconds=10)


@pytest.fixture
def somebody(db):
    return ApiClient(SessionFactory(account=AccountFactory(username="somebody")))


def change(client, new_username="another-name", password=PASSWORD):
    body = {"new-username": new_username, "password": password}
    return client.patch("user/set-account-username", body, accountid=client.account.accountid)


def sign_in(username):
    return outcome(ApiClient().post("user/create-session", {"username": username, "password": PASSWORD}))


def test_account_is_answered_and_stored(settings, db):
    settings.DASHBOARD_ENCRYPTION_KEY = ["new", *settings.DASHBOARD_ENCRYPTION_KEY]
    with time_machine.travel(EARLIER, tick=False) as clock:
        client = ApiClient(SessionFactory())
        before = Account.objects.values().get()
        clock.shift(10)
        answer = change(client).json()
    assert answer == {
        "accountid": client.account.accountid,
        "object": "account",
        "appid": "dashboard",
        "sessionKeyNumber": 1,
        "usernameLastChangedAt": "2022-06-24T02:42:51.008Z",
        "createdAt": "2022-06-24T02:42:41.008Z",
        "updatedAt": "2022-06-24T02:42:51.008Z",
    }
    new_hash = hashlib.sha512(b"another-name:new").hexdigest()
    changed = {"username_hash": new_hash, "username_last_changed_at": NOW, "updated_at": NOW}
    assert Account.objects.values().get() == before | changed


def test_new_name_signs_in_and_the_old_one_does_not(somebody):
    change(somebody)
    assert sign_in("somebody") == (401, "invalid-username")
    assert sign_in("another-name") == (200, "")


def test_old_name_is_free_for_others(somebody, guest):
    change(somebody)
    response = guest.post("user/create-account", {"username": "somebody", "password": PASSWORD})
    assert outcome(response) == (200, "")
    assert outcome(change(somebody, "somebody")) == (409, "duplicate-username")


def test_name_can_be_changed_back(somebody):
    assert [outcome(change(somebody, name)) for name in ("another-name", "somebody")] == [(200, ""), (200, "")]
    assert sign_in("somebody") == (200, "")


def test_every_session_stays(somebody):
    other = ApiClient(SessionFactory(account=somebody.account))
    change(somebody)
    for client in (somebody, other):
        assert outcome(client.get("user/account", accountid=somebody.account.accountid)) == (200, "")


@pytest.mark.parametrize("state", [{}, {"scheduled": True}], ids=["active", "scheduled"])
def test_name_under_an_older_key_is_taken(state, settings, db):
    settings.DASHBOARD_ENCRYPTION_KEY = ["old"]
    AccountFactory(username="another-name", **state)
    client = ApiClient(SessionFactory())
    settings.DASHBOARD_ENCRYPTION_KEY = ["new", "old"]
    assert outcome(change(client)) == (409, "duplicate-username")


def test_lengths_are_those_of_the_settings(somebody, settings):
    settings.MINIMUM_USERNAME_LENGTH, settings.MAXIMUM_USERNAME_LENGTH = 2, 3
    refused = (400, "invalid-new-username-length")
    outcomes = [outcome(change(somebody, "é" * length)) for length in range(1, 5)]
    assert outcomes == [refused, (200, ""), (200, ""), refused]
