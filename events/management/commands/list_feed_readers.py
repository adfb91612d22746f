"""`manage.py list_feed_readers`: show the registered readers of the feed."""

from typing import Any

from rich.table import Table

from dashboard.cli.commands import OperatorCommand, Result
from dashboard.core.json import isoformat
from events.models import FeedReader
from events.services.feed_readers import unread

MOST = 100_000  # unread events that are counted


class Command(OperatorCommand):
    help = "List the registered readers of the feed, and how many events each has not read."
    examples = ("", "--json")

    def perform(self, *args: Any, **options: Any) -> Result:
        table = Table("reader", "of", "last seen", "unread", box=None, pad_edge=False)
        found = []
        for reader in FeedReader.objects.order_by("owner", "name"):
            count = unread(reader, MOST)
            table.add_row(reader.name, reader.owner, f"{reader.confirmed_at:%Y-%m-%d %H:%M}", f"{count:,}")
            found.append(
                {
                    "name": reader.name,
                    "owner": reader.owner,
                    "createdAt": isoformat(reader.created_at),
                    "confirmedAt": isoformat(reader.confirmed_at),
                    "unread": count,
                }
            )
        return Result(table if found else "There are no registered readers.", {"readers": found})
