"""`manage.py list_webhooks`: show the webhooks and their state."""

from typing import Any

from dashboard.cli.commands import OperatorCommand, Result
from dashboard.cli.output import plain_table
from webhooks.models import Webhook
from webhooks.services.queue import counts

COLUMNS = ("webhook", "URL", "state", "waiting", "given up")


class Command(OperatorCommand):
    help = "List the webhooks, their state, and how many events are waiting or were given up."
    examples = ("", "--json")

    def perform(self, *args: Any, **options: Any) -> Result:
        rows, found = [], []
        for webhook in Webhook.objects.order_by("created_at"):
            waiting, dead = counts(webhook)
            rows.append((webhook.pk, webhook.url, webhook.state, f"{waiting:,}", f"{dead:,}"))
            found.append({**webhook.as_json(), "waiting": waiting, "givenUp": dead})
        return Result(plain_table(COLUMNS, rows) if found else "There are no webhooks.", {"webhooks": found})
