"""DATABASE_URL and READ_DATABASE_URL: which URLs are accepted, and the DATABASES entry that is made of one."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

import dj_database_url
from environs import EnvError, ValidationError, validate

from dashboard.db.postgresql.sessions import PARAMETERS

POSTGRESQL, SQLITE = "django.db.backends.postgresql", "django.db.backends.sqlite3"
DATABASE_OPTIONS: dict[str, dict[str, Any]] = {
    POSTGRESQL: {
        # Statements are parsed and planned once per connection; values are sent separately.
        "server_side_binding": True,
        "prepare_threshold": 3,
        "connect_timeout": 5,
        # A server that vanishes, as in a failover, is given up after about ten seconds instead of hours.
        "tcp_user_timeout": 10_000,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        # Among them the limit of every transaction, on which locks and cache marks rely.
        "options": " ".join(f"-c {name}={value}" for name, value in PARAMETERS.items()),
    },
    SQLITE: {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    },
}
POOLING = "transaction"
OF_A_CONNECTION = {"options", "prepare_threshold", "assume_role"}  # which a pooler does not keep
LAG = validate.Range(min=2, max=3600)  # seconds; the replica is measured every half second
READ_ONLY = "-c default_transaction_read_only=on"
PERCENT = "In a name or password, write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23 and % as %25."


def is_database_url(value: str) -> None:
    """Raise ValidationError for anything but the URL of a PostgreSQL database or an SQLite file."""
    try:
        config, parts = parsed(value), urlsplit(value)
    except ValueError:
        raise _not_a_database_url() from None
    if config.get("ENGINE") not in DATABASE_OPTIONS:
        raise _not_a_database_url()
    if config["ENGINE"] == SQLITE:
        _check_sqlite(config, parts)
    elif is_cut_short(parts):
        raise ValidationError(f"A character that must be escaped cuts it short. {PERCENT}")
    elif not config["NAME"]:
        raise ValidationError("Names no database: postgresql://user:password@host:port/name.")
    else:
        _check_pooling(config.get("OPTIONS", {}))


def parsed(url: str) -> dict[str, Any]:
    """Return what dj_database_url makes of a URL, which may name several hosts of PostgreSQL: `host:port,host:port`.

    libpq tries them in order (https://www.postgresql.org/docs/current/libpq-connect.html). Raises ValueError.
    """
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    if "," not in hosts:
        return {**dj_database_url.parse(url)}
    places = [urlsplit(f"//{host}") for host in hosts.split(",")]
    if not all(place.hostname for place in places):
        raise ValueError("has an empty host")
    config = {**dj_database_url.parse(parts._replace(netloc=f"{user}{at}several").geturl())}
    if config["ENGINE"] == POSTGRESQL:
        config["HOST"] = ",".join(unquote(str(place.hostname)) for place in places)
        config["PORT"] = ",".join(str(place.port or 5432) for place in places)
    return config


def _check_pooling(options: dict[str, Any]) -> None:
    if "pooling" not in options:
        return
    if options["pooling"] != POOLING:
        raise ValidationError("The option pooling can only be transaction.")
    if unknown := OF_A_CONNECTION & options.keys():
        raise ValidationError(f"Through a pooler, it cannot have the options {', '.join(sorted(unknown))}.")


def is_cut_short(parts: SplitResult) -> bool:
    """Return whether a `/`, `?` or `#` of a password ended the part of the URL that names user and host.

    What remains of it would be taken for another host.
    """
    return bool(parts.fragment) or "@" in parts.path or ("@" in parts.query and "@" not in parts.netloc)


def _not_a_database_url() -> ValidationError:
    return ValidationError(f"Must be postgresql://user:password@host:port/name or sqlite:///path. {PERCENT}")


def _check_sqlite(config: Any, parts: SplitResult) -> None:
    if parts.netloc or parts.fragment or not parts.path.startswith("/") or config["NAME"] == ":memory:":
        raise ValidationError("Must be sqlite:///relative/path or sqlite:////absolute/path. Write # as %23, ? as %3F.")
    options = config.get("OPTIONS", {})
    known = DATABASE_OPTIONS[SQLITE].keys()
    if not options.keys() <= known or not isinstance(options.get("timeout", 0), int):
        raise ValidationError(f"Options of SQLite are {', '.join(sorted(known))}; timeout is a number of seconds.")


def database(url: str) -> dict[str, Any]:
    """Return the DATABASES entry for a PostgreSQL or SQLite URL. Options in the URL's query override ours.

    Only its `options`, PostgreSQL's own parameters, are added to ours: the last value of a parameter counts.
    A thread keeps its connection: a server has few threads, and taking one out of a pool costs more than a query.
    """
    config: dict[str, Any] = {**parsed(url)}
    options, defaults = config.get("OPTIONS", {}), DATABASE_OPTIONS[config["ENGINE"]]
    if "pooling" in options:  # dashboard.db.postgresql.sessions limits each transaction
        defaults = {name: value for name, value in defaults.items() if name not in OF_A_CONNECTION}
        config["DISABLE_SERVER_SIDE_CURSORS"] = True
    if "options" in options:
        options = {**options, "options": f"{defaults['options']} {options['options']}"}
    config["OPTIONS"] = {**defaults, **options}
    config["CONN_MAX_AGE"] = None
    config["CONN_HEALTH_CHECKS"] = True  # the server may have closed it
    if config["ENGINE"] == POSTGRESQL:
        config["ENGINE"] = "dashboard.db.postgresql"
    return config


def is_read_database_url(value: str) -> None:
    """Raise ValidationError for anything but the URL of a PostgreSQL database on one server, or nothing."""
    if not value:
        return
    is_database_url(value)
    config = parsed(value)
    if config["ENGINE"] != POSTGRESQL:
        raise ValidationError("Must be the PostgreSQL URL of a standby: postgresql://user:password@host:port/name.")
    if "," in config["HOST"]:
        raise ValidationError("Names several servers: name one standby, whose lag is measured.")
    if not re.fullmatch("[1-9][0-9]*", str(config.get("OPTIONS", {}).get("connect_timeout", 1))):
        raise ValidationError("connect_timeout is a number of seconds, at least 1.")


def check_read_database(url: str | None, primary: str, redis: str | None) -> None:
    """Raise EnvError for a READ_DATABASE_URL from which lists cannot be read correctly. `primary` is DATABASE_URL."""
    if url and parsed(primary)["ENGINE"] != POSTGRESQL:
        raise EnvError("READ_DATABASE_URL needs a DATABASE_URL of PostgreSQL, whose standby it names.")
    if url and not redis:
        raise EnvError("READ_DATABASE_URL needs REDIS_URL, where it is noted who has just written.")


def read_database(url: str) -> dict[str, Any]:
    """Return the DATABASES entry of a standby, from which requests only read."""
    config = database(url)
    options = config["OPTIONS"]
    if "pooling" not in options:
        options["options"] = f"{options['options']} {READ_ONLY}"
    config["OPTIONS"] = {**options, "connect_timeout": min(2, int(options["connect_timeout"]))}
    return {**config, "TEST": {"MIRROR": "default"}}


def sqlite_url(path: Path) -> str:
    """Return the DATABASE_URL of an SQLite file, whose absolute path may contain `?`, `#` or `%`."""
    return f"sqlite:///{quote(str(path))}"
