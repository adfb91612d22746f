"""Checks of what was entered, which services share."""

from django.conf import settings

from dashboard.api.parameters import existing_min_length
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.text import spellings


def require(value: str, error_code: ErrorCode) -> None:
    """Raise this error if the value is empty."""
    if not value:
        raise DashboardError(error_code)


def check_length(value: str, name: str, error_code: ErrorCode) -> None:
    """Raise this error unless the value has MINIMUM_<name>_LENGTH to MAXIMUM_<name>_LENGTH characters."""
    maximum: int = getattr(settings, f"MAXIMUM_{name}_LENGTH")
    minimum: int = getattr(settings, f"MINIMUM_{name}_LENGTH")
    if not minimum <= len(value) <= maximum:
        raise DashboardError(error_code)


def check_min_length(value: str, name: str, error_code: ErrorCode) -> None:
    """Raise this error if a value is shorter than the minimum of existing ones, see `existing_min_length`.

    Check existing usernames and passwords with it: they may be older than the maximum.
    """
    if max(map(len, spellings(value))) < existing_min_length(name):
        raise DashboardError(error_code)
