"""Argument types that several commands share."""

import argparse
import re
from datetime import timedelta

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
DURATION_PATTERN = re.compile(r"([1-9][0-9]{0,4})([mhdw])")


def nonempty(given: str) -> str:
    """Return a value that narrows down what a command does. Raise ArgumentTypeError for empty text.

    An empty value, as of a variable of the shell that is not set, would mean everything.
    """
    if not given:
        raise argparse.ArgumentTypeError("an empty value selects nothing; leave the option out")
    return given


def duration(given: str) -> timedelta:
    """Parse a duration such as 45m, 12h, 30d or 8w. Raise ArgumentTypeError for anything else."""
    match = DURATION_PATTERN.fullmatch(given)
    if not match:
        raise argparse.ArgumentTypeError(f"{given!r} is not a time such as 45m, 12h, 30d or 8w")
    return timedelta(**{UNITS[match[2]]: int(match[1])})
