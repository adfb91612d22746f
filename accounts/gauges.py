"""How many accounts wait for something: for Prometheus, and for the home page of administrators."""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import Account
from dashboard.observability.metrics import DatabaseGauge

MOST = 10_000


def overdue() -> int:
    """How many accounts wait to be purged, counted up to MOST."""
    return Account.objects.due(timezone.now())[:MOST].count()


def count_due_accounts(now: datetime, within: timedelta = timedelta(days=7)) -> int:
    """How many accounts are due for deletion until then, overdue ones too, counted up to MOST."""
    return Account.objects.due(now + within)[:MOST].count()


DATABASE_GAUGES = (
    DatabaseGauge("dashboard_accounts_overdue", f"Accounts whose time to be deleted has come, up to {MOST}.", overdue),
)
