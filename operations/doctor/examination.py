"""All questions, in the order in which they make sense."""

from collections.abc import Generator, Iterator

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

from operations.doctor import backlog, configuration, database, lookups
from operations.doctor.findings import Check, Finding, Grade, problem

CONFIGURATION: dict[str, Check] = {
    "Keys": configuration.keys,
    "Purposes of keys": configuration.key_purposes,
    "Password hashes": configuration.passwords,
    "Guesses": configuration.guesses,
    "Debugging": configuration.debug,
    "Address": configuration.address,
    "Encryption": configuration.encryption,
    "Proxies": configuration.proxies,
    "Application server": configuration.application_server,
    "Prometheus": configuration.prometheus,
    "Django": configuration.django,
}
DATABASE: dict[str, Check] = {
    "Database": database.reachable,
    "Database clock": database.clock,
    "Connections": database.connections,
    "Time limits": database.timeouts,
}
TABLES: dict[str, Check] = {"Migrations": database.migrations, "Indexes": database.indexes}
CACHE: dict[str, Check] = {
    "Cache": lookups.reachable,
    "Cache role": lookups.role,
    "Cache eviction": lookups.eviction,
    "Cache clock": lookups.clock,
}
AGREEMENT: dict[str, Check] = {"Cache agreement": lookups.agreement}
BACKLOG: dict[str, Check] = {
    "Owner": backlog.owner,
    "Due deletions": backlog.deletions,
    "Ended sessions": backlog.sessions,
    "Figures": backlog.figures,
}
NO_CACHE: dict[str, Check] = {"Cache": lookups.absent}
FAILURES = DatabaseError, InterfaceError, RedisError, ConnectionInterrupted, OSError
REMEDIES = {
    "Database": "Start it, or correct DATABASE_URL.",
    "Cache": "Start Redis, or correct REDIS_URL. Until then rows are read from the database.",
}


def examine() -> Iterator[tuple[str, Finding]]:
    """Every finding, with the name of its check. Nothing is asked that depends on what is not there."""
    yield from _ask(CONFIGURATION)
    has_database = yield from _ask(DATABASE, first="Database")
    has_tables = has_database and (yield from _ask(TABLES, first="Migrations"))
    has_cache = False
    if settings.REDIS_URL is None:
        yield from _ask(NO_CACHE)
    else:
        has_cache = yield from _ask(CACHE, first="Cache")
    if has_tables:
        yield from _ask(AGREEMENT if has_cache else {})
        yield from _ask(BACKLOG)


def _ask(questions: dict[str, Check], first: str = "") -> Generator[tuple[str, Finding], None, bool]:
    """The findings of these; whether the `first`, on which the others depend, is without a problem."""
    for name, check in questions.items():
        for finding in _answers(name, check):
            yield name, finding
            if name == first and finding.grade is Grade.PROBLEM:
                return False
    return True


def _answers(name: str, check: Check) -> Iterator[Finding]:
    try:
        yield from check()
    except FAILURES as error:
        yield _unanswered(name, error)


def _unanswered(name: str, error: Exception) -> Finding:
    reason = str(error).strip().partition("\n")[0] or type(error).__name__
    return problem(f"This could not be found out: {reason}", REMEDIES.get(name, "See to the other problems first."))
