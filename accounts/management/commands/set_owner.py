"""`manage.py set_owner ACCOUNTID`: transfer ownership to an account."""

from typing import Any

from accounts.services import roles
from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.core.actor import Actor


class Command(SingleObjectCommand):
    help = "Make an account the owner and an administrator. The previous owner remains an administrator."

    def change(self, given: str, actor: Actor, **options: Any) -> Result:
        account = roles.force_owner_account(given, actor)
        return Result(f"{account.accountid}: owner", account.as_json())
