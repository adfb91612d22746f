"""`manage.py purge_deleted_accounts`: delete the accounts whose scheduled deletion is due."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from accounts.models import Account
from accounts.services import deletion
from dashboard.cli.commands import OperatorCommand, Result
from dashboard.cli.formatting import counted, format_time_with_zone
from dashboard.core.actor import Actor
from dashboard.core.json import JSON, isoformat, without_none

Due = tuple[str, datetime]  # an accountid and the time at which the deletion is due

OWNER_REMAINS = "The owner's account is due and was not deleted: transfer ownership with set_owner first."


class Command(OperatorCommand):
    help = "Delete the accounts whose scheduled deletion is due, with everything they own. Print a line for each."
    examples = (
        "--dry-run",
        "",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--dry-run", action="store_true", help="list the accounts; delete none")

    def perform(self, *args: Any, dry_run: bool, **options: Any) -> Result:
        now = timezone.now()
        due, owner = deletion.due_accounts(now), Account.objects.owner().due(now).first()
        return _preview(due, owner) if dry_run else self._purge(due, owner, quiet=options["json"])

    def _purge(self, due: list[Due], owner: Account | None, *, quiet: bool) -> Result:
        deleted: list[Due] = []
        self.run_in_batches(self._delete(due, deleted, quiet=quiet), len(due), "account", "deleted")
        lines = [f"{counted(len(deleted), 'account')} deleted"]
        if left := len(due) - len(deleted):
            lines.append(f"{counted(left, 'account')} left: restored meanwhile, or taken by another process")
        return _result(lines, {"deleted": [*map(_as_json, deleted)], "left": left}, owner)

    def _delete(self, due: list[Due], deleted: list[Due], *, quiet: bool) -> Iterator[int]:
        for accountid, since in due:
            if deletion.purge_account(accountid, Actor.command_line()):
                deleted.append((accountid, since))
                if not quiet:
                    self.write_line(f"{accountid}: deleted, due since {format_time_with_zone(since)}")
                yield 1


def _preview(due: list[Due], owner: Account | None) -> Result:
    lines = [f"{accountid}: due since {format_time_with_zone(since)}" for accountid, since in due]
    lines.append(f"{counted(len(due), 'account')} would be deleted")
    return _result(lines, {"dryRun": True, "accounts": [*map(_as_json, due)]}, owner)


def _result(lines: list[str], data: JSON, owner: Account | None) -> Result:
    if owner:
        lines.append(OWNER_REMAINS)
    return Result("\n".join(lines), without_none({**data, "ownerStays": owner and owner.accountid}))


def _as_json(account: Due) -> JSON:
    return {"accountid": account[0], "deletedAt": isoformat(account[1])}
