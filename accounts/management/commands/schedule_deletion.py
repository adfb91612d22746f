"""`manage.py schedule_deletion ACCOUNTID`: schedule an account for deletion."""

from typing import Any

from accounts.services import deletion
from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.cli.formatting import format_time_with_zone
from dashboard.core.actor import Actor


class Command(SingleObjectCommand):
    help = "Schedule an account for deletion in DELETE_DELAY days and end its sessions. restore_account cancels it."

    def change(self, given: str, actor: Actor, **options: Any) -> Result:
        account = deletion.set_account_deleted(given, actor)
        due = format_time_with_zone(account.deleted_at) if account.deleted_at else ""
        message = f"{account.accountid}: due to be deleted at {due}, every session ended"
        return Result(message, account.as_json())
