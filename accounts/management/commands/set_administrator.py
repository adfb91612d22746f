"""`manage.py set_administrator ACCOUNTID`: grant an account the administrator role."""

from typing import Any

from accounts.services import roles
from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.core.actor import Actor


class Command(SingleObjectCommand):
    help = "Grant an account the administrator role."

    def change(self, given: str, actor: Actor, **options: Any) -> Result:
        account = roles.set_account_administrator(given, actor)
        return Result(f"{account.accountid}: administrator", account.as_json())
