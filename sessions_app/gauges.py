"""The count of active sessions, for the administrators' home page."""

from datetime import datetime

from sessions_app.models import Session
from sessions_app.revocations import is_revoked

COUNT_LIMIT = 10_000  # bounds the time of a count; nobody needs the exact number beyond it


def count_active_sessions(now: datetime) -> int:
    """Return how many sessions are active, at most COUNT_LIMIT.

    Sessions whose rows are not ended are counted, without SESSION_IDLE_TIMEOUT from an index alone. Those of them that
    a revocation has ended are subtracted, starting from the revocations, of which there are usually none.
    """
    unended = Session.objects.unended(now).awake(now).order_by().values("pk")
    revoked = unended.filter(is_revoked(written_at=None))[:COUNT_LIMIT].count()
    if revoked == COUNT_LIMIT:
        return Session.objects.active(now).order_by().values("pk")[:COUNT_LIMIT].count()
    return min(unended[: COUNT_LIMIT + revoked].count() - revoked, COUNT_LIMIT)
