"""Deleting sessions that ended long ago, for operators: in short transactions, by as many processes as like."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils import timezone

from dashboard.db.postgresql import without_statement_timeout
from sessions_app.models import Session, SessionQuerySet

Place = tuple[str, datetime]  # a session's id and when it was created: where the next ones begin

SESSIONS_PER_TRANSACTION = 1_000


def ended_sessions(older_than: timedelta) -> SessionQuerySet:
    """The sessions that ended, by request or by their time, at least so long ago. No valid one is among them."""
    before = timezone.now() - older_than
    ended = models.Q(ended_at__lte=before) | models.Q(expires_at__lte=before)
    return Session.objects.filter(ended, created_at__lte=before)  # the last condition is what an index can start from


def count_ended_sessions(older_than: timedelta) -> int:
    """How many sessions `purge_sessions` would delete."""
    with without_statement_timeout():
        return ended_sessions(older_than).count()


def purge_sessions(older_than: timedelta) -> Iterator[int]:
    """Delete them, the oldest first, some at a time; each time, how many. What was yielded is committed.

    Those that another process has locked are left to it. What their events tell of them remains.
    """
    rest, last = ended_sessions(older_than), None
    while found := _next(rest, last):
        yield _purge([pk for pk, _ in found])
        last = found[-1]


def _next(rest: SessionQuerySet, last: Place | None) -> list[Place]:
    if last:
        pk, created_at = last
        later = models.Q(created_at__gt=created_at) | models.Q(pk__gt=pk)
        rest = rest.filter(later, created_at__gte=created_at)
    with without_statement_timeout():
        return list(rest.order_by("created_at", "pk").values_list("pk", "created_at")[:SESSIONS_PER_TRANSACTION])


@transaction.atomic
def _purge(found: list[str]) -> int:
    """Delete those of these ended sessions that nobody has locked. What has ended never becomes valid again."""
    locked = Session.objects.select_for_update(of=("self",), skip_locked=True).filter(pk__in=found)
    sessionids = list(locked.values_list("pk", flat=True))
    Session.objects.delete_by_pk(sessionids)
    return len(sessionids)
