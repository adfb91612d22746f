"""`manage.py schedule_deletion ACCOUNTID`: an account is to be deleted, by an operator."""

from accounts.services import deletion
from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.core.actor import Actor


class Command(SingleObjectCommand):
    help = "Schedule an account for deletion, DELETE_DELAY days from now. Its sessions end; restore_account cancels it."

    def change(self, given: str, actor: Actor) -> Result:
        account = deletion.set_account_deleted(given, actor)
        said = f"{account.accountid}: due to be deleted at {account.deleted_at:%Y-%m-%d %H:%M} UTC, every session ended"
        return Result(said, account.as_json())
