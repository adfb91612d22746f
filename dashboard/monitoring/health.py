"""Liveness and readiness, for load balancers and orchestrators.

Anyone can ask, so the responses reveal nothing that cannot be seen from outside. Reasons go into the log.
"""

import logging
from concurrent.futures import Future
from http import HTTPStatus
from time import monotonic

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest
from django.views.decorators.http import require_safe

from dashboard.api.responses import JSONResponse
from dashboard.api.routing import monitor
from dashboard.cache.rows import row_cache
from dashboard.monitoring.probes import Probe
from dashboard.monitoring.stopping import is_stopping

TIMEOUT_SECONDS = 2.0
PROBE_KEY, PROBE_SECONDS = "probe", 10  # what is written to the cache, and how long it stays there

logger = logging.getLogger(__name__)

_is_migrated = False


class NotMigratedError(Exception):
    """The database lacks migrations of this release."""


def check_database() -> None:
    """Raise an exception if the database does not answer, or lacks migrations of this release."""
    global _is_migrated  # noqa: PLW0603
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if not _is_migrated:  # read once: applied migrations stay applied
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            raise NotMigratedError("Run manage.py migrate.")
        _is_migrated = True


def check_cache() -> None:
    """Raise an exception if the cache does not answer, or accepts no writes: a replica, or a full one.

    A read-only cache keeps entries of rows that have changed, and accepts no marks.
    """
    row_cache.ping()
    row_cache.store.set(PROBE_KEY, 1, PROBE_SECONDS)


database_probe = Probe(check_database)
cache_probe = Probe(check_cache)


def probe_dependencies(timeout: float) -> tuple[bool, bool]:
    """Return whether the database and the cache answer within `timeout` seconds."""
    deadline = monotonic() + timeout
    database, cache = database_probe.start(), cache_probe.start()
    return _succeeds("database", database, deadline), _succeeds("cache", cache, deadline)


def _succeeds(name: str, answer: Future[None], deadline: float) -> bool:
    try:
        answer.result(max(0.0, deadline - monotonic()))
    except Exception as error:  # any error is a failed probe
        logger.warning("The %s does not answer. %s: %s", name, type(error).__name__, error)
        return False
    return True


@monitor
@require_safe
def live(request: HttpRequest) -> JSONResponse:
    """GET /health/live: 200 from a process that answers requests."""
    return _status("live")


@monitor
@require_safe
def ready(request: HttpRequest) -> JSONResponse:
    """GET /health/ready: 200 `ready`, or `degraded` without the cache; 503 `unavailable` without the database.

    503 `stopping` from a server that is about to stop, which goes on for STOP_DELAY seconds.
    """
    if is_stopping():
        return _status("stopping", HTTPStatus.SERVICE_UNAVAILABLE)
    has_database, has_cache = probe_dependencies(TIMEOUT_SECONDS)
    if not has_database:
        return _status("unavailable", HTTPStatus.SERVICE_UNAVAILABLE)
    return _status("ready" if has_cache else "degraded")


def _status(status: str, code: HTTPStatus = HTTPStatus.OK) -> JSONResponse:
    return JSONResponse({"status": status}, status=code, headers={"Cache-Control": "no-store"})
