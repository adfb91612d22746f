"""Conceal which usernames exist, if HIDE_ACCOUNT_EXISTENCE is on: one error code, equal work and equal time.

Somebody without a session can then tell neither by the code nor by the time of an answer whether a username that they
tried on sign-in, restoration, password reset or registration exists (OWASP Authentication Cheat Sheet, Authentication
and Error Messages; ASVS 5.0, 6.3.8). What only the right password reveals, such as a scheduled deletion, is still
disclosed.

All answers of one kind do the same bcrypt work. The remaining difference, a few queries, is hidden by waiting: an
answer is given no earlier than its hashes and one more take, counted from its request. Each also counts as a failure of
its network, because the rate limit would tell otherwise: see `Lockout`.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from django.conf import settings
from django.contrib.auth.hashers import make_password

from dashboard.core.crypto.hashers import hash_password
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.text import spellings

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
MEASUREMENTS = 5  # of which the shortest counts: others may have been held up


@contextmanager
def concealed(error_code: ErrorCode, hashes: int = 1) -> Iterator[None]:
    """Raise this error, at a fixed time, instead of an error of the block that depends on whether an account exists.

    The block must make so many `hashes` on every path to such an error (`spend_hashes_for`). A network that has failed
    too often is told so, at the same time: the block may have looked for the account before.
    """
    if not settings.HIDE_ACCOUNT_EXISTENCE:
        yield
        return
    due = time.monotonic() + answer_seconds(hashes)
    try:
        yield
    except DashboardError as error:
        if error.error_code not in {*CONCEALED, ErrorCode.TOO_MANY_REQUESTS}:
            raise
        wait_until(due)
        if error.error_code in CONCEALED:
            raise DashboardError(error_code) from None
        raise


def spend_hashes_for(error: DashboardError, password: str = "") -> None:
    """If this error is concealed, do the work of the password check that it was raised without."""
    if settings.HIDE_ACCOUNT_EXISTENCE and error.error_code in CONCEALED:
        for spelling in spellings(password):
            make_password(spelling)


def answer_seconds(hashes: int = 1) -> float:
    """Return the minimum seconds that a concealed answer with so many hashes takes."""
    return (hashes + 1) * seconds_of_a_hash()


@lru_cache(maxsize=1)
def seconds_of_a_hash() -> float:
    """Return the shortest time that a hash takes. Measured once per process: wsgi.py does it at start."""
    return min(_hash_seconds() for _ in range(MEASUREMENTS))


def _hash_seconds() -> float:
    begin = time.monotonic()
    hash_password("")
    return time.monotonic() - begin


def wait_until(due: float) -> None:
    """Wait until this time of the monotonic clock."""
    time.sleep(max(0.0, due - time.monotonic()))
