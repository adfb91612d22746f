"""`manage.py disable_webhook WEBHOOKID`: send nothing more to a webhook until it is enabled."""

from typing import Any

from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.core.actor import Actor
from webhooks.services.webhooks import disable_webhook


class Command(SingleObjectCommand):
    help = "Send nothing more to a webhook until it is enabled."
    subject = "webhookid"
    examples = ("hook_8485ad4a95d2eac8", "hook_8485ad4a95d2eac8 --dry-run")

    def change(self, given: str, actor: Actor, **options: Any) -> Result:
        webhook = disable_webhook(given, actor)
        return Result(f"{webhook}: disabled", webhook.as_json())
