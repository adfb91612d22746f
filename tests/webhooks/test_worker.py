"""A worker that is stopped, and one that works once."""

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from benchmarks.feed.receiver import receiving
from tests.webhooks.test_delivery import A, created, happen
from webhooks.models import Delivery
from webhooks.services import queue
from webhooks.services import worker as module

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    def __init__(self):
        self.seconds, self.pauses = 0.0, []

    def sleep(self, seconds):
        self.seconds += seconds
        self.pauses.append(seconds)


@pytest.mark.parametrize("work", ["run", "run_once"])
def test_message_on_its_way_is_finished_when_the_worker_is_stopped(work, sender, worker, monkeypatch):
    """The receiver answers only when the worker has been stopped and has looked for answers once."""
    send, finish, looked = sender.send, queue.finish, threading.Event()
    monkeypatch.setattr(sender, "send", lambda message: worker.stop() or send(message))
    monkeypatch.setattr(queue, "finish", lambda outcomes: finish(outcomes) or looked.set())
    with receiving(lambda it: 204 if looked.wait(10) else 500) as receiver:
        created(receiver, "create-profile")
        happen(A)
        getattr(worker, work)()
        assert (worker.delivered, worker.failed) == (1, 0)
        assert not Delivery.objects.exists()


@pytest.mark.postgresql
def test_worker_leaves_a_server_that_has_become_a_standby(worker, monkeypatch):
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.0)
    with receiving() as receiver:
        created(receiver, "create-profile")
        happen(A)
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = on")
        for _ in range(3):
            worker._attempt(worker._turn)
        worker._collect_rest()
        assert worker.delivered == 1


@pytest.fixture
def clock(monkeypatch):
    """The worker's clock, which only its pauses move on."""
    clock = Clock()
    monkeypatch.setattr(module, "monotonic", lambda: clock.seconds)
    monkeypatch.setattr(module, "sleep", clock.sleep)
    return clock


@pytest.mark.parametrize("failures", [3, None])
def test_worker_that_is_stopped_while_the_database_is_away(failures, worker, clock, caplog, monkeypatch):
    """It pauses between attempts to store what has arrived, and gives up in the end."""
    send, finish, pauses = worker.sender.send, queue.finish, clock.pauses

    def fail(outcomes):
        if len(pauses) != failures:
            raise OperationalError("the server closed the connection")
        finish(outcomes)

    monkeypatch.setattr(worker.sender, "send", lambda message: worker.stop() or send(message))
    monkeypatch.setattr(queue, "finish", fail)
    with receiving() as receiver:
        created(receiver, "create-profile")
        happen(A)
        worker.run()
        assert pauses == [module.RETRY_SECONDS] * (failures or 6)
        assert Delivery.objects.exists() == ("will be sent again" in caplog.text) == (failures is None)


def test_worker_that_works_once_deletes_what_was_given_up_long_ago(worker):
    with receiving() as receiver:
        webhook = created(receiver, "create-profile")
        for number, age in enumerate((module.KEEP_DEAD - timedelta(days=1), module.KEEP_DEAD + timedelta(days=1))):
            Delivery.objects.create(webhook=webhook, event_id=2**40 + number, body="{}", died_at=timezone.now() - age)
        worker.run_once()
        assert Delivery.objects.get().event_id == 2**40
