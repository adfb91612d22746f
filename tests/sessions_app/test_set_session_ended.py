"""user/set-session-ended and administrator/set-session-ended."""

from datetime import UTC, datetime

import pytest
import time_machine

from accounts.models import Account
from sessions_app.models import Session
from tests.client import ApiClient, outcome
from tests.factories import AccountFactory, SessionFactory

NOW = datetime(2022, 6, 24, 2, 43, 2, 624321, tzinfo=UTC)


@pytest.mark.parametrize("role", ["user", "administrator"])
@time_machine.travel(NOW, tick=False)
def test_ended_session_is_answered(role, request):
    client = request.getfixturevalue(role)
    session = SessionFactory(account=client.account if role == "user" else AccountFactory())
    answer = client.patch(f"{role}/set-session-ended", sessionid=session.sessionid).json()
    assert answer == {
        "sessionid": session.sessionid,
        "object": "session",
        "appid": "dashboard",
        "accountid": session.account_id,
        "duration": 1200,
        "csrfToken": session.csrf_token,
        "expiresAt": "2022-06-24T03:03:02.624Z",
        "lastVerifiedAt": "2022-06-24T02:43:02.624Z",
        "endedAt": "2022-06-24T02:43:02.624Z",
        "ended": True,
        "createdAt": "2022-06-24T02:43:02.624Z",
        "updatedAt": "2022-06-24T02:43:02.624Z",
    }


def test_only_the_session_that_is_named_ends(user):
    session, other = SessionFactory(account=user.account), SessionFactory(account=user.account)
    others = SessionFactory()
    assert outcome(user.patch("user/set-session-ended", sessionid=session.sessionid)) == (200, "")
    ended = {row.sessionid for row in Session.objects.exclude(ended_at=None)}
    assert ended == {session.sessionid}
    for client in (user, ApiClient(other), ApiClient(others)):
        assert outcome(client.get("user/account", accountid=client.account.accountid)) == (200, "")


def test_session_that_ended_itself_is_refused(user):
    sessionid = user.session.sessionid
    assert user.patch("user/set-session-ended", sessionid=sessionid).json()["ended"] is True
    assert outcome(user.patch("user/set-session-ended", sessionid=sessionid)) == (401, "Sign in required")


def test_session_ends_once_and_keeps_its_time(user):
    session = SessionFactory(account=user.account)
    first = user.patch("user/set-session-ended", sessionid=session.sessionid).json()
    assert outcome(user.patch("user/set-session-ended", sessionid=session.sessionid)) == (409, "invalid-session")
    assert user.get("user/session", sessionid=session.sessionid).json() == first


def test_ending_a_session_leaves_the_account_as_it_was(user):
    before = Account.objects.values().get()
    user.patch("user/set-session-ended", sessionid=SessionFactory(account=user.account).sessionid)
    assert Account.objects.values().get() == before
