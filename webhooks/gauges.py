"""What waits to be delivered, for Prometheus."""

from django.utils import timezone

from dashboard.observability.metrics import DatabaseGauge
from webhooks.models import Delivery
from webhooks.services.queue import waiting_since

COUNT_LIMIT = 10_000


def seconds_undelivered() -> int:
    """Return how many seconds the oldest undelivered event has waited."""
    since = waiting_since()
    return max(0, int((timezone.now() - since).total_seconds())) if since else 0


def count_dead_letters() -> int:
    """Return how many deliveries were given up, at most COUNT_LIMIT."""
    return Delivery.objects.dead()[:COUNT_LIMIT].count()


DATABASE_GAUGES = (
    DatabaseGauge(
        "dashboard_webhooks_oldest_undelivered_seconds",
        "How long the oldest event has waited to be delivered to a webhook.",
        seconds_undelivered,
    ),
    DatabaseGauge(
        "dashboard_webhooks_dead_letters",
        f"Events that could not be delivered to a webhook and were given up, up to {COUNT_LIMIT}.",
        count_dead_letters,
    ),
)
