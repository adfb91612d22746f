"""Counts of accounts that wait for something, for Prometheus and the administrators' home page."""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import Account
from dashboard.observability.metrics import DatabaseGauge

COUNT_LIMIT = 10_000  # bounds the time of a count; nobody needs the exact number beyond it


def count_overdue_accounts() -> int:
    """Return how many accounts `purge_deleted_accounts` would delete now, at most COUNT_LIMIT."""
    return Account.objects.purgeable(timezone.now())[:COUNT_LIMIT].count()


def count_due_accounts(now: datetime, within: timedelta = timedelta(days=7)) -> int:
    """Return how many accounts are due for deletion by then, including overdue ones, at most COUNT_LIMIT."""
    return Account.objects.due(now + within)[:COUNT_LIMIT].count()


DATABASE_GAUGES = (
    DatabaseGauge(
        "dashboard_accounts_overdue",
        f"Accounts whose time to be deleted has come, without the owner's, up to {COUNT_LIMIT}.",
        count_overdue_accounts,
    ),
)
