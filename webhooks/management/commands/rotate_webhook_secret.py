"""`manage.py rotate_webhook_secret WEBHOOKID`: replace the secret of a webhook."""

from typing import Any

from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.core.actor import Actor
from webhooks.services.webhooks import rotate_webhook_secret


class Command(SingleObjectCommand):
    help = "Give a webhook a new secret, shown once. For 24 hours, messages are signed with the previous one, too."
    subject = "webhookid"
    examples = ("hook_8485ad4a95d2eac8",)

    def change(self, given: str, actor: Actor, **options: Any) -> Result:
        webhook = rotate_webhook_secret(given, actor)
        return Result(f"{webhook}: new secret, shown only once:\n{webhook.secret}", webhook.as_json())
