"""`manage.py set_owner ACCOUNTID`: ownership, by an operator."""

from accounts.services import roles
from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.core.actor import Actor


class Command(SingleObjectCommand):
    help = "Make an account the owner's, and an administrator's; who was owner stays administrator."

    def change(self, given: str, actor: Actor) -> Result:
        account = roles.force_owner_account(given, actor)
        return Result(f"{account.accountid}: owner", account.as_json())
