"""`manage.py restore_account ACCOUNTID`: cancel the scheduled deletion of an account."""

from typing import Any

from accounts.services import deletion
from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.core.actor import Actor


class Command(SingleObjectCommand):
    help = "Cancel the scheduled deletion of an account before it is due."

    def change(self, given: str, actor: Actor, **options: Any) -> Result:
        account = deletion.reset_account_deleted(given, actor)
        return Result(f"{account.accountid}: deletion cancelled", account.as_json())
