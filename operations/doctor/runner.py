"""Runs all checks, in an order in which each can rely on the ones before it."""

from collections.abc import Generator, Iterator

from django.conf import settings
from django.db import Error
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

from dashboard.db import failures
from operations.doctor import backlog, cache, database, replica, services, webhooks
from operations.doctor.findings import Check, Finding, Severity, problem
from operations.doctor.settings import settings_checks

SETTINGS: dict[str, Check] = settings_checks()
DATABASE: dict[str, Check] = {
    "Database": database.reachable,
    "Database clock": database.clock,
    "Connections": database.connections,
    "Time limits": database.timeouts,
    "Replica": replica.lag,
}
TABLES: dict[str, Check] = {"Migrations": database.migrations, "Indexes": database.indexes}
CACHE: dict[str, Check] = {
    "Cache": cache.reachable,
    "Cache role": cache.role,
    "Cache eviction": cache.eviction,
    "Cache clock": cache.clock,
    "Cache entries": cache.authenticity,
}
AGREEMENT: dict[str, Check] = {"Cache agreement": cache.agreement}
BACKLOG: dict[str, Check] = {
    "Owner": backlog.owner,
    "Due deletions": backlog.deletions,
    "Ended sessions": backlog.sessions,
    "Daily sums": backlog.daily_sums,
    "Numbers of rows": backlog.row_numbers,
    "Webhooks": webhooks.deliveries,
    "Service credentials": services.credentials,
}
NO_CACHE: dict[str, Check] = {"Cache": cache.absent}
FAILURES = Error, RedisError, ConnectionInterrupted, OSError
REMEDIES = {
    "Database": "Start it, or correct DATABASE_URL.",
    "Cache": "Start Redis, or correct REDIS_URL. Until then rows are read from the database.",
}


def run_all() -> Iterator[tuple[str, Finding]]:
    """Yield every finding with the name of its check. Skip checks that depend on a service that does not answer."""
    yield from _run(SETTINGS)
    has_database = yield from _run(DATABASE, prerequisite="Database")
    has_tables = has_database and (yield from _run(TABLES, prerequisite="Migrations"))
    has_cache = False
    if settings.REDIS_URL is None:
        yield from _run(NO_CACHE)
    else:
        has_cache = yield from _run(CACHE, prerequisite="Cache")
    if has_tables:
        yield from _run(AGREEMENT if has_cache else {})
        yield from _run(BACKLOG)


def _run(checks: dict[str, Check], prerequisite: str = "") -> Generator[tuple[str, Finding], None, bool]:
    """Yield the findings of these checks. Stop and return False if the check `prerequisite` finds a problem."""
    for name, check in checks.items():
        for finding in _findings(name, check):
            yield name, finding
            if name == prerequisite and finding.severity is Severity.PROBLEM:
                return False
    return True


def _findings(name: str, check: Check) -> Iterator[Finding]:
    try:
        yield from check()
    except FAILURES as error:
        yield _failed(name, error)


def _failed(name: str, error: Exception) -> Finding:
    if isinstance(error, Error) and (explanation := failures.explain(error)):
        return problem(f"The database cannot be used: {explanation.reason}.", explanation.remedy)
    reason = str(error).strip().partition("\n")[0] or type(error).__name__
    return problem(f"The check failed: {reason}", REMEDIES.get(name, "Solve the other problems first."))
