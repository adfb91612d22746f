"""Checks of the work that timers have to do, and of who can administer the deployment."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accounts.models import Account
from dashboard.db.counts import row_counts
from dashboard.db.postgresql import without_statement_timeout
from events.services.rollup import DAY, days_to_sum
from operations.doctor.findings import Finding, fine, problem, warning
from operations.row_counts import COUNTED_ROWS
from sessions_app.services.purging import ended_sessions

OVERDUE_AFTER = timedelta(days=1)
SESSION_RETENTION = timedelta(days=365)


def owner() -> Iterator[Finding]:
    """Check that there is an owner who can sign in."""
    account = Account.objects.owner().first()
    if account is None:
        if Account.objects.exists():
            yield problem("There are accounts, but no owner.", "Run manage.py set_owner with an administrator's id.")
        else:
            yield warning("There is no account yet.", "Run manage.py create_account --owner.")
    elif account.deleted_at:
        yield problem(
            "The owner's account is scheduled for deletion; it is not deleted, but cannot sign in.",
            "Run manage.py restore_account before it is due, or set_owner for another account.",
        )
    else:
        yield fine("There is an owner.")


def deletions() -> Iterator[Finding]:
    """Check that scheduled deletions are carried out."""
    overdue = Account.objects.purgeable(timezone.now() - OVERDUE_AFTER).count()
    if overdue:
        yield problem(
            f"{overdue:,} accounts were due to be deleted more than a day ago.",
            "Run manage.py purge_deleted_accounts, every hour: docs/operations.md has a timer.",
        )
    else:
        yield fine("No account has been due to be deleted for more than a day.")


def sessions() -> Iterator[Finding]:
    """Check that the table of sessions does not grow indefinitely."""
    with without_statement_timeout():
        oldest = ended_sessions(SESSION_RETENTION).order_by("created_at", "pk").first()
    if oldest:
        ended = min(it for it in (oldest.ending and oldest.ending.at, oldest.expires_at) if it)
        yield warning(
            f"Sessions that ended more than a year ago are still stored; the oldest of them ended on {ended.date()}.",
            "Run manage.py purge_sessions --older-than 90d, every night: docs/operations.md has a timer.",
        )
    else:
        yield fine("No session ended more than a year ago.")


def daily_sums() -> Iterator[Finding]:
    """Check that metrics are read from daily sums instead of being counted from all events."""
    with without_statement_timeout():
        days = len(days_to_sum(timezone.now() - DAY))
    if days:
        yield warning(
            f"The events of {days:,} days are not summed: each query of metrics counts them.",
            "Run manage.py rollup_metrics, every night: docs/operations.md has a timer.",
        )
    else:
        yield fine("The events of past days are summed.")


def row_numbers() -> Iterator[Finding]:
    """Check a sample of the numbers of rows that PostgreSQL keeps."""
    if not row_counts.are_kept():
        yield fine("Rows are counted when their number is asked for.")
        return
    with without_statement_timeout():
        wrong = [it.kind for it in COUNTED_ROWS if row_counts.sample_errors(it, settings.APPID)]
    if wrong:
        yield problem(
            f"The numbers that PostgreSQL keeps of these rows are wrong, and so are counts: {', '.join(wrong)}.",
            "Run manage.py recount_rows. Triggers keep the numbers: rows may have been written without them.",
        )
    else:
        yield fine("A sample of the numbers of rows agrees with the rows.")
