"""user/session and administrator/session: what is answered about a session, and when it has ended."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import Account
from dashboard.core.crypto import hashing
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory, ResetCodeFactory, SessionFactory
from tests.forms import hex_digits

NOW = datetime(2022, 6, 24, 2, 43, 2, 624321, tzinfo=UTC)
READERS = ["user/session", "administrator/session"]


def read(route, session):
    """What is read about the session by whose it is, or by an administrator."""
    account = AccountFactory(administrator=True) if route.startswith("administrator") else session.account
    return ApiClient(SessionFactory(account=account)).get(route, sessionid=session.sessionid).json()


@pytest.mark.parametrize("route", READERS)
@time_machine.travel(NOW, tick=False)
def test_session_is_answered_without_its_token(route, db):
    session = SessionFactory(last_verified_at=NOW - timedelta(seconds=1))
    assert read(route, session) == {
        "sessionid": session.sessionid,
        "object": "session",
        "appid": "dashboard",
        "accountid": session.account_id,
        "duration": 1200,
        "csrfToken": hex_digits(128),
        "expiresAt": "2022-06-24T03:03:02.624Z",
        "lastVerifiedAt": "2022-06-24T02:43:01.624Z",
        "ended": False,
        "createdAt": "2022-06-24T02:43:02.624Z",
        "updatedAt": "2022-06-24T02:43:02.624Z",
    }


@pytest.mark.parametrize("route", READERS)
@pytest.mark.parametrize(
    ("times", "ended_at"),
    [
        ({"expires_at": NOW + timedelta(microseconds=1)}, None),
        ({"expires_at": NOW}, "2022-06-24T02:43:02.624Z"),
        ({"expires_at": NOW - timedelta(hours=1)}, "2022-06-24T01:43:02.624Z"),
        ({"ended_at": NOW - timedelta(minutes=1)}, "2022-06-24T02:42:02.624Z"),
        ({"ended_at": NOW - timedelta(minutes=1), "expires_at": NOW}, "2022-06-24T02:42:02.624Z"),
    ],
)
@time_machine.travel(NOW, tick=False)
def test_session_is_ended_by_request_or_by_its_time(times, ended_at, route, db):
    answer = read(route, SessionFactory(**times))
    assert (answer["ended"], answer.get("endedAt")) == (ended_at is not None, ended_at)


def test_own_session_without_its_id(user):
    answer = user.get("user/session")
    assert answer.status_code == 200
    assert answer.json() == user.get("user/session", sessionid=user.session.sessionid).json()
    assert outcome(user.get("user/session", sessionid="")) == (400, "invalid-sessionid")


def test_own_session_by_its_id_alone(user, settings):
    settings.OWN_SESSION_WITHOUT_ID = False
    assert outcome(user.get("user/session")) == (400, "invalid-sessionid")


def end_it(session):
    ApiClient(session).patch("user/set-session-ended", sessionid=session.sessionid)


def end_it_from_elsewhere(session):
    ApiClient(SessionFactory(account=session.account)).patch("user/set-session-ended", sessionid=session.sessionid)


def end_it_as_administrator(session):
    administrator = ApiClient(SessionFactory(account=AccountFactory(administrator=True)))
    administrator.patch("administrator/set-session-ended", sessionid=session.sessionid)


def end_the_others(session):
    ApiClient(SessionFactory(account=session.account)).patch("user/end-other-sessions", accountid=session.account_id)


def change_the_password(session):
    body = {"new-password": "another long password", "password": PASSWORD}
    other = ApiClient(SessionFactory(account=session.account))
    other.patch("user/set-account-password", body, accountid=session.account_id)


def use_a_reset_code(session):
    Account.objects.filter(pk=session.account_id).update(username_hash=hashing.text_hashes("somebody")[0])
    ResetCodeFactory(account=session.account, secret_code="abc123")
    body = {"username": "somebody", "new-password": "another long password", "secret-code": "abc123"}
    ApiClient().patch("user/reset-account-password", body)


def delete_as_administrator(session):
    administrator = ApiClient(SessionFactory(account=AccountFactory(administrator=True)))
    administrator.patch("administrator/set-account-deleted", accountid=session.account_id)


def reset_own_session_key(session):
    ApiClient(session).patch("user/reset-session-key", accountid=session.account_id)


def reset_anothers_session_key(session):
    administrator = ApiClient(SessionFactory(account=AccountFactory(administrator=True)))
    administrator.patch("administrator/reset-session-key", accountid=session.account_id)


def delete_the_account(session):
    ApiClient(session).patch("user/set-account-deleted", {"password": PASSWORD}, accountid=session.account_id)


def wait(session):
    """Until its time is over."""


@pytest.mark.parametrize(
    ("end", "ended_at"),
    [
        (end_it, "2022-06-24T02:43:12.624Z"),
        (end_it_from_elsewhere, "2022-06-24T02:43:12.624Z"),
        (end_it_as_administrator, "2022-06-24T02:43:12.624Z"),
        (end_the_others, "2022-06-24T02:43:12.624Z"),
        (change_the_password, "2022-06-24T02:43:12.624Z"),
        (use_a_reset_code, "2022-06-24T02:43:12.624Z"),
        (delete_as_administrator, "2022-06-24T02:43:12.624Z"),
        (reset_own_session_key, "2022-06-24T02:43:12.624Z"),
        (reset_anothers_session_key, "2022-06-24T02:43:12.624Z"),
        (delete_the_account, "2022-06-24T02:43:12.624Z"),
        (wait, "2022-06-24T03:03:02.624Z"),
    ],
)
def test_session_knows_when_it_ended(end, ended_at, db):
    with time_machine.travel(NOW, tick=False) as clock:
        session = SessionFactory()
        clock.shift(10)
        end(session)
        clock.shift(3600)
        answer = read("administrator/session", session)
        assert (answer["ended"], answer["endedAt"]) == (True, ended_at)
        assert answer["expiresAt"] == "2022-06-24T03:03:02.624Z"
        assert outcome(ApiClient(session).get("user/session", sessionid=session.sessionid)) == (401, "Sign in required")
