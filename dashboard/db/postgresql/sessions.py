"""psycopg's connection: with a limit of time on our side, and through a pooler that changes servers.

A server that hangs, or whose machine does, keeps connections open and says nothing. Its own limits do not help then,
and neither do those of TCP, because the kernel acknowledges what is sent. So each wait for an answer ends when the
server has had its own limit and some seconds more.

A pooler in transaction mode (PgBouncer, and most that cloud providers run) keeps no state between two transactions of a
client: no SET, no startup options, no prepared statements. What one client leaves on a server, another one finds there.
So a prepared statement of ours could answer with the rows of somebody else's statement of the same name.
"""

from typing import Any

import psycopg
from psycopg import generators
from psycopg.abc import RV, PQGen
from psycopg.pq import ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGresult

LIMITS = {"statement_timeout": "5s", "idle_in_transaction_session_timeout": "5s"}
# Compiling a statement takes longer than any of ours should. PostgreSQL does it where it expects many rows by mistake.
PARAMETERS = {**LIMITS, "jit": "off"}
BEGIN = "; ".join(["BEGIN", *(f"SET LOCAL {name} = '{value}'" for name, value in PARAMETERS.items())]).encode()
UTC_NAMES = {f"{area}{name}" for area in ("", "Etc/") for name in ("UTC", "UCT", "Zulu", "Universal")}


GRACE_SECONDS = 3.0  # after PostgreSQL's own limit, for its answer to arrive
PATIENCE_SECONDS = 5.0 + GRACE_SECONDS  # with the limit above


class SilentServerError(psycopg.OperationalError):
    """The server takes longer than its own limits allow. What it was asked for may have taken effect."""


class EndingServerError(psycopg.OperationalError):
    """The server has answered, and ended the connection in the same moment. What it was asked may have taken effect."""


class PoolerError(psycopg.OperationalError):
    """A pooler is between this process and PostgreSQL, and one of them is not set up for it."""


class Connection(psycopg.Connection[Any]):
    """A connection that is given up when the server is silent.

    `limit` is how many seconds an answer may take, None for any time, and `patience` the same until the current
    transaction ends.
    """

    limit: float | None = PATIENCE_SECONDS
    patience: float | None = PATIENCE_SECONDS

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Do what psycopg's does. Close the connection and raise SilentServerError if the answer takes too long."""
        if timeout is not None or self.patience is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.patience)
        except psycopg.errors._WaitTimeout:
            self.pgconn.finish()
            raise SilentServerError(f"no answer within {self.patience:g} seconds") from None

    def _exec_command(self, command: Any, result_format: Format = Format.TEXT) -> PQGen[PGresult | None]:
        """Do what psycopg's does for BEGIN, COMMIT and the like.

        Close the connection and raise EndingServerError for anything but one answer. psycopg reports that as an error
        of its own, but a server that is shut down may answer and say so at the same time.
        """
        try:
            return (yield from super()._exec_command(command, result_format))
        except (psycopg.InternalError, psycopg.InterfaceError) as error:
            if error.sqlstate is not None:  # of the server
                raise
            self.pgconn.finish()
            raise EndingServerError(f"the server has ended the connection: {error}") from error

    def learn_limit(self) -> None:
        """Ask for the statement timeout of this connection."""
        row = self.execute("SELECT extract(epoch FROM current_setting('statement_timeout')::interval)").fetchone()
        seconds = float(row[0]) if row else 0.0
        self.limit = self.patience = seconds + GRACE_SECONDS if seconds else None


class PooledConnection(Connection):
    """A connection without state: the limits of a transaction come with its BEGIN, in the same round trip."""

    def _start_query(self) -> PQGen[None]:
        """Begin a transaction before its first statement. psycopg's own sends one statement, and takes one result."""
        if self.autocommit or self.pgconn.transaction_status != TransactionStatus.IDLE:
            return
        self.pgconn.send_query(BEGIN)
        for result in (yield from generators.execute(self.pgconn)):
            if result.status != ExecStatus.COMMAND_OK:
                raise psycopg.errors.error_from_result(result, encoding=self.info.encoding)


def require_no_pooler(connection: psycopg.Connection[Any]) -> None:
    """Raise PoolerError if the server that answers is not the one that the connection was opened to.

    A server sends the number of its process when a connection begins, for cancelling. A pooler cannot pass one on,
    since it has many servers: it makes a number up (https://www.postgresql.org/docs/current/protocol-flow.html,
    BackendKeyData).
    """
    (answering,) = connection.execute("SELECT pg_backend_pid()").fetchone() or (None,)
    if answering != connection.info.backend_pid:
        raise PoolerError("a connection pooler is in front of PostgreSQL, and DATABASE_URL has no pooling=transaction")


def require_utc(connection: psycopg.Connection[Any]) -> None:
    """Raise PoolerError if the time zone of a pooler's servers is not UTC."""
    zone = connection.info.parameter_status("TimeZone")
    if zone not in UTC_NAMES:
        raise PoolerError(f"the connection pooler opens connections with the time zone {zone} instead of UTC")
