"""All questions, in the order in which they make sense."""

from collections.abc import Generator, Iterator

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

from operations.doctor import backlog, configuration, database, lookups
from operations.doctor.findings import Check, Finding, problem

CONFIGURATION: dict[str, Check] = {
    "Keys": configuration.keys,
    "Purposes of keys": configuration.key_purposes,
    "Password hashes": configuration.passwords,
    "Debugging": configuration.debug,
    "Address": configuration.address,
    "Encryption": configuration.encryption,
    "Proxies": configuration.proxies,
    "Application server": configuration.application_server,
    "Django": configuration.django,
}
DATABASE: dict[str, Check] = {
    "Database": database.reachable,
    "Migrations": database.migrations,
    "Indexes": database.indexes,
    "Database clock": database.clock,
    "Connections": database.connections,
    "Time limits": database.timeouts,
}
CACHE: dict[str, Check] = {
    "Cache": lookups.reachable,
    "Cache role": lookups.role,
    "Cache eviction": lookups.eviction,
    "Cache clock": lookups.clock,
    "Cache agreement": lookups.agreement,
}
BACKLOG: dict[str, Check] = {
    "Owner": backlog.owner,
    "Due deletions": backlog.deletions,
    "Ended sessions": backlog.sessions,
}
NO_CACHE: dict[str, Check] = {"Cache": lookups.absent}
FAILURES = DatabaseError, InterfaceError, RedisError, ConnectionInterrupted, OSError
REMEDIES = {
    "Database": "Start it, or correct DATABASE_URL.",
    "Cache": "Start Redis, or correct REDIS_URL. Until then rows are read from the database.",
}


def examine() -> Iterator[tuple[str, Finding]]:
    """Every finding, with the name of its check. Of what does not answer, nothing more is asked."""
    cache = NO_CACHE if settings.REDIS_URL is None else CACHE
    yield from _ask(CONFIGURATION)
    has_database = yield from _ask(DATABASE, first="Database")
    yield from _ask(cache if has_database else {"Cache": cache["Cache"]}, first="Cache")
    if has_database:
        yield from _ask(BACKLOG)


def _ask(questions: dict[str, Check], first: str = "") -> Generator[tuple[str, Finding], None, bool]:
    """The findings of these; whether the `first`, on which the others depend, could be answered."""
    for name, check in questions.items():
        try:
            for finding in check():
                yield name, finding
        except FAILURES as error:
            yield name, _unanswered(name, error)
            if name == first:
                return False
    return True


def _unanswered(name: str, error: Exception) -> Finding:
    reason = str(error).strip().partition("\n")[0] or type(error).__name__
    return problem(f"This could not be found out: {reason}", REMEDIES.get(name, "See to what stands above first."))
