"""Errors which say that the database cannot be reached: nobody's mistake, and over when it is back."""

import logging
from sqlite3 import SQLITE_CANTOPEN

from django.db import OperationalError

from dashboard.core.errors import DashboardError, ErrorCode

RETRY_SECONDS = 5
BY_THE_SERVER = ("08", "57P")  # how its codes begin where it ends a connection: it is shut down, starts, or has crashed

logger = logging.getLogger(__name__)


def as_unavailable(error: BaseException) -> DashboardError | None:
    """What to answer where an error says so, which one line of the log then tells; None for any other error."""
    if not is_connection_error(error):
        return None
    reason = " ".join(str(error).split())
    logger.error("The database does not answer. %s: %s", type(error).__name__, reason)
    return DashboardError(ErrorCode.SERVICE_UNAVAILABLE, RETRY_SECONDS)


def is_connection_error(error: BaseException) -> bool:
    """Whether there is no connection, or none any more.

    A statement that takes too long, waits for a lock in vain or is wrong finds its connection alive: that is a fault.
    """
    cause = error.__cause__  # the driver's own error
    if not isinstance(error, OperationalError):
        return False
    if getattr(cause, "sqlite_errorcode", None) == SQLITE_CANTOPEN:
        return True
    sqlstate = getattr(cause, "sqlstate", "")
    return sqlstate is None or sqlstate.startswith(BY_THE_SERVER)  # without one it is the client that has noticed
