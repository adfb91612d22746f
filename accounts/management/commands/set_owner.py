"""`manage.py set_owner ACCOUNTID`: ownership, by an operator."""

from accounts.services import roles
from dashboard.cli.commands import OneRowCommand, Outcome
from dashboard.core.actor import Actor


class Command(OneRowCommand):
    help = "Make an account the owner's, and an administrator's; who was owner stays administrator."

    def change(self, given: str, actor: Actor) -> Outcome:
        account = roles.force_owner_account(given, actor)
        return Outcome(f"{account.accountid}: owner", account.as_wire())
