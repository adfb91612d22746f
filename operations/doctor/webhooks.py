"""Checks of webhooks: whether their events arrive."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from operations.doctor.findings import Finding, fine, problem, warning
from webhooks.models import Delivery, Webhook
from webhooks.services.queue import never_tried

IDLE_FOR = timedelta(minutes=5)  # in which a worker would have tried
FAILING_FOR = timedelta(hours=1)


def deliveries() -> Iterator[Finding]:
    """Check that a worker runs, that webhooks take what is sent, and that nothing was given up."""
    found = list(_findings())
    number = Webhook.objects.enabled().count()
    yield from found or [fine(f"{number:,} are enabled, and take what is sent." if number else "There are none.")]


def _findings() -> Iterator[Finding]:
    now = timezone.now()
    if never_tried(now - IDLE_FOR):
        yield problem(
            "Events wait for webhooks, and nobody sends them.", "Run manage.py deliver all the time, as a service."
        )
    for webhook in Webhook.objects.enabled().filter(failing_since__lt=now - FAILING_FOR):
        yield warning(
            f"{webhook.pk} has taken nothing since {webhook.failing_since:%Y-%m-%d %H:%M}.",
            "Ask who runs it. After three days events are given up: list_dead_letters, send_again.",
        )
    if dead := Delivery.objects.dead()[:10_000].count():
        yield warning(
            f"{dead:,} events could not be delivered and were given up.",
            "See manage.py list_dead_letters; send_again sends them again. They are deleted after 30 days.",
        )
