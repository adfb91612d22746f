"""`manage.py set_administrator ACCOUNTID`: the administrator's role, by an operator."""

from accounts.services import roles
from dashboard.cli.commands import OneRowCommand, Outcome
from dashboard.core.actor import Actor


class Command(OneRowCommand):
    help = "Make an account an administrator's."

    def change(self, given: str, actor: Actor) -> Outcome:
        account = roles.set_account_administrator(given, actor)
        return Outcome(f"{account.accountid}: administrator", account.as_wire())
