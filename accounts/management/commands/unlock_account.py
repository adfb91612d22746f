"""`manage.py unlock_account ACCOUNTID`: lets somebody try to sign in again, by an operator."""

from accounts.services import credentials
from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.core.actor import Actor


class Command(SingleObjectCommand):
    help = "Let somebody try to sign in again at once, however many wrong passwords there were."

    def change(self, given: str, actor: Actor) -> Result:
        account = credentials.unlock_account(given, actor)
        return Result(f"{account.accountid}: unlocked", account.as_json())
