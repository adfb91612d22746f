"""`manage.py reset_administrator ACCOUNTID`: revoke the administrator role of an account."""

from typing import Any

from accounts.services import roles
from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.core.actor import Actor


class Command(SingleObjectCommand):
    help = "Revoke the administrator role of an account. The owner keeps it."

    def change(self, given: str, actor: Actor, **options: Any) -> Result:
        account = roles.force_reset_account_administrator(given, actor)
        return Result(f"{account.accountid}: no longer an administrator", account.as_json())
