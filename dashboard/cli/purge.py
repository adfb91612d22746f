"""Base class of the commands that delete old rows."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar

from django.core.management.base import CommandParser

from dashboard.cli.arguments import duration
from dashboard.cli.commands import OperatorCommand, Result
from dashboard.cli.formatting import counted


class PurgeCommand(OperatorCommand):
    """A command that deletes rows older than --older-than. Subclasses implement `count` and `purge`."""

    noun: ClassVar[str]
    age: ClassVar[str]  # the help of --older-than, with examples
    examples: ClassVar[tuple[str, ...]] = ("--older-than 90d", "--older-than 12w --dry-run")

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--older-than", type=duration, required=True, metavar="TIME", help=self.age)
        parser.add_argument("--dry-run", action="store_true", help="print how many there are; delete none")

    def count(self, older_than: timedelta) -> int:
        """Return how many rows would be deleted."""
        raise NotImplementedError

    def purge(self, older_than: timedelta) -> Iterator[int]:
        """Delete the rows in batches and yield the size of each batch."""
        raise NotImplementedError

    def perform(self, *args: Any, older_than: timedelta, dry_run: bool, **options: Any) -> Result:
        count = self.count(older_than)
        if dry_run:
            return Result(f"{counted(count, self.noun)} would be deleted", {"dryRun": True, f"{self.noun}s": count})
        deleted = self.run_in_batches(self.purge(older_than), count, self.noun, "deleted")
        return Result(f"{counted(deleted, self.noun)} deleted", {"deleted": deleted})
