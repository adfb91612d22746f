"""`manage.py list_webhooks`: show the webhooks and their state."""

from typing import Any

from rich.table import Table

from dashboard.cli.commands import OperatorCommand, Result
from webhooks.models import Webhook
from webhooks.services.queue import counts


class Command(OperatorCommand):
    help = "List the webhooks, their state, and how many events are waiting or were given up."
    examples = ("", "--json")

    def perform(self, *args: Any, **options: Any) -> Result:
        table = Table("webhook", "URL", "state", "waiting", "given up", box=None, pad_edge=False)
        found = []
        for webhook in Webhook.objects.order_by("created_at"):
            waiting, dead = counts(webhook)
            table.add_row(webhook.pk, webhook.url, webhook.state, f"{waiting:,}", f"{dead:,}")
            found.append({**webhook.as_json(), "waiting": waiting, "givenUp": dead})
        return Result(table if found else "There are no webhooks.", {"webhooks": found})
