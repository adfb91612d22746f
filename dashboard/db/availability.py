"""Tell errors of an unreachable database, which pass when it is back, from faults."""

import logging
from sqlite3 import SQLITE_CANTOPEN

from django.db import OperationalError

from dashboard.core.errors import DashboardError, ErrorCode

RETRY_SECONDS = 5
CONNECTION_ERRORS = ("08", "57P")  # classes of SQLSTATE: connection exceptions; shutdown, crash and start of the server

logger = logging.getLogger(__name__)


def as_unavailable(error: BaseException) -> DashboardError | None:
    """Log an error of an unreachable database in one line and return service-unavailable (503); None for others."""
    if not is_connection_error(error):
        return None
    reason = " ".join(str(error).split())
    logger.error("The database does not answer. %s: %s", type(error).__name__, reason)
    return DashboardError(ErrorCode.SERVICE_UNAVAILABLE, RETRY_SECONDS)


def is_connection_error(error: BaseException) -> bool:
    """Return whether the error says that there is no connection.

    A statement that is wrong, takes too long or waits too long for a lock leaves the connection alive: it is a fault.
    """
    cause = error.__cause__  # the driver's own error
    if not isinstance(error, OperationalError):
        return False
    if (getattr(cause, "sqlite_errorcode", 0) & 0xFF) == SQLITE_CANTOPEN:  # without the details of an extended code
        return True
    sqlstate = getattr(cause, "sqlstate", "")
    return sqlstate is None or sqlstate.startswith(CONNECTION_ERRORS)  # None: the client has noticed
