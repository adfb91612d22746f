"""`manage.py set_owner ACCOUNTID`: ownership, by an operator."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.services import roles
from dashboard_project.actor import Actor
from dashboard_project.errors import DashboardError


class Command(BaseCommand):
    help = "Make an account the owner's, and an administrator's; who was owner stays administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("accountid")

    def handle(self, *, accountid: str, **options: Any) -> None:
        try:
            account = roles.force_owner_account(accountid, Actor.command_line())
        except DashboardError as error:
            raise CommandError(f"{accountid}: {error}") from error
        self.stdout.write(f"{account.accountid}: owner")
