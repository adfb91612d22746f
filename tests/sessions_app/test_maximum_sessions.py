"""MAXIMUM_SESSIONS: a sign-in beyond it ends the oldest sessions of the account."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Account
from dashboard.core.actor import Actor, ActorKind
from events.models import Event
from sessions_app.models import Session
from sessions_app.revocations import Revocation
from sessions_app.services import limit, sessions
from tests.client import ApiClient, outcome
from tests.concurrency.concurrent import SOMEBODY, SUCCESS, locked_row, run_concurrently
from tests.factories import PASSWORD, AccountFactory, SessionFactory

NOW = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def sign_in(name: str = "first-person") -> Session:
    return sessions.create_session(name, PASSWORD, "", SOMEBODY)


def with_sessions(count: int) -> list[Session]:
    """Return the sessions of an account, the oldest first."""
    account, now = AccountFactory(username="first-person"), timezone.now()
    return [SessionFactory(account=account, created_at=now - HOUR * (count - it)) for it in range(count)]


def active() -> set[str]:
    return set(Session.objects.active(timezone.now()).values_list("pk", flat=True))


def test_there_is_no_limit_by_default(db: None) -> None:
    made = with_sessions(12)
    made.append(sign_in())
    assert active() == {it.pk for it in made}


@pytest.mark.parametrize("maximum", [1, 2, 3, 4, 5])
def test_the_oldest_end(maximum: int, settings: Any, db: None) -> None:
    settings.MAXIMUM_SESSIONS = maximum
    made = with_sessions(4)
    new = sign_in()
    kept = [*made, new][-maximum:]
    assert active() == {it.pk for it in kept}
    statuses = [ApiClient(it).get("user/session", sessionid=it.pk).status_code for it in made]
    assert statuses == [200 if it in kept else 401 for it in made]


def test_the_reason_is_recorded(settings: Any, db: None) -> None:
    settings.MAXIMUM_SESSIONS = 2
    first, second, _ = with_sessions(3)
    new = sign_in()
    ended = Session.objects.filter(ended_by_action="end-oldest-sessions", ended_by_accountid=new.account_id)
    assert {it.pk for it in ended} == {first.pk, second.pk}
    events = Event.objects.filter(action="end-oldest-sessions", accountid=new.account_id)
    assert set(events.values_list("targetid", "actor_kind", "actor_accountid")) == {
        (it.pk, ActorKind.ACCOUNT, new.account_id) for it in (first, second)
    }


def test_those_that_are_over_do_not_count(settings: Any, db: None) -> None:
    settings.MAXIMUM_SESSIONS = 2
    [session] = with_sessions(1)
    account = session.account
    SessionFactory(account=account, expired=True)
    SessionFactory(account=account, is_ended_by_request=True)
    SessionFactory()
    new = sign_in()
    assert {session.pk, new.pk} <= active()
    assert not Event.objects.filter(action="end-oldest-sessions").exists()


@pytest.mark.parametrize(("maximum", "ended"), [(2, {0, 1, 3}), (3, {0, 1}), (4, {0}), (5, set())])
@pytest.mark.parametrize("rows_at_once", [0, 500])
def test_idle_ones_end_before_those_that_are_active(  # noqa: PLR0917  the cases
    maximum: int, ended: set[int], rows_at_once: int, settings: Any, monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    settings.MAXIMUM_SESSIONS, settings.SESSION_IDLE_TIMEOUT = maximum, 600
    monkeypatch.setattr(limit, "ROWS_AT_ONCE", rows_at_once)
    made = with_sessions(4)
    Session.objects.filter(pk__in=[made[0].pk, made[1].pk, made[3].pk]).update(last_seen_at=timezone.now() - HOUR)
    sign_in()
    settings.SESSION_IDLE_TIMEOUT = 0
    assert {number for number, it in enumerate(made) if it.pk not in active()} == ended


def test_a_refused_sign_in_ends_none(settings: Any, guest: ApiClient) -> None:
    settings.MAXIMUM_SESSIONS = 1
    made = with_sessions(1)
    refused = guest.post("user/create-session", {"username": "first-person", "password": "not the password"})
    assert outcome(refused) == (401, "invalid-password")
    made[0].account.deleted_at = timezone.now() + HOUR
    made[0].account.save()
    refused = guest.post("user/create-session", {"username": "first-person", "password": PASSWORD})
    assert outcome(refused) == (403, "invalid-account")
    assert active() == {made[0].pk}


@time_machine.travel(NOW, tick=False)
def test_very_many_are_ended_by_the_account(settings: Any, monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    settings.MAXIMUM_SESSIONS = 3
    monkeypatch.setattr(limit, "ROWS_AT_ONCE", 2)
    made = with_sessions(6)
    new = sign_in()
    assert active() == {made[4].pk, made[5].pk, new.pk}
    revocation = Revocation.objects.get()
    assert (revocation.action, revocation.at, revocation.accountid) == ("end-oldest-sessions", NOW, new.account_id)
    statuses = [ApiClient(it).get("user/session", sessionid=it.pk).status_code for it in (*made, new)]
    assert statuses == [401] * 4 + [200] * 3
    assert new.account.as_json()["sessionKeyNumber"] == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rows", [500, 0])
def test_sign_ins_at_once_stay_within_the_limit(settings: Any, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    settings.MAXIMUM_SESSIONS = 3
    monkeypatch.setattr(limit, "ROWS_AT_ONCE", rows)
    made = with_sessions(3)
    account: Account = made[0].account
    assert run_concurrently(locked_row(account), *[sign_in] * 4) == {SUCCESS: 4}
    assert len(active()) == 3
    assert not active() & {it.pk for it in made}


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_sign_in_and_the_end_of_all_others_leave_no_more_than_the_limit(settings: Any) -> None:
    settings.MAXIMUM_SESSIONS = 2
    *_, last = with_sessions(2)
    end = partial(sessions.end_other_sessions, last.account_id, last.pk, Actor.command_line())
    assert run_concurrently(locked_row(last.account), sign_in, end) == {SUCCESS: 2}
    assert last.pk in active()
    assert len(active()) <= 2
