"""Delete sessions that ended long ago, in short transactions, by any number of processes at once.

Before that, write into each row what a `Revocation` says of it.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from dashboard.db.batches import Position, oldest_first, process_in_batches
from dashboard.db.postgresql import without_statement_timeout
from sessions_app.models import ROWS_AT_ONCE, Session, SessionQuerySet
from sessions_app.revocations import Revocation, is_revoked

SESSIONS_PER_TRANSACTION = 1_000


def ended_sessions(older_than: timedelta) -> SessionQuerySet:
    """Select the sessions that were ended or expired at least this long ago."""
    before = timezone.now() - older_than
    ended = models.Q(ended_at__lte=before) | models.Q(expires_at__lte=before) | is_revoked(at__lte=before)
    return Session.objects.filter(ended, created_at__lte=before)  # the last condition lets an index find the end


def count_ended_sessions(older_than: timedelta) -> int:
    """Return how many sessions `purge_sessions` would delete."""
    with without_statement_timeout():
        return ended_sessions(older_than).count()


def purge_sessions(older_than: timedelta) -> Iterator[int]:
    """Delete the ended sessions, the oldest first; yield how many after each transaction.

    Skip sessions that another process has locked. The events of deleted sessions stay. The revocations are written
    first, with a 0 yielded after each of those transactions.
    """
    for _ in write_revocations():
        yield 0
    yield from process_in_batches(oldest_first(ended_sessions(older_than), SESSIONS_PER_TRANSACTION), _purge)
    _revocations().filter(written_at__lte=timezone.now() - older_than).delete()


@transaction.atomic
def _purge(found: Sequence[Position]) -> int:
    """Delete those of these sessions that are not locked. They need no second check: what has ended stays ended."""
    sessions = Session.objects.select_for_update(of=("self",), skip_locked=True)
    sessionids = list(sessions.filter(pk__in=[pk for _, pk in found]).values_list("pk", flat=True))
    Session.objects.delete_by_pk(sessionids)
    return len(sessionids)


def write_revocations() -> Iterator[int]:
    """Write into the rows of sessions how they were ended together; yield how many after each transaction.

    Until then they are ended all the same: see `Session.revocation`. An interruption does no harm, and several
    processes share the work; sessions that others have locked are left for the next time.
    """
    for revocation in _revocations().filter(written_at=None).order_by("at"):
        yield from process_in_batches(oldest_first(_unwritten(revocation), ROWS_AT_ONCE), partial(_write, revocation))
        if not _unwritten(revocation).exists():
            _revocations().filter(pk=revocation.pk).update(written_at=timezone.now())


def _revocations() -> models.QuerySet[Revocation]:
    return Revocation.objects.filter(account__appid=settings.APPID)


def _unwritten(revocation: Revocation) -> SessionQuerySet:
    """Select the sessions that this revocation has ended, and whose rows do not say so."""
    sessions = Session.objects.filter(account=revocation.account_id, session_key_number=revocation.session_key_number)
    return sessions.unended(revocation.at)


@transaction.atomic
def _write(revocation: Revocation, found: Sequence[Position]) -> int:
    locked = Session.objects.select_for_update(of=("self",), skip_locked=True)
    unwritten = locked.filter(pk__in=[pk for _, pk in found]).unended(revocation.at)
    sessionids = list(unwritten.values_list("pk", flat=True))
    return Session.objects.write_ending(sessionids, revocation.ending) if sessionids else 0
