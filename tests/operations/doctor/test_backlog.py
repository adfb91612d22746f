"""Checks of overdue work."""

from datetime import timedelta

import pytest
from django.utils import timezone

from events.models import Action, Event
from operations.doctor import backlog
from tests.commands import run
from tests.factories import AccountFactory, SessionFactory
from tests.operations.doctor.cases import FINE, PROBLEM, WARNING, severities


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (None, WARNING),
        ({}, PROBLEM),
        ({"owner": True}, FINE),
        ({"owner": True, "scheduled": True}, PROBLEM),
        ({"owner": True, "appid": "another"}, WARNING),
    ],
)
def test_owner(columns, expected, db):
    if columns is not None:
        AccountFactory(**columns)
    assert severities(backlog.owner) == [expected]


@pytest.mark.parametrize(
    ("since", "columns", "expected"),
    [
        (timedelta(hours=25), {}, PROBLEM),
        (timedelta(hours=23), {}, FINE),
        (timedelta(hours=-1), {}, FINE),
        (timedelta(hours=25), {"owner": True}, FINE),
    ],
)
def test_due_deletions(since, columns, expected, db):
    AccountFactory(deleted_at=timezone.now() - since, **columns)
    assert severities(backlog.deletions) == [expected]


@pytest.mark.parametrize(("days", "expected"), [(366, WARNING), (364, FINE)])
def test_sessions_that_ended_long_ago(days, expected, db):
    ended = timezone.now() - timedelta(days=days)
    SessionFactory(created_at=ended - timedelta(days=2), ended_at=ended)
    assert severities(backlog.sessions) == [expected]


@pytest.mark.parametrize(("days", "summed", "expected"), [(3, False, WARNING), (3, True, FINE), (1, False, FINE)])
def test_events_that_are_not_summed(days, summed, expected, db):
    Event.objects.create(action=Action.CREATE_ACCOUNT, created_at=timezone.now() - timedelta(days=days))
    if summed:
        run("rollup_metrics")
    assert severities(backlog.daily_sums) == [expected]
