"""Months in UTC."""

from datetime import UTC, datetime

YEAR = 12


def month(of: datetime, later: int = 0) -> datetime:
    """Return the start of the month that contains a time, or of the month that is `later` months after it."""
    year, number = divmod(of.year * YEAR + of.month - 1 + later, YEAR)
    return datetime(year, number + 1, 1, tzinfo=UTC)
