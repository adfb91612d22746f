"""Registered readers of the feed: `purge_events` deletes nothing that they have not confirmed."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from dashboard.core.actor import Actor
from events.models import Action, Event, EventQuerySet, FeedReader
from events.services import feed
from events.services.feed_cursors import Cursor
from events.services.recording import record_details

NAME_PATTERN = "[A-Za-z0-9._-]{1,50}"
WEBHOOKS = "hook_"  # the ids of webhooks, which are readers, too
CONFIRM_SECONDS = 5  # between two writes of a reader's cursor


def confirm(owner: str, name: str, cursor: Cursor) -> None:
    """Note that a reader has had all events up to this cursor. Register it if it is new.

    What is noted may be CONFIRM_SECONDS old, so that a busy reader does not write with each request.
    """
    now = timezone.now()
    reader = FeedReader.objects.filter(owner=owner, name=name).first()
    if reader is None:
        new = FeedReader(owner=owner, name=name, cursor=cursor.encode())
        FeedReader.objects.bulk_create([new], ignore_conflicts=True)
    elif now - reader.confirmed_at >= timedelta(seconds=CONFIRM_SECONDS):
        FeedReader.objects.filter(pk=reader.pk).update(cursor=cursor.encode(), confirmed_at=now)


@transaction.atomic
def delete_feed_readers(owner: str, name: str, actor: Actor) -> int:
    """Forget the readers of this name, of one owner or of all: `purge_events` keeps nothing for them any more.

    A reader that reads again registers anew. Return how many there were. A webhook's reader stays while the webhook
    does.
    """
    readers = FeedReader.objects.filter(name=name, **({"owner": owner} if owner else {}))
    readers = readers.exclude(owner__startswith=WEBHOOKS)
    deleted, _ = readers.delete()
    if deleted:
        record_details(Action.DELETE_FEED_READERS, actor, f"{owner} {name}".strip())
    return deleted


def readers_behind(events: EventQuerySet) -> list[FeedReader]:
    """Return the readers that have not confirmed all of these events."""
    return [reader for reader in FeedReader.objects.order_by("owner", "name") if _is_behind(reader, events)]


def _is_behind(reader: FeedReader, events: EventQuerySet) -> bool:
    cursor = Cursor.decode(reader.cursor)
    history, _ = feed.present()
    if cursor.history != history:  # its next read is refused, whatever is kept
        return False
    return events.filter(cursor.undelivered(feed.foreign_events_through(history))).exists()


def unread(reader: FeedReader, most: int) -> int:
    """Return how many events a reader has not confirmed yet, at most this number.

    A cursor of another history does not tell which these are: then count those since the reader was last seen.
    """
    cursor = Cursor.decode(reader.cursor)
    history, _ = feed.present()
    if cursor.history == history:
        events = Event.objects.filter(cursor.undelivered(feed.foreign_events_through(history)))
    else:
        events = Event.objects.filter(created_at__gte=reader.confirmed_at)
    return events.order_by()[:most].count()
