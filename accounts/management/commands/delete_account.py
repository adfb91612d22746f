"""`manage.py delete_account ACCOUNTID`: deletes an account at once, by an operator."""

from typing import Any

from django.core.management.base import CommandParser

from accounts.models import Account
from accounts.services import deletion
from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.core.actor import Actor


class Command(SingleObjectCommand):
    help = "Delete an account at once, with its sessions, reset codes and profiles. schedule_deletion can be cancelled."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def perform(self, *args: Any, **options: Any) -> Result:
        account = Account.objects.get_or_refuse(options["accountid"])
        if not (options["dry_run"] or account.owner_since):  # nobody is asked about what is going to be refused
            question = f"Delete {account.accountid} with {_belongings(account)}? This cannot be undone."
            self.confirm(question, yes=options["yes"])
        return super().perform(**options)

    def change(self, given: str, actor: Actor) -> Result:
        belongings = _belongings(Account.objects.get_or_refuse(given))
        deletion.delete_account(given, actor)
        said = f"{given}: deleted with {belongings}"
        return Result(said, {"object": "account", "accountid": given, "deleted": True})


def _belongings(account: Account) -> str:
    counts = {
        "profile": account.profiles.count(),
        "session": account.sessions.count(),
        "reset code": account.reset_codes.count(),
    }
    *first, last = [f"{count:,} {name}{'' if count == 1 else 's'}" for name, count in counts.items()]
    return f"{', '.join(first)} and {last}"
