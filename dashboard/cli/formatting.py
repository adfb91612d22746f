"""Text that commands print."""

from datetime import datetime

from django.utils.timezone import localtime

UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, such as "1 session" or "12,000 sessions"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def format_time(moment: datetime | None) -> str:
    """Return a time in TIME_ZONE to the minute, such as "2026-11-21 06:30", or an empty string for None."""
    return f"{localtime(moment):%Y-%m-%d %H:%M}" if moment else ""


def format_time_with_zone(moment: datetime) -> str:
    """Return a time in TIME_ZONE to the minute with the zone's abbreviation, such as "2026-11-21 06:30 UTC"."""
    return f"{localtime(moment):%Y-%m-%d %H:%M %Z}"


def printable(text: str) -> str:
    """Replace control characters, so that text from users cannot send commands to the terminal."""
    return "".join(letter if letter.isprintable() else UNPRINTABLE for letter in text)
