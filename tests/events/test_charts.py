"""The figures of the administrators' home page."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

import accounts.gauges
import sessions_app.gauges
from accounts.gauges import count_due_accounts
from accounts.models import Account
from dashboard.core.actor import Actor
from events.models import Action
from events.services.charts import CHARTED, happened_on, last_days
from events.services.rollup import rollup_metrics
from sessions_app.gauges import count_active_sessions
from sessions_app.models import Session
from tests.events.test_rollup import happened
from tests.factories import AccountFactory, SessionFactory

NOW = datetime(2022, 6, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def test_days_are_those_up_to_today(db):
    days = last_days(NOW)
    assert (len(days), days[0], days[-1]) == (90, date(2022, 3, 27), date(2022, 6, 24))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Denver"])
def test_today_is_that_of_utc(zone, settings):
    settings.TIME_ZONE = zone
    assert last_days(NOW + timedelta(hours=4), 1) == [date(2022, 6, 24)]
    assert last_days(NOW - timedelta(hours=11), 1) == [date(2022, 6, 24)]


@pytest.mark.parametrize("summed", [True, False])
def test_every_operation_is_counted_by_its_day(summed, db):
    for number, action in enumerate(CHARTED, 1):
        happened(*[NOW - DAY] * number, NOW, NOW - 3 * DAY, NOW - 5 * DAY, action=action)
    happened(NOW, action="create-profile")
    if summed:
        list(rollup_metrics(NOW))
    figures = happened_on(last_days(NOW, 4))
    assert figures == {action: [1, 0, number, 1] for number, action in enumerate(CHARTED, 1)}


def test_what_is_settled_today_is_counted_once(db):
    with time_machine.travel(NOW, tick=False) as clock:
        happened(*[NOW - timedelta(hours=1)] * 3, NOW)
        assert happened_on(last_days(NOW, 1))[Action.CREATE_SESSION] == [4]
        clock.shift(timedelta(minutes=5))
        happened(NOW - timedelta(minutes=4))  # by a transaction that took its time
        with CaptureQueriesContext(connection) as queries:
            assert happened_on(last_days(NOW, 1))[Action.CREATE_SESSION] == [5]
        assert not any("2022-06-24 00:00:00" in query["sql"] for query in queries)
        clock.shift(timedelta(hours=1))
        assert happened_on(last_days(NOW, 1))[Action.CREATE_SESSION] == [5]
        clock.shift(DAY)
        assert happened_on(last_days(NOW + DAY, 2))[Action.CREATE_SESSION] == [5, 0]


def test_nothing_that_happened_is_noughts(db):
    assert happened_on(last_days(NOW, 2)) == {action: [0, 0] for action in CHARTED}


def test_active_sessions_are_counted_up_to_a_bound(db, monkeypatch):
    account = AccountFactory()
    SessionFactory.create_batch(3, account=account)
    SessionFactory(account=account, expired=True)
    SessionFactory(account=account, is_ended_by_request=True)
    SessionFactory(appid="another", account=AccountFactory(appid="another"))
    now = datetime.now(UTC)
    assert count_active_sessions(now) == 3
    monkeypatch.setattr(sessions_app.gauges, "COUNT_LIMIT", 2)
    assert count_active_sessions(now) == 2


def test_accounts_due_are_counted_up_to_a_bound(db, monkeypatch):
    AccountFactory()
    for days in (-1, 0, 7, 8):
        AccountFactory(deleted_at=NOW + days * DAY)
    AccountFactory(deleted_at=NOW, appid="another")
    assert (count_due_accounts(NOW), count_due_accounts(NOW, timedelta(0))) == (3, 2)
    monkeypatch.setattr(accounts.gauges, "COUNT_LIMIT", 1)
    assert count_due_accounts(NOW) == 1


def test_sessions_that_a_revocation_has_ended_are_not_active(db, monkeypatch):
    account, now = AccountFactory(), datetime.now(UTC)
    SessionFactory.create_batch(3, account=account)
    SessionFactory.create_batch(2)
    with transaction.atomic():
        locked = Account.objects.get_for_update(account.pk)
        Session.objects.revoke(locked, Action.RESET_SESSION_KEY, Actor.command_line(), now, (), 10)
    assert count_active_sessions(now) == 2
    for limit, count in ((4, 2), (3, 2), (2, 2), (1, 1)):
        monkeypatch.setattr(sessions_app.gauges, "COUNT_LIMIT", limit)
        assert count_active_sessions(now) == count
