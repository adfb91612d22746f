"""`manage.py create_credential NAME --scope SCOPE`: create an API key for a program."""

from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from dashboard.cli.arguments import duration
from dashboard.cli.commands import OperatorCommand, Result
from dashboard.cli.formatting import format_time_with_zone
from dashboard.core.actor import Actor
from dashboard.core.services import Scope
from service_credentials.models import ServiceCredential
from service_credentials.services import credentials

LIFETIME = timedelta(days=365)


class Command(OperatorCommand):
    help = "Create a service credential, an API key for a program. Its token is printed and cannot be shown again."
    examples = (
        '"Web application" --scope act-for-users --scope create-reset-codes --network 203.0.113.0/24',
        '"Copy of events" --scope read-events --lifetime 90d --json',
    )
    subject = "name"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", help="the program that uses it, in at most 50 characters")
        parser.add_argument(
            "--scope", action="append", choices=[*map(str, Scope)], required=True, help="what it may do; repeatable"
        )
        parser.add_argument(
            "--network",
            action="append",
            default=[],
            metavar="NETWORK",
            help="network that may use it, such as 203.0.113.0/24; repeatable (default: any)",
        )
        expiry = parser.add_mutually_exclusive_group()
        expiry.add_argument("--lifetime", type=duration, default=LIFETIME, help="such as 90d or 12h (default: 365d)")
        expiry.add_argument("--no-expiry", action="store_true", help="let it work until it is revoked")

    def perform(self, *args: Any, name: str, scope: list[str], network: list[str], **options: Any) -> Result:
        expires_at = None if options["no_expiry"] else timezone.now() + options["lifetime"]
        credential, token = credentials.create_credential(name, scope, network, expires_at, Actor.command_line())
        text = f"{_message(credential)}. Its token is shown only once:\n{token}"
        return Result(text, {**credential.as_json(), "token": token})


def _message(credential: ServiceCredential) -> str:
    expiry = f", until {format_time_with_zone(credential.expires_at)}" if credential.expires_at else ""
    return f"{credential.credentialid}: {credential.scopes.replace(' ', ', ')}{expiry}"
