"""`manage.py unlock_account ACCOUNTID`: lets somebody try to sign in again, by an operator."""

from accounts.services import credentials
from dashboard.cli.commands import OneRowCommand, Outcome
from dashboard.core.actor import Actor


class Command(OneRowCommand):
    help = "Let somebody try to sign in again at once, however many wrong passwords there were."

    def change(self, given: str, actor: Actor) -> Outcome:
        account = credentials.unlock_account(given, actor)
        return Outcome(f"{account.accountid}: unlocked", account.as_wire())
