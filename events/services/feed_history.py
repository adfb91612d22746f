"""The history of the feed, which begins anew where events that were read are gone: after a backup was restored."""

import secrets

from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Max

from dashboard.core.actor import Actor
from events.models import Action, Event
from events.services.feed import feed_state, present
from events.services.recording import record_with_id

IDS_LEFT_OUT = 10**9  # more events than are lost with the time after a backup


@transaction.atomic
def begin_history(actor: Actor, details: str) -> None:
    """Refuse every cursor of before with feed-restarted, and record after-restore with these words.

    The ids that events may have had which are lost are given to no other: readers know events by their ids. That wants
    the right to set the sequence of the ids, which the owner of the tables has.
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
