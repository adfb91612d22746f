"""`manage.py send_again WEBHOOKID`: send the events that were given up for a webhook again."""

from typing import Any

from django.core.management.base import CommandParser

from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.cli.formatting import counted
from dashboard.core.actor import Actor
from webhooks.services.webhooks import send_again


class Command(SingleObjectCommand):
    help = "Send events that were given up for a webhook again: all of them, or one."
    subject = "webhookid"
    examples = ("hook_8485ad4a95d2eac8", "hook_8485ad4a95d2eac8 --delivery 1734")

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--delivery", type=int, help="only this delivery; list_dead_letters shows the ids")

    def change(self, given: str, actor: Actor, **options: Any) -> Result:
        count = send_again(given, actor, options["delivery"])
        return Result(f"{given}: {counted(count, 'event')} will be sent again", {"sentAgain": count})
