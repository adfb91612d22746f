"""`manage.py create_webhook URL`: send events to an address."""

from typing import Any

from django.core.management.base import CommandParser

from dashboard.cli.commands import OperatorCommand, Result
from dashboard.core.actor import Actor
from webhooks.services.webhooks import create_webhook


class Command(OperatorCommand):
    help = "Send the events from now on to an address. The secret that signs them is shown once."
    subject = "url"
    examples = (
        "https://app.example.com/hooks/dashboard",
        "https://app.example.com/hooks --action delete-account --action set-account-password",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("url")
        parser.add_argument(
            "--action", action="append", default=[], help="send only events of this operation; repeatable"
        )
        parser.add_argument(
            "--in-order",
            action="store_true",
            help="send all events one after another, not only those of the same account",
        )

    def perform(self, *args: Any, url: str, action: list[str], in_order: bool, **options: Any) -> Result:
        webhook = create_webhook(url, action, Actor.command_line(), in_order=in_order)
        return Result(f"{webhook}: created. Its secret is shown only once:\n{webhook.secret}", webhook.as_json())
