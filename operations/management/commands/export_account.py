"""`manage.py export_account ACCOUNTID`: everything that is held about a person, by an operator."""

from typing import Any

from django.core.management.base import CommandParser

from accounts.models import Account
from dashboard.cli.commands import OperatorCommand
from operations.export import export_account


class Command(OperatorCommand):
    help = "Print everything that is held about a person, as one JSON document (--json or not)."
    subject = "accountid"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("accountid")

    def perform(self, *args: Any, accountid: str, **options: Any) -> None:
        for part in export_account(Account.objects.get_or_refuse(accountid)):
            self.stdout.write(part.decode(), ending="")
        self.stdout.write("")
