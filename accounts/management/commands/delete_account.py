"""`manage.py delete_account ACCOUNTID`: delete an account at once."""

from typing import Any

from django.core.management.base import CommandParser

from accounts.models import Account
from accounts.services import deletion
from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.cli.formatting import counted
from dashboard.core.actor import Actor


class Command(SingleObjectCommand):
    help = (
        "Delete an account at once, with its sessions, reset codes and profiles."
        " To schedule a deletion that can be cancelled, use schedule_deletion."
    )
    examples = (
        "acct_8485ad4a95d2eac8 --dry-run",
        "acct_8485ad4a95d2eac8",
        "acct_8485ad4a95d2eac8 --yes --json",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def perform(self, *args: Any, **options: Any) -> Result:
        account = Account.objects.get_or_refuse(options["accountid"])
        if not (options["dry_run"] or account.owner_since):  # the service refuses to delete the owner
            question = f"Delete {account.accountid} with {_belongings(account)}? This cannot be undone."
            self.confirm(question, yes=options["yes"])
        return super().perform(**options)

    def change(self, given: str, actor: Actor, **options: Any) -> Result:
        belongings = _belongings(Account.objects.get_or_refuse(given))
        deletion.delete_account(given, actor)
        return Result(f"{given}: deleted with {belongings}", {"object": "account", "accountid": given, "deleted": True})


def _belongings(account: Account) -> str:
    profiles = counted(account.profiles.count(), "profile")
    sessions = counted(account.sessions.count(), "session")
    return f"{profiles}, {sessions} and {counted(account.reset_codes.count(), 'reset code')}"
