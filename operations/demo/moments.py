"""Times of made-up rows: numbers, because rows by the million are made of them, and text, as databases read it."""

from datetime import date, timedelta
from functools import cache

Moment = int  # milliseconds since 1970

SECOND = 1000
DAY = 86_400 * SECOND


def written(moment: Moment | None) -> str | None:
    """A moment as databases read it."""
    if moment is None:
        return None
    seconds, milliseconds = divmod(moment, SECOND)
    return f"{_written_day(seconds // 86_400)} {_clock(seconds % 86_400)}.{milliseconds:03}"


def day(days: int) -> date:
    return date(1970, 1, 1) + timedelta(days)


@cache
def _written_day(days: int) -> str:
    return str(day(days))


@cache
def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
