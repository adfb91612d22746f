"""The numbers of rows while many write, roll back, fold and recount: each statement sees numbers that are right."""

import random
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from dashboard.db.counts import row_counts
from sessions_app.counted_rows import SESSIONS
from sessions_app.models import Session
from tests.factories import AccountFactory, SessionFactory
from tests.isolation import transaction_of_test

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

WRITERS, ROUNDS = 4, 40
TIMEOUT_SECONDS = 120
DIFFERENCE = """
    SELECT (SELECT count(*) FROM sessions_app_session WHERE appid = %s)
    - (SELECT coalesce(sum(number), 0) FROM dashboard_rowcount WHERE kind = 'session' AND hours = 24)
    - (SELECT coalesce(sum(change), 0) FROM dashboard_rowcountchange WHERE kind = 'session')
"""


class Crowd:
    """Threads that work until all writers are done."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.faults: list[BaseException] = []
        self.turns = {"fold": 0, "recount": 0, "read": 0}
        self.account = AccountFactory()

    def write(self, seed: int) -> None:
        generator = random.Random(seed)
        for number in range(ROUNDS):
            with transaction_of_test():
                times = [timezone.now() - timedelta(hours=generator.randrange(50)) for _ in range(3)]
                made = [SessionFactory.build(account=self.account, created_at=time) for time in times]
                Session.objects.bulk_create(made)
                Session.objects.filter(pk=made[0].pk).delete()
                made[1].created_at -= timedelta(days=1)
                made[1].save()
                transaction.set_rollback(number % 4 == 0)

    def fold(self) -> None:
        row_counts.tidy()

    def recount(self) -> None:
        assert row_counts.recount(SESSIONS) == []

    def read(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(DIFFERENCE, [settings.APPID])
            assert cursor.fetchone() == (0,)

    def repeat(self, name: str) -> None:
        work: Callable[[], None] = getattr(self, name)
        while not self.done.is_set():
            work()
            self.turns[name] += 1

    def run(self) -> None:
        writers = [threading.Thread(target=self._guarded, args=[self.write, seed]) for seed in range(WRITERS)]
        others = [threading.Thread(target=self._guarded, args=[self.repeat, name]) for name in self.turns]
        for thread in (*others, *writers):
            thread.start()
        for thread in writers:
            thread.join(TIMEOUT_SECONDS)
        self.done.set()
        for thread in others:
            thread.join(TIMEOUT_SECONDS)
        for fault in self.faults:
            raise fault

    def _guarded(self, work: Callable[..., None], *arguments: object) -> None:
        try:
            work(*arguments)
        except BaseException as fault:
            self.faults.append(fault)
        finally:
            connection.close()


def test_numbers_are_right_at_every_moment() -> None:
    crowd = Crowd()
    crowd.run()
    kept = WRITERS * (ROUNDS - ROUNDS // 4) * 2
    assert row_counts.count(SESSIONS, settings.APPID) == Session.objects.count() == kept
    assert row_counts.recount(SESSIONS) == []
    assert min(crowd.turns.values()) > 0


def test_writer_does_not_wait_for_one_that_has_not_committed() -> None:
    """A counter that both update would make the second wait, until the statement's time is up."""
    first = SessionFactory()
    done = threading.Event()

    def write() -> None:
        try:
            SessionFactory(account=first.account)
            done.set()
        finally:
            connection.close()

    with transaction_of_test():
        SessionFactory(account=AccountFactory())
        with connection.cursor() as cursor:
            cursor.execute("SELECT dashboard_fold_row_counts()")
        thread = threading.Thread(target=write)
        thread.start()
        thread.join(TIMEOUT_SECONDS)
        assert done.is_set()
        transaction.set_rollback(True)
    assert row_counts.count(SESSIONS, settings.APPID) == Session.objects.count() == 2
