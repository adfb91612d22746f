"""`manage.py set_administrator ACCOUNTID`: the administrator's role, by an operator."""

from accounts.services import roles
from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.core.actor import Actor


class Command(SingleObjectCommand):
    help = "Make an account an administrator's."

    def change(self, given: str, actor: Actor) -> Result:
        account = roles.set_account_administrator(given, actor)
        return Result(f"{account.accountid}: administrator", account.as_json())
