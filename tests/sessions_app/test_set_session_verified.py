"""user/set-session-verified: somebody proves again who they are."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import Account
from sessions_app.models import Session
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory, SessionFactory

EARLIER = datetime(2022, 6, 24, 2, 43, 2, 624321, tzinfo=UTC)
NOW = EARLIER + timedelta(seconds=10)


@pytest.fixture
def somebody(db):
    with time_machine.travel(EARLIER, tick=False):
        return ApiClient(SessionFactory(account=AccountFactory(username="somebody")))


def verify(client, **fields):
    body = {"username": "somebody", "password": PASSWORD} | fields
    with time_machine.travel(NOW, tick=False):
        return client.patch("user/set-session-verified", body, sessionid=client.session.sessionid)


def test_verified_session_is_answered(somebody):
    assert verify(somebody).json() == {
        "sessionid": somebody.session.sessionid,
        "object": "session",
        "appid": "dashboard",
        "accountid": somebody.account.accountid,
        "duration": 1200,
        "csrfToken": somebody.session.csrf_token,
        "expiresAt": "2022-06-24T03:03:02.624Z",
        "lastVerifiedAt": "2022-06-24T02:43:12.624Z",
        "ended": False,
        "createdAt": "2022-06-24T02:43:02.624Z",
        "updatedAt": "2022-06-24T02:43:12.624Z",
    }


def test_only_the_time_of_that_session_changes(somebody):
    SessionFactory(account=somebody.account)
    others = Session.objects.exclude(pk=somebody.session.pk)
    before, others_before = Session.objects.values().get(pk=somebody.session.pk), list(others.values())
    account = Account.objects.values().get()
    verify(somebody)
    changed = {"last_verified_at": NOW, "updated_at": NOW}
    assert Session.objects.values().get(pk=somebody.session.pk) == before | changed
    assert list(others.values()) == others_before
    assert Account.objects.values().get() == account


def test_password_that_is_not_proven_leaves_the_time(somebody):
    assert outcome(verify(somebody, password="wrong password")) == (401, "invalid-password")
    assert Session.objects.get().last_verified_at == EARLIER


def test_name_and_password_of_another_account_prove_nothing(somebody):
    AccountFactory(username="anybody", raw_password="their password")
    response = verify(somebody, username="anybody", password="their password")
    assert outcome(response) == (401, "invalid-username")


def test_name_and_password_under_an_older_key_are_proof(settings, db):
    settings.DASHBOARD_ENCRYPTION_KEY = ["old"]
    with time_machine.travel(EARLIER, tick=False):
        client = ApiClient(SessionFactory(account=AccountFactory(username="somebody")))
    settings.DASHBOARD_ENCRYPTION_KEY = ["new", "old"]
    assert outcome(verify(client)) == (200, "")


def test_password_counts_whatever_today_is_the_longest(somebody, settings):
    settings.MAXIMUM_USERNAME_LENGTH = settings.MAXIMUM_PASSWORD_LENGTH = 6
    assert outcome(verify(somebody)) == (200, "")
