"""`manage.py purge_deleted_accounts`: deletes the accounts whose time has come, by an operator or a timer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from accounts.models import Account
from accounts.services import deletion
from dashboard.cli.commands import OperatorCommand, Result, counted, interrupted
from dashboard.core.actor import Actor
from dashboard.core.json import JSON, isoformat, without_none

Due = tuple[str, datetime]  # an account's id, and since when it is due
Receipts = Callable[[Due], None]

OWNER_STAYS = "The owner's account is due, and stays: transfer ownership with set_owner first."


class Command(OperatorCommand):
    help = "Delete the accounts whose scheduled deletion is due, with everything of theirs, and print a line for each."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--dry-run", action="store_true", help="list them, and delete none")

    def perform(self, *args: Any, dry_run: bool, **options: Any) -> Result:
        now = timezone.now()
        due, owner = deletion.due_accounts(now), Account.objects.owner().due(now).first()
        if dry_run:
            lines = [f"{account[0]}: due since {_time(account)}" for account in due]
            said = [*lines, f"{counted(len(due), 'account')} would be deleted"]
            return _outcome(said, {"dryRun": True, "accounts": [*map(_wire, due)]}, owner)
        deleted = self._purge(due, silent=options["json"])
        said = [f"{counted(len(deleted), 'account')} deleted"]
        if left := len(due) - len(deleted):
            said.append(f"{counted(left, 'account')} left: restored meanwhile, or taken by another process")
        return _outcome(said, {"deleted": [*map(_wire, deleted)], "left": left}, owner)

    def _purge(self, due: list[Due], *, silent: bool) -> list[Due]:
        deleted: list[Due] = []
        try:
            with self._receipts(len(due), silent=silent) as receipt:
                for account in due:
                    if deletion.purge_account(account[0], Actor.command_line()):
                        deleted.append(account)
                        receipt(account)
        except KeyboardInterrupt:
            raise interrupted(len(deleted), len(due), "account", "deleted") from None
        return deleted

    @contextmanager
    def _receipts(self, total: int, *, silent: bool) -> Iterator[Receipts]:
        """What prints the line of an account, at once, above the bar where both are on the terminal."""
        with self.progress() as progress:
            task = progress.add_task("Deleting accounts", total=total)

            def receipt(account: Due) -> None:
                progress.advance(task)
                if silent:
                    return
                line = f"{account[0]}: deleted, due since {_time(account)}"
                if self.stdout.isatty() and not progress.disable:
                    progress.console.print(line, highlight=False)
                else:
                    self.stdout.write(line)
                    self.stdout.flush()

            yield receipt


def _outcome(said: list[str], told: JSON, owner: Account | None) -> Result:
    if owner:
        said.append(OWNER_STAYS)
    return Result("\n".join(said), without_none({**told, "ownerStays": owner and owner.accountid}))


def _time(account: Due) -> str:
    return f"{account[1]:%Y-%m-%d %H:%M} UTC"


def _wire(account: Due) -> JSON:
    return {"accountid": account[0], "deletedAt": isoformat(account[1])}
