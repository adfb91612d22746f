"""What commands that delete old rows have in common."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar

from django.core.management.base import CommandParser

from dashboard.cli.commands import OperatorCommand, Result, counted, duration


class PurgeCommand(OperatorCommand):
    """A command that deletes what is older than some time: subclasses name it, `count` it and `purge` it."""

    noun: ClassVar[str]
    age: ClassVar[str]  # what --older-than means, with examples

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--older-than", type=duration, required=True, metavar="TIME", help=self.age)
        parser.add_argument("--dry-run", action="store_true", help="say how many there are, and delete none")

    def count(self, older_than: timedelta) -> int:
        """How many there are."""
        raise NotImplementedError

    def purge(self, older_than: timedelta) -> Iterator[int]:
        """Delete them, some at a time; each time, how many."""
        raise NotImplementedError

    def perform(self, *args: Any, older_than: timedelta, dry_run: bool, **options: Any) -> Result:
        count = self.count(older_than)
        if dry_run:
            return Result(f"{counted(count, self.noun)} would be deleted", {"dryRun": True, f"{self.noun}s": count})
        deleted = self.run_in_batches(self.purge(older_than), count, self.noun, "deleted")
        return Result(f"{counted(deleted, self.noun)} deleted", {"deleted": deleted})
