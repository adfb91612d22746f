"""What waits to be delivered, for Prometheus."""

from django.utils import timezone

from dashboard.observability.metrics import DatabaseGauge
from webhooks.models import Delivery
from webhooks.services.queue import oldest_pending

COUNT_LIMIT = 10_000


def seconds_undelivered() -> int:
    """Return how many seconds the oldest undelivered event has waited."""
    oldest = oldest_pending()
    return max(0, int((timezone.now() - oldest.created_at).total_seconds())) if oldest else 0


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
