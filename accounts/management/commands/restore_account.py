"""`manage.py restore_account ACCOUNTID`: cancels the deletion of an account, by an operator."""

from accounts.services import deletion
from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.core.actor import Actor


class Command(SingleObjectCommand):
    help = "Cancel the deletion of an account, while its time has not come."

    def change(self, given: str, actor: Actor) -> Result:
        account = deletion.reset_account_deleted(given, actor)
        return Result(f"{account.accountid}: not to be deleted any more", account.as_json())
