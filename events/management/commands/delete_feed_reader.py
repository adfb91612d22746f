"""`manage.py delete_feed_reader NAME`: forget a registered reader of the feed."""

from typing import Any

from django.core.management.base import CommandParser

from dashboard.cli.arguments import nonempty
from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.cli.errors import Failed
from dashboard.cli.formatting import counted
from dashboard.cli.prompts import require_text
from dashboard.core.actor import Actor
from events.services.feed_readers import delete_feed_readers


class Command(SingleObjectCommand):
    help = "Forget the readers of the feed with this name, so that purge_events keeps nothing for them."
    subject = "name"
    examples = ("billing", "billing --of cred_8485ad4a95d2eac8")

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--of", type=nonempty, help="only that of this service credential or account")

    def change(self, given: str, actor: Actor, **options: Any) -> Result:
        owner = options["of"] or ""
        require_text(given, owner)
        deleted = delete_feed_readers(owner, given, actor)
        if not deleted:
            raise Failed(f"{given}: there is no such reader.")
        return Result(f"{given}: {counted(deleted, 'reader')} forgotten", {"deleted": deleted})
