"""Tell transient errors, of a database that cannot do its work now, from faults."""

import logging

from django.db import Error, OperationalError, connection

from dashboard.core.errors import DashboardError, ErrorCode

RETRY_SECONDS = 5
# Beginnings of SQLSTATEs (https://www.postgresql.org/docs/current/errcodes-appendix.html)
CONNECTION_ERRORS = ("08", "57P")  # connection exceptions; shutdown, crash and start of the server
READ_ONLY = "25006"
SHORTAGES = (
    "53",  # no disk space, no memory, too many connections
    "58",  # errors of the system, such as of a disk
    READ_ONLY,  # the server is read-only: a standby
    "25P03",  # this process was stopped in a transaction for longer than its limit
)
# A statement can be the cause of these, as well as the load of the moment: they are logged with their traceback.
DELAYS = (
    "40",  # deadlocks, and transactions that cannot be serialized
    "55P03",  # the limit of time for a lock
    "57014",  # the limit of time for a statement
)
CHECK_OF_STATEMENTS = "RevalidateCachedQuery"  # PostgreSQL's own function; messages are translated
# Names of SQLite's result codes (https://www.sqlite.org/rescode.html). The module sqlite3 has their numbers, but it
# takes a megabyte of each server process, also on PostgreSQL.
SQLITE_SHORTAGES = {"SQLITE_CANTOPEN", "SQLITE_FULL", "SQLITE_READONLY", "SQLITE_IOERR"}
SQLITE_DELAYS = {"SQLITE_BUSY", "SQLITE_LOCKED"}

logger = logging.getLogger(__name__)


def as_unavailable(error: BaseException) -> DashboardError | None:
    """Log a transient error, and return service-unavailable (503); None for others.

    An unreachable or unusable database is logged in one line; a timeout with its traceback.
    """
    if is_connection_error(error):
        logger.error("The database does not answer. %s", _reason(error))
    elif is_shortage(error):
        logger.error("The database cannot do this now. %s", _reason(error))
        leave_useless_connection(error)
    elif has_stale_statements(error):
        logger.error("A column has changed since statements were prepared. %s", _reason(error))
        leave_useless_connection(error)
    elif is_delay(error):
        logger.error("The database took too long. %s", _reason(error), exc_info=error)
    else:
        return None
    return DashboardError(ErrorCode.SERVICE_UNAVAILABLE, RETRY_SECONDS)


def leave_useless_connection(error: BaseException) -> None:
    """Close the connection of this thread if the error says that it is of no use any more, although it is in order.

    It leads to a standby, and the next one finds the primary; or a column of its prepared statements has changed.
    """
    if (_sqlstate(error) == READ_ONLY or has_stale_statements(error)) and not connection.in_atomic_block:
        connection.close()


def has_stale_statements(error: BaseException) -> bool:
    """Return whether the type of a column was changed that a prepared statement of this connection returns."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "source_function", None) == CHECK_OF_STATEMENTS


def is_connection_error(error: BaseException) -> bool:
    """Return whether the error says that there is no connection."""
    if not isinstance(error, OperationalError):
        return False
    if sqlite_code(error) == "SQLITE_CANTOPEN":
        return True
    sqlstate = getattr(error.__cause__, "sqlstate", "")
    return sqlstate is None or sqlstate.startswith(CONNECTION_ERRORS)  # None: the client has noticed


def is_shortage(error: BaseException) -> bool:
    """Return whether the server lacks something that the statement needs, such as disk space or the right to write."""
    return isinstance(error, Error) and (
        _sqlstate(error).startswith(SHORTAGES) or sqlite_code(error) in SQLITE_SHORTAGES
    )


def is_delay(error: BaseException) -> bool:
    """Return whether the statement was ended by a time limit, or by a conflict with another transaction."""
    is_one = _sqlstate(error).startswith(DELAYS) or sqlite_code(error) in SQLITE_DELAYS
    return isinstance(error, Error) and is_one


def _sqlstate(error: BaseException) -> str:
    return getattr(error.__cause__, "sqlstate", None) or ""  # the driver's own error has it


def sqlite_code(error: BaseException) -> str:
    """Return the name of SQLite's primary result code, without the details of an extended one; "" if there is none."""
    name: str = getattr(error.__cause__, "sqlite_errorname", "")  # such as SQLITE_IOERR_READ
    return "_".join(name.split("_")[:2])


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
