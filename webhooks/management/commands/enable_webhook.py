"""`manage.py enable_webhook WEBHOOKID`: send events to a disabled webhook again."""

from typing import Any

from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.core.actor import Actor
from webhooks.services.webhooks import enable_webhook


class Command(SingleObjectCommand):
    help = "Send events to a disabled webhook again."
    subject = "webhookid"
    examples = ("hook_8485ad4a95d2eac8", "hook_8485ad4a95d2eac8 --dry-run")

    def change(self, given: str, actor: Actor, **options: Any) -> Result:
        webhook = enable_webhook(given, actor)
        return Result(f"{webhook}: enabled", webhook.as_json())
