"""user/reset-session-key and administrator/reset-session-key: every session of an account ends."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import Account
from sessions_app.models import Session
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory, SessionFactory

NOW = datetime(2022, 6, 24, 2, 42, 51, 8999, tzinfo=UTC)
WIRE_NOW = "2022-06-24T02:42:51.008Z"


def reset_own(account):
    client = ApiClient(SessionFactory(account=account))
    return client.patch("user/reset-session-key", accountid=account.accountid)


def reset_as_administrator(account):
    client = ApiClient(SessionFactory(account=AccountFactory(administrator=True)))
    return client.patch("administrator/reset-session-key", accountid=account.accountid)


each_way = pytest.mark.parametrize("reset", [reset_own, reset_as_administrator])


def test_user_is_answered_true(db):
    response = reset_own(AccountFactory())
    assert response.status_code == 200
    assert response.content == b"true"


@time_machine.travel(NOW, tick=False)
def test_administrator_is_answered_the_account(db):
    earlier = NOW - timedelta(days=1)
    account = AccountFactory(created_at=earlier, updated_at=earlier)
    assert reset_as_administrator(account).json() == {
        "accountid": account.accountid,
        "object": "account",
        "appid": "dashboard",
        "sessionKeyNumber": 2,
        "sessionKeyLastResetAt": WIRE_NOW,
        "createdAt": "2022-06-23T02:42:51.008Z",
        "updatedAt": WIRE_NOW,
    }


@each_way
def test_account_has_a_new_key(reset, db):
    account = AccountFactory(session_key_number=4)
    before = Account.objects.values().get(pk=account.pk)
    with time_machine.travel(NOW, tick=False):
        reset(account)
    after = Account.objects.values().get(pk=account.pk)
    assert after["session_key"] != before["session_key"]
    changed = {"session_key_number": 5, "session_key_last_reset_at": NOW, "updated_at": NOW}
    assert after == before | changed | {"session_key": after["session_key"]}


@each_way
def test_every_session_of_the_account_ends_at_that_time(reset, db):
    account = AccountFactory()
    with time_machine.travel(NOW, tick=False) as clock:
        sessions = SessionFactory.create_batch(2, account=account)
        clock.shift(5)
        reset(account)
        times = set(Session.objects.filter(account=account).values_list("ended_at", "updated_at"))
        assert times == {(NOW + timedelta(seconds=5), NOW + timedelta(seconds=5))}
        for session in sessions:
            refused = ApiClient(session).get("user/account", accountid=account.accountid)
            assert outcome(refused) == (401, "Sign in required")


@each_way
@pytest.mark.parametrize(
    ("times", "ended_at"),
    [
        ({"ended_at": NOW - timedelta(minutes=5)}, "2022-06-24T02:37:51.008Z"),
        ({"expires_at": NOW}, WIRE_NOW),
        ({"expires_at": NOW - timedelta(minutes=5)}, "2022-06-24T02:37:51.008Z"),
        ({"ended_at": NOW - timedelta(minutes=5), "expires_at": NOW}, "2022-06-24T02:37:51.008Z"),
    ],
)
def test_session_that_was_over_keeps_the_time_of_its_end(times, ended_at, reset, db):
    with time_machine.travel(NOW, tick=False):
        session = SessionFactory(**times)
        before = Session.objects.values().get(pk=session.pk)
        reset(session.account)
        assert Session.objects.values().get(pk=session.pk) == before
        assert Session.objects.get(pk=session.pk).as_json()["endedAt"] == ended_at


@each_way
def test_sessions_of_others_go_on(reset, user):
    reset(AccountFactory())
    assert outcome(user.get("user/account", accountid=user.account.accountid)) == (200, "")


@each_way
def test_whoever_signs_in_afterwards_stays(reset, guest):
    account = AccountFactory(username="somebody")
    reset(account)
    guest.post("user/create-session", {"username": "somebody", "password": PASSWORD})
    answer = guest.get("user/account", accountid=account.accountid).json()
    assert answer["sessionKeyNumber"] == 2


@each_way
def test_every_reset_counts(reset, db):
    account = AccountFactory()
    keys = set()
    for number in (2, 3, 4):
        account.refresh_from_db()
        keys.add(account.session_key)
        assert outcome(reset(account)) == (200, "")
        account.refresh_from_db()
        assert account.session_key_number == number
    assert len(keys) == 3


def test_administrators_end_their_own_sessions_too(administrator):
    accountid = administrator.account.accountid
    assert outcome(administrator.patch("administrator/reset-session-key", accountid=accountid)) == (200, "")
    assert outcome(administrator.get("user/account", accountid=accountid)) == (401, "Sign in required")
