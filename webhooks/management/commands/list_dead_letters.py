"""`manage.py list_dead_letters`: show the events that could not be delivered."""

from typing import Any

from django.core.management.base import CommandParser

from dashboard.cli.arguments import nonempty
from dashboard.cli.commands import OperatorCommand, Result
from dashboard.cli.output import plain_table
from dashboard.cli.prompts import require_text
from webhooks.models import Delivery, Webhook

SHOWN = 1000
COLUMNS = ("delivery", "webhook", "event", "action", "account", "given up", "why")


class Command(OperatorCommand):
    help = f"List the latest {SHOWN:,} events that were given up after three days of attempts."
    subject = "webhook"
    examples = ("", "--webhook hook_8485ad4a95d2eac8", "--json")

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--webhook", type=nonempty, metavar="WEBHOOKID", help="only of this webhook")

    def perform(self, *args: Any, webhook: str | None, **options: Any) -> Result:
        dead = Delivery.objects.dead().order_by("-died_at", "-pk")
        if webhook:
            require_text(webhook)
            dead = dead.filter(webhook=Webhook.objects.get_or_refuse(webhook))
        rows = list(dead[:SHOWN])
        table = plain_table(COLUMNS, map(_cells, rows))
        return Result(table if rows else "There are none.", {"deadLetters": [row.as_json() for row in rows]})


def _cells(row: Delivery) -> tuple[str, ...]:
    given_up = f"{row.died_at:%Y-%m-%d %H:%M}"
    return str(row.pk), row.webhook_id, row.eventid, row.action, row.accountid, given_up, row.last_error
