"""`manage.py export_account ACCOUNTID`: export everything that is stored about a person."""

from typing import Any

from django.core.management.base import CommandParser

from accounts.models import Account
from dashboard.cli.commands import OperatorCommand
from dashboard.cli.encoding import portable_json
from operations.account_export import export_account


class Command(OperatorCommand):
    help = "Print everything that is stored about a person as one JSON document, with or without --json."
    examples = ("acct_8485ad4a95d2eac8 > acct_8485ad4a95d2eac8.json",)
    subject = "accountid"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("accountid")

    def perform(self, *args: Any, accountid: str, **options: Any) -> None:
        for part in export_account(Account.objects.get_or_refuse(accountid)):
            self.stdout.write(portable_json(part.decode(), self.stdout), ending="")
        self.stdout.write("")
