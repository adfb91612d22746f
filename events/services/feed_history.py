"""The history of the feed, which starts anew when a restored backup has lost events that were read."""

import secrets

from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Max

from dashboard.core.actor import Actor
from events.models import Action, Event
from events.services.feed import feed_state, present
from events.services.recording import record_with_id

IDS_LEFT_OUT = 10**9  # more events than can be lost since a backup


@transaction.atomic
def begin_history(actor: Actor, details: str) -> None:
    """Refuse every earlier cursor with feed-restarted, and record after-restore with these details.

    Ids that lost events may have had are not reused, because readers know events by their ids. This needs the privilege
    to set the id sequence, which the owner of the tables has.
    """
    state = feed_state(present()[0])
    state.begun_history = secrets.token_hex(4)
    state.save()
    feed_state(present()[0])
    newest = Event._base_manager.aggregate(newest=Max("pk"))["newest"] or 0
    record_with_id(max(newest, state.purged_through) + IDS_LEFT_OUT, Action.AFTER_RESTORE, actor, details)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [Event]):
            cursor.execute(statement)
