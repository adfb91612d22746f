"""Delete sessions that ended long ago, in short transactions, by any number of processes at once."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.db import models, transaction
from django.utils import timezone

from dashboard.db.batches import Position, oldest_first, process_in_batches
from dashboard.db.postgresql import without_statement_timeout
from sessions_app.models import Session, SessionQuerySet

SESSIONS_PER_TRANSACTION = 1_000


def ended_sessions(older_than: timedelta) -> SessionQuerySet:
    """Select the sessions that were ended or expired at least this long ago."""
    before = timezone.now() - older_than
    ended = models.Q(ended_at__lte=before) | models.Q(expires_at__lte=before)
    return Session.objects.filter(ended, created_at__lte=before)  # the last condition lets an index find the end


def count_ended_sessions(older_than: timedelta) -> int:
    """Return how many sessions `purge_sessions` would delete."""
    with without_statement_timeout():
        return ended_sessions(older_than).count()


def purge_sessions(older_than: timedelta) -> Iterator[int]:
    """Delete the ended sessions, the oldest first; yield how many after each transaction.

    Skip sessions that another process has locked. The events of deleted sessions stay.
    """
    return process_in_batches(oldest_first(ended_sessions(older_than), SESSIONS_PER_TRANSACTION), _purge)


@transaction.atomic
def _purge(found: Sequence[Position]) -> int:
    """Delete those of these sessions that are not locked. They need no second check: what has ended stays ended."""
    sessions = Session.objects.select_for_update(of=("self",), skip_locked=True)
    sessionids = list(sessions.filter(pk__in=[pk for _, pk in found]).values_list("pk", flat=True))
    Session.objects.delete_by_pk(sessionids)
    return len(sessionids)
