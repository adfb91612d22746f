"""`manage.py reset_administrator ACCOUNTID`: takes the administrator's role back, by an operator."""

from accounts.services import roles
from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.core.actor import Actor


class Command(SingleObjectCommand):
    help = "Take the administrator's role from an account; the owner's stays."

    def change(self, given: str, actor: Actor) -> Result:
        account = roles.force_reset_account_administrator(given, actor)
        return Result(f"{account.accountid}: no administrator any more", account.as_json())
