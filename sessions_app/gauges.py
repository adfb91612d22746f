"""The count of active sessions, for the administrators' home page."""

from datetime import datetime

from sessions_app.models import Session

COUNT_LIMIT = 10_000  # bounds the time of a count; nobody needs the exact number beyond it


def count_active_sessions(now: datetime) -> int:
    """Return how many sessions are active, at most COUNT_LIMIT."""
    return Session.objects.active(now).order_by().values("pk")[:COUNT_LIMIT].count()
