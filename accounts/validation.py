"""Checks of what was entered, which services share."""

from django.conf import settings

from dashboard.core.errors import DashboardError, ErrorCode


def require(value: str, error_code: ErrorCode) -> None:
    """Raise this error if the value is empty."""
    if not value:
        raise DashboardError(error_code)


def check_length(value: str, name: str, error_code: ErrorCode) -> None:
    """Raise this error unless the value has MINIMUM_<name>_LENGTH to MAXIMUM_<name>_LENGTH characters."""
    maximum: int = getattr(settings, f"MAXIMUM_{name}_LENGTH")
    if len(value) > maximum:
        raise DashboardError(error_code)
    check_min_length(value, name, error_code)


def check_min_length(value: str, name: str, error_code: ErrorCode) -> None:
    """Raise this error if the value is shorter than MINIMUM_<name>_LENGTH.

    Check existing usernames and passwords with it: they may be older than the maximum.
    """
    minimum: int = getattr(settings, f"MINIMUM_{name}_LENGTH")
    if len(value) < minimum:
        raise DashboardError(error_code)
