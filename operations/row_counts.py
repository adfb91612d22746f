"""All lists whose numbers of rows the database keeps, and their recount."""

from collections.abc import Iterator

from accounts.counted_rows import ACCOUNTS, ADMINISTRATORS, DELETED, PROFILES
from dashboard.db.counts import row_counts
from dashboard.db.counts.row_counts import CountedRows
from resetcodes.counted_rows import RESET_CODES
from sessions_app.counted_rows import SESSIONS

COUNTED_ROWS = (ACCOUNTS, ADMINISTRATORS, DELETED, PROFILES, SESSIONS, RESET_CODES)


def recount_rows() -> Iterator[tuple[CountedRows, list[int]]]:
    """Count all rows and correct the numbers; yield what `row_counts.recount` returns for each list."""
    if row_counts.are_kept():
        yield from ((rows, row_counts.recount(rows)) for rows in COUNTED_ROWS)
