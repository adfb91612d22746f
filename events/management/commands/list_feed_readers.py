"""`manage.py list_feed_readers`: show the registered readers of the feed."""

from typing import Any

from dashboard.cli.commands import OperatorCommand, Result
from dashboard.cli.output import plain_table
from dashboard.core.json import isoformat
from events.models import FeedReader
from events.services.feed_readers import unread

MOST = 100_000  # unread events that are counted
COLUMNS = ("reader", "of", "last seen", "unread")


class Command(OperatorCommand):
    help = "List the registered readers of the feed, and how many events each has not read."
    examples = ("", "--json")

    def perform(self, *args: Any, **options: Any) -> Result:
        rows, found = [], []
        for reader in FeedReader.objects.order_by("owner", "name"):
            count = unread(reader, MOST)
            rows.append((reader.name, reader.owner, f"{reader.confirmed_at:%Y-%m-%d %H:%M}", f"{count:,}"))
            found.append(
                {
                    "name": reader.name,
                    "owner": reader.owner,
                    "createdAt": isoformat(reader.created_at),
                    "confirmedAt": isoformat(reader.confirmed_at),
                    "unread": count,
                }
            )
        return Result(plain_table(COLUMNS, rows) if found else "There are no registered readers.", {"readers": found})
