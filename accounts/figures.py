"""What Prometheus is told about accounts."""

from django.utils import timezone

from accounts.models import Account
from dashboard_project.exposition import Figure

MOST = 10_000


def overdue() -> int:
    """How many accounts wait to be purged, counted up to MOST."""
    return Account.objects.due(timezone.now())[:MOST].count()


FIGURES = (Figure("dashboard_accounts_overdue", f"Accounts whose time to be deleted has come, up to {MOST}.", overdue),)
