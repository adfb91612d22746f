"""user/set-account-password: somebody who knows their password replaces it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import Account
from sessions_app.models import Session
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory, SessionFactory

EARLIER = datetime(2022, 6, 24, 2, 42, 41, 8999, tzinfo=UTC)
NOW = EARLIER + timedelta(seconds=10)
NEW_PASSWORD = "another long password"


@pytest.fixture
def somebody(db):
    return ApiClient(SessionFactory(account=AccountFactory(username="somebody")))


def change(client, new_password=NEW_PASSWORD, password=PASSWORD):
    body = {"new-password": new_password, "password": password}
    return client.patch("user/set-account-password", body, accountid=client.account.accountid)


def sign_in(password):
    return outcome(ApiClient().post("user/create-session", {"username": "somebody", "password": password}))


def is_signed_in(client):
    return client.get("user/account", accountid=client.account.accountid).status_code == 200


def test_account_is_answered_and_stored(db):
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
        "passwordLastChangedAt": "2022-06-24T02:42:51.008Z",
        "createdAt": "2022-06-24T02:42:41.008Z",
        "updatedAt": "2022-06-24T02:42:51.008Z",
    }
    after = Account.objects.values().get()
    assert after["password"] != before["password"]
    changed = {"password": after["password"], "password_last_changed_at": NOW, "updated_at": NOW}
    assert after == before | changed


def test_new_password_signs_in_and_the_old_one_does_not(somebody):
    change(somebody)
    assert sign_in(PASSWORD) == (401, "invalid-password")
    assert sign_in(NEW_PASSWORD) == (200, "")


def test_session_that_asks_stays_and_every_other_one_ends(somebody, user):
    others = [ApiClient(SessionFactory(account=somebody.account)) for _ in range(2)]
    with time_machine.travel(NOW, tick=False):
        change(somebody)
        assert [is_signed_in(client) for client in (somebody, *others, user)] == [True, False, False, True]
    ended = dict(Session.objects.exclude(ended_at=None).values_list("pk", "ended_at"))
    assert ended == {client.session.sessionid: NOW for client in others}


def test_session_that_was_over_keeps_the_time_of_its_end(somebody):
    over = SessionFactory(account=somebody.account, is_ended_by_request=True)
    expired = SessionFactory(account=somebody.account, expired=True)
    rows = Session.objects.filter(pk__in=[over.pk, expired.pk]).order_by("pk")
    before = list(rows.values())
    change(somebody)
    assert list(rows.values()) == before


def test_refused_change_ends_no_session(somebody):
    other = ApiClient(SessionFactory(account=somebody.account))
    assert outcome(change(somebody, password="wrong password")) == (401, "invalid-password")
    assert is_signed_in(other)
    assert sign_in(PASSWORD) == (200, "")


def test_same_password_again_is_a_change(somebody):
    assert outcome(change(somebody, new_password=PASSWORD)) == (200, "")
    assert sign_in(PASSWORD) == (200, "")


def test_password_under_an_older_key_is_replaced_under_the_newest(settings, db):
    settings.DASHBOARD_ENCRYPTION_KEY = ["old"]
    client = ApiClient(SessionFactory(account=AccountFactory(username="somebody")))
    settings.DASHBOARD_ENCRYPTION_KEY = ["new", "old"]
    assert outcome(change(client)) == (200, "")
    settings.DASHBOARD_ENCRYPTION_KEY = ["new"]
    assert Account.objects.get().check_password(NEW_PASSWORD)


def test_lengths_are_those_of_the_settings(somebody, settings):
    settings.MINIMUM_PASSWORD_LENGTH, settings.MAXIMUM_PASSWORD_LENGTH = 2, 3
    settings.PASSWORD_BLOCKLIST = False
    refused = (400, "invalid-new-password-length")
    assert [outcome(change(somebody, "é" * length)) for length in (1, 4)] == [refused, refused]
    assert outcome(change(somebody, "é" * 2)) == (200, "")
    assert outcome(change(somebody, "a" * 3, password="é" * 2)) == (200, "")
