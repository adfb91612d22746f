"""Times of generated rows: integers, because there are millions of them, and the text that databases read."""

from datetime import date, timedelta
from functools import cache

Timestamp = int  # milliseconds since 1970

SECOND = 1000
DAY = 86_400 * SECOND


def as_text(moment: Timestamp | None) -> str | None:
    """Return the text that databases read for a time in UTC."""
    if moment is None:
        return None
    seconds, milliseconds = divmod(moment, SECOND)
    return f"{_day_text(seconds // 86_400)} {_clock_text(seconds % 86_400)}.{milliseconds:03}"


def day(days: int) -> date:
    return date(1970, 1, 1) + timedelta(days)


@cache
def _day_text(days: int) -> str:
    return str(day(days))


@cache
def _clock_text(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
