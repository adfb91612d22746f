"""Whether this process lives, and whether it can serve: what load balancers and orchestrators ask.

Anybody may ask, so the answers say nothing that is not seen from outside anyhow; reasons go into the log.
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

TIMEOUT_SECONDS = 2.0  # seconds

logger = logging.getLogger(__name__)

_is_migrated = False


class NotMigratedError(Exception):
    """The database lacks migrations that this version needs."""


def check_database() -> None:
    """Raises an exception where the database does not answer, or is not the one that this version needs."""
    global _is_migrated  # noqa: PLW0603
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if not _is_migrated:  # once they are applied they stay, and reading which are costs more than all the rest
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            raise NotMigratedError("Run manage.py migrate.")
        _is_migrated = True


database_probe = Probe(check_database)
cache_probe = Probe(row_cache.ping)


def probe_dependencies(patience: float) -> tuple[bool, bool]:
    """Whether the database and the cache answer, both within so many seconds."""
    deadline = monotonic() + patience
    asked = database_probe.start(), cache_probe.start()
    return _has_come("database", asked[0], deadline), _has_come("cache", asked[1], deadline)


def _has_come(name: str, answer: Future[None], deadline: float) -> bool:
    try:
        answer.result(max(0.0, deadline - monotonic()))
    except Exception as error:  # whatever it is, it is no answer
        logger.warning("The %s does not answer. %s: %s", name, type(error).__name__, error)
        return False
    return True


@monitor
@require_safe
def live(request: HttpRequest) -> JSONResponse:
    """GET /health/live: 200 from a process that answers requests."""
    return _told("live")


@monitor
@require_safe
def ready(request: HttpRequest) -> JSONResponse:
    """GET /health/ready: 200 `ready`, or `degraded` without the cache; 503 `unavailable` without the database."""
    has_database, has_cache = probe_dependencies(TIMEOUT_SECONDS)
    if not has_database:
        return _told("unavailable", HTTPStatus.SERVICE_UNAVAILABLE)
    return _told("ready" if has_cache else "degraded")


def _told(status: str, code: HTTPStatus = HTTPStatus.OK) -> JSONResponse:
    return JSONResponse({"status": status}, status=code, headers={"Cache-Control": "no-store"})
