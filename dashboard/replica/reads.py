"""Read lists from the replica where that is right, and from the primary otherwise.

A reader is a function that calls another one, which only reads. Nothing that is read in this way may decide who is let
in.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections

from dashboard.core.actor import Actor, ActorKind
from dashboard.db.availability import is_connection_error
from dashboard.db.routers import REPLICA, reading_from
from dashboard.observability.metrics import get_metrics
from dashboard.replica import keeper, own_writes
from dashboard.replica.positions import state

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

PRIMARY = "primary"
# Why a list is read from the primary
OWN_LIST, OWN_WRITE, LEFT_OUT, FAILED, ANOTHER_SERVER = "own-list", "own-write", "left-out", "failed", "another-server"


@dataclass(frozen=True)
class Reader:
    """Calls functions that read, at the replica unless there is a `reason` to do so at the primary.

    A call that fails at the replica is repeated at the primary.
    """

    reason: str = ""

    def __call__(self, call: Callable[[], Result]) -> Result:
        if not settings.READ_DATABASE_URL or connections[DEFAULT_DB_ALIAS].in_atomic_block:
            return call()
        reason = self.reason or ("" if state.is_usable else LEFT_OUT)
        if not reason:
            try:
                return _at_replica(call)
            except _OtherServerError:
                reason = ANOTHER_SERVER
            except Error as error:
                _note(error)
                reason = FAILED
        get_metrics().list_reads.labels(PRIMARY, reason).inc()
        return call()


class _OtherServerError(Exception):
    """The connection leads to another server than the one that was measured."""


def reader_of(actor: Actor) -> Reader:
    """Return the reader for what an administrator or a service asks for: at the primary soon after a write of theirs.

    Operators at the command line may have written as well: wait until the replica has everything that the primary has.
    """
    if not settings.READ_DATABASE_URL:
        return Reader()
    if actor.kind is ActorKind.COMMAND_LINE:
        state.catch_up()
        keeper.keep()
        return Reader()
    return Reader(OWN_WRITE if own_writes.has_written(actor) else "")


def _at_replica(call: Callable[[], Result]) -> Result:
    if _server() != state.server:
        connections[REPLICA].close()
        raise _OtherServerError
    with reading_from(REPLICA):
        result = call()
    get_metrics().list_reads.labels(REPLICA, "").inc()
    return result


def _server() -> str:
    """Return which run of which server the connection of this thread leads to. Ask once for each connection."""
    replica: Any = connections[REPLICA]
    replica.close_if_health_check_failed()
    replica.ensure_connection()
    known: str | None = getattr(replica.connection, "server", None)
    if known is None:
        with replica.cursor() as cursor:
            cursor.execute("SELECT pg_postmaster_start_time()::text")
            (known,) = cursor.fetchone()
        replica.connection.server = known
    return str(known)


def _note(error: Error) -> None:
    """Log that the replica has failed. Leave it out for now where it cannot be reached."""
    logger.warning("The replica failed, and the primary was asked. %s", " ".join(str(error).split()))
    if is_connection_error(error):
        state.leave_out("it does not answer")
    connections[REPLICA].close()
