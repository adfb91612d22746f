"""A worker that is stopped, and one that works once."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from benchmarks.feed.receiver import receiving
from tests.webhooks.test_delivery import A, created, happen
from webhooks.models import Delivery
from webhooks.services import queue
from webhooks.services import worker as module

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_worker_that_works_once_deletes_what_was_given_up_long_ago(worker):
    with receiving() as receiver:
        webhook = created(receiver, "create-profile")
        for number, age in enumerate((module.KEEP_DEAD - timedelta(days=1), module.KEEP_DEAD + timedelta(days=1))):
            Delivery.objects.create(webhook=webhook, event_id=2**40 + number, body="{}", died_at=timezone.now() - age)
        worker.run_once()
        assert Delivery.objects.get().event_id == 2**40
