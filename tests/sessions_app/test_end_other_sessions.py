"""user/end-other-sessions: somebody keeps only the session that asks."""

from datetime import UTC, datetime

import pytest
import time_machine

from accounts.models import Account
from sessions_app.models import Session
from tests.client import ApiClient, outcome
from tests.factories import SessionFactory

NOW = datetime(2022, 6, 24, 2, 42, 51, 8999, tzinfo=UTC)


def end_others(user):
    return user.patch("user/end-other-sessions", accountid=user.account.accountid)


@pytest.mark.parametrize("others", [0, 1, 3])
def test_answer_is_how_many_they_were(others, user):
    SessionFactory.create_batch(others, account=user.account)
    SessionFactory(account=user.account, expired=True)
    SessionFactory(account=user.account, is_ended_by_request=True)
    SessionFactory()
    response = end_others(user)
    assert (response.status_code, response.content) == (200, str(others).encode())
    assert end_others(user).content == b"0"


@time_machine.travel(NOW, tick=False)
def test_others_end_now_and_the_one_that_asks_stays(user):
    other, others = SessionFactory(account=user.account), SessionFactory()
    before, account = Session.objects.values().get(pk=user.session.pk), Account.objects.values().get(pk=user.account.pk)
    end_others(user)
    assert Session.objects.values().get(pk=user.session.pk) == before
    assert Account.objects.values().get(pk=user.account.pk) == account
    assert list(Session.objects.exclude(ended_at=None).values_list("pk", "ended_at")) == [(other.pk, NOW)]
    statuses = [
        ApiClient(session).get("user/session", sessionid=session.sessionid).status_code
        for session in (user.session, other, others)
    ]
    assert statuses == [200, 401, 200]


def test_sessions_that_were_over_keep_the_time_of_their_end(user):
    over = SessionFactory(account=user.account, is_ended_by_request=True)
    expired = SessionFactory(account=user.account, expired=True)
    rows = Session.objects.filter(pk__in=[over.pk, expired.pk]).order_by("pk")
    before = list(rows.values())
    assert outcome(end_others(user)) == (200, "")
    assert list(rows.values()) == before
