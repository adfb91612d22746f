"""`manage.py list_credentials`: list the API keys of programs."""

from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from rich.text import Text

from dashboard.cli.commands import OperatorCommand, Result
from dashboard.cli.formatting import format_time
from dashboard.cli.output import plain_table
from service_credentials.models import ServiceCredential

COLUMNS = ("Credential", "Name", "Scopes", "Networks", "Last used", "State")


class Command(OperatorCommand):
    help = "List the service credentials that can be used, newest first. Tokens are not stored."
    examples = (
        "",
        "--all --json",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--all", action="store_true", help="also list those that were revoked or have expired")

    def perform(self, *args: Any, **options: Any) -> Result:
        now = timezone.now()
        rows = ServiceCredential.objects.all() if options["all"] else ServiceCredential.objects.usable(now)
        credentials = list(rows.newest_first())
        table = plain_table(COLUMNS, (_cells(it, now) for it in credentials))
        text = table if credentials else "There are no service credentials."
        return Result(text, {"credentials": [it.as_json() for it in credentials]})


def _cells(credential: ServiceCredential, now: datetime) -> tuple[str | Text, ...]:
    return (
        credential.credentialid,
        credential.name,
        Text(credential.scopes.replace(" ", "\n")),
        Text(credential.networks.replace(" ", "\n") or "anywhere"),
        format_time(credential.last_used_at) or "never",
        _state(credential, now),
    )


def _state(credential: ServiceCredential, now: datetime) -> str:
    if credential.revoked_at:
        return f"revoked {format_time(credential.revoked_at)}"
    if credential.expires_at is None:
        return "does not expire"
    return f"{'expired' if credential.is_expired(now) else 'expires'} {format_time(credential.expires_at)}"
