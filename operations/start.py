"""System checks that refuse to start a public server with secrets that can be guessed, or settings that expose it.

They report nothing unless DASHBOARD_SERVER is https, since nobody runs a public server on http, and a first try needs
no secrets. `manage.py serve` and wsgi.py run them, `manage.py check --deploy` and `manage.py doctor` report them.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError
from django.db import connection

from dashboard.cache.redis.connections import NO_CLUSTER, is_cluster
from dashboard.cache.redis.failures import FAILURES
from dashboard.cache.rows import row_cache
from dashboard.db.failures import explain
from operations.checks import GENERATOR, MIN_BCRYPT_FACTOR, MIN_SECRET_LENGTH

START = "start"  # the tag of these checks
MIN_DISTINCT_CHARACTERS = 5  # as Django asks of SECRET_KEY
# Parts of secrets that documentation and templates use. One random secret in ten million has such a part.
EXAMPLES = ("django-insecure", "change-this", "changethis", "change-me", "changeme", "example", "secret", "password")


def refuse_unsafe_start() -> None:
    """Raise ImproperlyConfigured, with a line for each reason, if the server must not start with these settings."""
    messages = run_checks(tags=[START], include_deployment_checks=True)
    if reasons := [str(it.msg) for it in messages if not it.is_silenced()]:
        raise ImproperlyConfigured("\n".join(reasons))


def refuse_wrong_pooling() -> None:
    """Raise ImproperlyConfigured if the settings do not fit a pooler in front of PostgreSQL.

    Each connection checks it again. A database that cannot be reached is no reason not to start.
    """
    if connection.vendor != "postgresql":
        return
    try:
        with connection.wrap_database_errors:
            connection.get_new_connection(connection.get_connection_params()).close()
    except DatabaseError as error:
        if (explanation := explain(error)) and explanation.is_of_settings:
            raise ImproperlyConfigured(str(explanation)) from error


def refuse_cluster() -> None:
    """Raise ImproperlyConfigured if REDIS_URL names a node of a cluster, which has only a part of the keys.

    A Redis that cannot be reached is no reason not to start.
    """
    if settings.REDIS_URL is None:
        return
    with suppress(*FAILURES):
        client: Any = row_cache.store.client  # type: ignore[attr-defined]  # of django-redis
        if is_cluster(client.get_client()):
            raise ImproperlyConfigured(f"REDIS_URL names a node of a Redis Cluster. {NO_CLUSTER}")


@register(Tags.security, START, deploy=True)
def check_start(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    """Report each reason not to start a public server, in one line that says what to do."""
    return [*_unsafe_secrets(), *_unsafe_switches()] if settings.SERVED_BY_HTTPS else []


def _unsafe_secrets() -> Iterator[CheckMessage]:
    secrets = {
        "SECRET_KEY": (settings.SECRET_KEY, f"set a new one, made with {GENERATOR}"),
        "DASHBOARD_SESSION_KEY": (settings.DASHBOARD_SESSION_KEY[0], "put a new key first, the old one behind it"),
        "DASHBOARD_ENCRYPTION_KEY": (
            settings.DASHBOARD_ENCRYPTION_KEY[0],
            "put a new key first, the old one behind it",
        ),
        "APPLICATION_SERVER_TOKEN": (settings.APPLICATION_SERVER_TOKEN, f"make one with {GENERATOR}, for both servers"),
        "PROMETHEUS_TOKEN": (settings.PROMETHEUS_TOKEN, f"make one with {GENERATOR}, for Prometheus as well"),
    }
    reason = f"is shorter than {MIN_SECRET_LENGTH} characters, or an example that others know"
    for number, (name, (value, remedy)) in enumerate(secrets.items(), start=21):
        if value is not None and is_guessable(value):
            yield Error(f"{name} {reason}: {remedy}.", id=f"dashboard.E0{number}")
    if any(is_guessable(key) for key in settings.IDENTITY_KEYS):  # anybody who knows one can sign with it
        yield Error(f"IDENTITY_KEYS has a key that {reason}: replace it.", id="dashboard.E029")


def _unsafe_switches() -> Iterator[CheckMessage]:
    if settings.DEBUG:
        yield Error("DEBUG shows code and settings to anybody: set it to false.", id="dashboard.E026")
    if "*" in settings.ALLOWED_HOSTS:
        yield Error("ALLOWED_HOSTS accepts any name: name the hosts that clients use.", id="dashboard.E027")
    if settings.BCRYPT_WORKLOAD_FACTOR < MIN_BCRYPT_FACTOR:
        reason = "makes stolen password hashes cheap to guess"
        yield Error(f"BCRYPT_WORKLOAD_FACTOR under {MIN_BCRYPT_FACTOR} {reason}: set it to 12.", id="dashboard.E028")


def is_guessable(secret: str) -> bool:
    """Return whether a secret is too short, or has a part of an example."""
    is_example = any(part in secret.lower() for part in EXAMPLES) or len(set(secret)) < MIN_DISTINCT_CHARACTERS
    return is_example or len(secret) < MIN_SECRET_LENGTH
