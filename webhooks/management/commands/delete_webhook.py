"""`manage.py delete_webhook WEBHOOKID`: send nothing more to a webhook, and forget it."""

from typing import Any

from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.core.actor import Actor
from webhooks.services.webhooks import delete_webhook


class Command(SingleObjectCommand):
    help = "Send nothing more to a webhook, and forget it."
    subject = "webhookid"
    examples = ("hook_8485ad4a95d2eac8", "hook_8485ad4a95d2eac8 --dry-run")

    def change(self, given: str, actor: Actor, **options: Any) -> Result:
        webhook = delete_webhook(given, actor)
        return Result(f"{webhook}: deleted, with everything that waited for it", webhook.as_json())
