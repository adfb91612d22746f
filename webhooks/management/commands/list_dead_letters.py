"""`manage.py list_dead_letters`: show the events that could not be delivered."""

from typing import Any

from django.core.management.base import CommandParser
from rich.table import Table

from dashboard.cli.commands import OperatorCommand, Result
from webhooks.models import Delivery

SHOWN = 1000


class Command(OperatorCommand):
    help = f"List the latest {SHOWN:,} events that were given up after three days of attempts."
    examples = ("", "--webhook hook_8485ad4a95d2eac8", "--json")

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--webhook", default="", metavar="WEBHOOKID", help="only of this webhook")

    def perform(self, *args: Any, webhook: str, **options: Any) -> Result:
        dead = Delivery.objects.dead().order_by("-died_at", "-pk")
        rows = list((dead.filter(webhook=webhook) if webhook else dead)[:SHOWN])
        table = Table("delivery", "webhook", "event", "action", "account", "given up", "why", box=None, pad_edge=False)
        for row in rows:
            given_up = f"{row.died_at:%Y-%m-%d %H:%M}"
            table.add_row(str(row.pk), row.webhook_id, row.eventid, row.action, row.accountid, given_up, row.last_error)
        return Result(table if rows else "There are none.", {"deadLetters": [row.as_json() for row in rows]})
