"""A session that is idle stays ended: nothing brings it back once it was refused, or was ended with others."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Account
from accounts.services import credentials, deletion
from dashboard.core.actor import Actor, ActorKind
from dashboard.core.errors import DashboardError
from events.models import Event
from operations import restored_backup
from resetcodes.services import reset_codes
from second_factors.services import enrolment
from sessions_app import models
from sessions_app.models import Session
from sessions_app.services import last_seen, purging, revocation, sessions
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory, ResetCodeFactory, SessionFactory

NOW = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)
TIMEOUT = timedelta(minutes=10)
SECOND = timedelta(seconds=1)
NEW_PASSWORD, CODE = "another long password", "abc123def456"
OPERATOR = Actor.command_line()


class Person:
    """An account with a session in use, and another one that is refused as idle just after it has made a request."""

    def __init__(self, clock: Any) -> None:
        self.account = AccountFactory(username="first-person")
        self.kept = SessionFactory(account=self.account, last_seen_at=NOW)
        self.idle = SessionFactory(account=self.account, last_seen_at=NOW - TIMEOUT + SECOND)
        self.actor = Actor(ActorKind.ACCOUNT, self.account.pk)
        assert self.status() == 200
        clock.shift(2)
        assert self.status() == 401

    def status(self) -> int:
        status: int = ApiClient(self.idle).get("user/session", sessionid=self.idle.pk).status_code
        return status


def delete_and_cancel(person: Person) -> None:
    deletion.set_account_deleted(person.account.pk, person.actor)
    deletion.reset_account_deleted(person.account.pk, person.actor)


def reset_with_code(person: Person) -> None:
    ResetCodeFactory(account=person.account, secret_code=CODE)
    reset_codes.reset_account_password("first-person", NEW_PASSWORD, CODE, person.actor)


def remove_second_factors(person: Person) -> None:
    Account.objects.filter(pk=person.account.pk).update(second_factor_since=NOW)
    enrolment.remove_second_factors(person.account.pk, OPERATOR)


Way = Callable[[Person], Any]
WAYS: dict[str, Way] = {
    "set-account-password": lambda it: credentials.set_account_password(
        it.account.pk, NEW_PASSWORD, PASSWORD, it.kept.pk, it.actor
    ),
    "reset-account-password": reset_with_code,
    "reset-session-key": lambda it: credentials.reset_session_key(it.account.pk, it.actor),
    "set-account-deleted and reset-account-deleted": delete_and_cancel,
    "end-other-sessions": lambda it: sessions.end_other_sessions(it.account.pk, it.kept.pk, it.actor),
    "remove-second-factors": remove_second_factors,
}
ONE_BY_ONE: dict[str, Way] = {
    "set-session-ended": lambda it: sessions.set_session_ended(it.idle.pk, OPERATOR),
    "set-session-ended, one's own": lambda it: sessions.set_own_session_ended(it.idle.pk, it.account.pk, it.actor),
    "end-sessions": lambda it: [*revocation.end_sessions(revocation.Selection(timezone.now()), OPERATOR)],
    "after-restore": lambda it: [*restored_backup.end_sessions(timezone.now(), OPERATOR, are_all=True)],
}


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def person(clock: Any, settings: Any, db: None) -> Iterator[Person]:
    settings.SESSION_IDLE_TIMEOUT = TIMEOUT.seconds
    last_seen._noted.clear()
    last_seen._written.clear()
    yield Person(clock)
    last_seen._noted.clear()
    last_seen._written.clear()


def row(person: Person) -> Session:
    return Session.objects.get(pk=person.idle.pk)


def test_request_whose_time_is_stored_too_late_does_not_count(person: Person) -> None:
    last_seen.write()
    assert row(person).last_seen_at == NOW - TIMEOUT + SECOND
    assert person.status() == 401


def test_request_whose_time_is_stored_soon_enough_counts(person: Person, clock: Any) -> None:
    clock.move_to(NOW + SECOND - timedelta(milliseconds=1))
    last_seen.write()
    clock.move_to(NOW + TIMEOUT - SECOND)
    assert person.status() == 200


@pytest.mark.parametrize("way", [*WAYS.values(), *ONE_BY_ONE.values()], ids=[*WAYS, *ONE_BY_ONE])
def test_idle_session_is_ended_for_good(way: Way, person: Person, settings: Any) -> None:
    way(person)
    assert row(person).ended_at == timezone.now()
    last_seen.write()
    settings.SESSION_IDLE_TIMEOUT = 0
    assert_ended(person)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_idle_session_is_ended_by_its_account(
    way: Way, person: Person, settings: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "ROWS_AT_ONCE", 0)
    way(person)
    at = timezone.now()
    assert row(person).ended_at is None
    assert row(person).ending.at == at  # type: ignore[union-attr]
    clock.shift(60)
    sum(purging.write_revocations())
    assert row(person).ended_at == at
    settings.SESSION_IDLE_TIMEOUT = 0
    assert_ended(person)


def assert_ended(person: Person) -> None:
    administrator = ApiClient(SessionFactory(account=AccountFactory(administrator=True)))
    assert person.status() == 401
    assert administrator.get("administrator/session", sessionid=person.idle.pk).json()["ended"] is True
    assert not Session.objects.endable(timezone.now()).filter(pk=person.idle.pk).exists()
    with pytest.raises(DashboardError, match="invalid-session"):
        sessions.set_session_ended(person.idle.pk, OPERATOR)


def test_administrator_ends_it_once(person: Person, administrator: ApiClient) -> None:
    def end() -> tuple[int, str]:
        return outcome(administrator.patch("administrator/set-session-ended", sessionid=person.idle.pk))

    assert end() == (200, "")
    assert Event.objects.filter(action="set-session-ended", targetid=person.idle.pk).count() == 1
    assert end() == (409, "invalid-session")


def test_idle_ones_are_among_those_that_are_ended(person: Person) -> None:
    assert revocation.count_sessions(revocation.Selection(timezone.now(), person.account.pk)) == 2
    assert sessions.end_other_sessions(person.account.pk, person.kept.pk, person.actor) == 1
    assert sessions.end_other_sessions(person.account.pk, person.kept.pk, person.actor) == 0
    assert revocation.count_sessions(revocation.Selection(timezone.now(), person.account.pk)) == 1


def test_idle_session_is_not_counted_as_active(person: Person) -> None:
    now = timezone.now()
    assert person.account.sessions.active(now).get() == person.kept
    assert person.account.sessions.ended(now).get() == person.idle
