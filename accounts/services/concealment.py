"""Conceal which usernames exist, if HIDE_ACCOUNT_EXISTENCE is on: one error code, equal work and equal time.

Somebody without a session can then tell neither by the code nor by the time of an answer whether a username that they
tried on sign-in, restoration, password reset or registration exists (OWASP Authentication Cheat Sheet, Authentication
and Error Messages; ASVS 5.0, 6.3.8). What only the right password reveals, such as a scheduled deletion, is still
disclosed.

All answers of one kind do the same bcrypt work. The remaining difference, a few queries, is hidden by waiting: an
answer is given no earlier than twice the time of one hash after its request.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from django.conf import settings

from dashboard.core.crypto.hashers import hash_password
from dashboard.core.errors import DashboardError, ErrorCode

CONCEALED = frozenset(
    {
        ErrorCode.USERNAME_UNKNOWN,
        ErrorCode.USERNAME_TAKEN,
        ErrorCode.PASSWORD_WRONG,
        ErrorCode.RESET_CODE_WRONG,
        ErrorCode.ACCOUNT_LOCKED,
        ErrorCode.DELETION_SCHEDULED,
    }
)
HASHES_PER_ANSWER = 2
MEASUREMENTS = 5  # of which the shortest counts: others may have been held up


@contextmanager
def concealed(error_code: ErrorCode) -> Iterator[None]:
    """Raise this error, at a fixed time, instead of an error of the block that depends on whether an account exists.

    The block must hash a password on every path to such an error (`spend_hash_for`).
    """
    if not settings.HIDE_ACCOUNT_EXISTENCE:
        yield
        return
    seconds = answer_seconds()
    due = time.monotonic() + seconds
    try:
        yield
    except DashboardError as error:
        if error.error_code not in CONCEALED:
            raise
        wait_until(due)
        raise DashboardError(error_code) from None


def spend_hash_for(error: DashboardError) -> None:
    """If this error is concealed, do the work of the password check that it was raised without."""
    if settings.HIDE_ACCOUNT_EXISTENCE and error.error_code in CONCEALED:
        hash_password("")


@lru_cache(maxsize=1)
def answer_seconds() -> float:
    """Return the minimum seconds that a concealed answer takes. Measured once per process: wsgi.py does it at start."""
    return HASHES_PER_ANSWER * min(_hash_seconds() for _ in range(MEASUREMENTS))


def _hash_seconds() -> float:
    begin = time.monotonic()
    hash_password("")
    return time.monotonic() - begin


def wait_until(due: float) -> None:
    """Wait until this time of the monotonic clock."""
    time.sleep(max(0.0, due - time.monotonic()))
