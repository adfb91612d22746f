"""Many sessions are ended while people sign in and out."""

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Account
from accounts.services import credentials
from dashboard.core.actor import Actor
from events.models import Event
from sessions_app.models import Session
from sessions_app.services import revocation, sessions
from tests.concurrency.concurrent import (
    SOMEBODY,
    SUCCESS,
    TIMEOUT_SECONDS,
    locked_row,
    locked_session,
    run_concurrently,
    waiting_connections,
)
from tests.factories import PASSWORD, AccountFactory, SessionFactory
from tests.isolation import transaction_of_test

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def end_all() -> None:
    list(revocation.end_sessions(revocation.Selection(timezone.now()), Actor.command_line()))


def active() -> Any:
    return Session.objects.active(timezone.now())


class Beside:
    """An operation in a thread beside the test's own."""

    def __init__(self, operation: Callable[[], Any]) -> None:
        self.fault: BaseException | None = None
        self.thread = threading.Thread(target=self._run, args=[operation])
        self.thread.start()

    def _run(self, operation: Callable[[], Any]) -> None:
        try:
            operation()
        except Exception as fault:
            self.fault = fault
        finally:
            connection.close()

    def join(self) -> None:
        self.thread.join(10)
        assert not self.thread.is_alive()
        if self.fault:
            raise self.fault


def test_session_that_somebody_else_holds_is_waited_for() -> None:
    held, *_ = SessionFactory.create_batch(3, account=AccountFactory())
    assert run_concurrently(locked_session(held), end_all) == {SUCCESS: 1}
    assert not active().exists()


def test_two_at_once_end_each_session_once() -> None:
    held, *_ = SessionFactory.create_batch(5, account=AccountFactory())
    assert run_concurrently(locked_session(held), end_all, end_all) == {SUCCESS: 2}
    assert not active().exists()
    assert Event.objects.count() == 5


def test_reset_of_the_key_at_once_ends_all() -> None:
    account = AccountFactory()
    held, *_ = SessionFactory.create_batch(4, account=account)
    reset = partial(credentials.reset_session_key, account.accountid, SOMEBODY)
    assert run_concurrently(locked_session(held), end_all, reset) == {SUCCESS: 2}
    assert not active().exists()
    assert Account.objects.get().session_key_number == 2


def test_sign_ins_under_way_neither_hinder_nor_are_hindered() -> None:
    """Their account is locked: ending needs no lock of it. The sessions that they open afterwards stay."""
    account = AccountFactory(username="somebody")
    SessionFactory.create_batch(3, account=account)
    with locked_row(account):
        sign_ins = [Beside(partial(sessions.create_session, "somebody", PASSWORD, "", SOMEBODY)) for _ in range(2)]
        until(lambda: waiting_connections() == 2)
        Beside(end_all).join()
        assert not active().exists()
    for sign_in in sign_ins:
        sign_in.join()
    assert active().count() == 2
    assert Session.objects.count() == 5


def test_whoever_locks_sessions_in_another_order_does_not_deadlock(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the reset of a session key may: it holds the last session of an account and then wants the first."""
    first, last = sorted(SessionFactory.create_batch(2, account=AccountFactory()), key=lambda session: session.pk)
    has_last, wants_first, record_each = threading.Event(), threading.Event(), revocation.record_each

    def reset() -> None:
        with transaction_of_test():
            Session.objects.select_for_update().get(pk=last.pk)
            has_last.set()
            wants_first.wait(TIMEOUT_SECONDS)
            Session.objects.select_for_update().get(pk=first.pk)

    def record(*args: Any) -> None:
        """While the first is held here."""
        record_each(*args)
        if not wants_first.is_set():
            wants_first.set()
            until(lambda: waiting_connections() == 1)

    monkeypatch.setattr(revocation, "record_each", record)
    other = Beside(reset)
    assert has_last.wait(TIMEOUT_SECONDS)
    end_all()
    other.join()
    assert not active().exists()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)
