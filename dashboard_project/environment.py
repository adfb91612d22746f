"""Parsers and validators for settings.py, and the secret that is created on first start."""

import contextlib
import os
import re
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.templatetags.static import static
from environs import Env, EnvError, ValidationError, validate
from limits import parse_many
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from dashboard.cache.redis.connections import (
    NO_MAINTENANCE,
    SCHEMES,
    UnusableOptionError,
    as_redis,
    check_options,
    is_sentinel,
)
from dashboard.core.addresses import Network, origin_of, parse_network
from dashboard.core.crypto.hashing import NO_KEY
from dashboard_project.databases import PERCENT, is_cut_short

T = TypeVar("T")

AT_LEAST_ONE: validate.Range = validate.Range(min=1)
NOT_EMPTY: validate.Length = validate.Length(min=1, error="Must not be empty.")
COLUMN_LENGTH: validate.Range = validate.Range(min=1, max=255)
SECONDS: validate.Range = validate.Range(min=1, max=3600)
PORT_NUMBER: validate.Range = validate.Range(min=1, max=65535)
EXTENDED: str = "extended"  # values of NODE_COMPATIBILITY
STRICT: str = "strict"
COMPATIBILITY: validate.OneOf = validate.OneOf((EXTENDED, STRICT), error="Must be extended or strict.")
WHO: validate.OneOf = validate.OneOf(
    ("nobody", "administrators", "everybody"), error="Must be nobody, administrators or everybody."
)
SHORTEST_IDLE_TIMEOUT = 300  # seconds; the time that a session was last seen can be some minutes late
COUNT: validate.Range = validate.Range(min=0, max=1000)
LIFETIME: validate.Range = validate.Range(min=0, max=100 * 365 * 86_400)  # seconds, so that no time overflows
DELAY: validate.Range = validate.Range(min=1, max=LIFETIME.max)
BCRYPT_FACTOR: validate.Range = validate.Range(min=4, max=31)

PATH_PREFIX = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")
OWN_PATHS = ("admin", "api", "health", "metrics", "static")

HOST_PREFIX: str = "__Host-"
SECURE_PREFIX: str = "__Secure-"
COOKIE_NAME = re.compile(r"[A-Za-z0-9._-]+")

PROFILE_FIELDS = (
    "full-name",
    "contact-email",
    "display-name",
    "display-email",
    "dob",
    "phone",
    "occupation",
    "location",
    "company-name",
    "website",
)


@dataclass(frozen=True)
class Defaults:
    """Chooses the defaults of settings by NODE_COMPATIBILITY.

    A default that makes the server stricter than the Node Dashboard's contract, or answer what the contract does not
    have, is `default(ours, contract=theirs)`, so that `strict` turns it off. A setting that the environment names has
    that value in either case.
    """

    compatibility: str

    def __call__(self, ours: T, *, contract: T) -> T:
        return contract if self.compatibility == STRICT else ours


def lengths(env: Env, name: str, least: int, most: int) -> tuple[int, int]:
    """Read MINIMUM_<name>_LENGTH and MAXIMUM_<name>_LENGTH, in characters, with these defaults."""
    minimum = env.int(f"MINIMUM_{name}_LENGTH", least, validate=AT_LEAST_ONE)
    maximum = env.int(
        f"MAXIMUM_{name}_LENGTH", most, validate=COLUMN_LENGTH if name.startswith("PROFILE") else AT_LEAST_ONE
    )
    if minimum > maximum:
        raise EnvError(f'Environment variable "MINIMUM_{name}_LENGTH" invalid: over the maximum, which is {maximum}.')
    return minimum, maximum


def is_idle_timeout(value: int) -> None:
    """Raise ValidationError for anything but 0 and SHORTEST_IDLE_TIMEOUT or more."""
    if value != 0 and not SHORTEST_IDLE_TIMEOUT <= value <= LIFETIME.max:
        raise ValidationError(f"Must be 0 or at least {SHORTEST_IDLE_TIMEOUT} seconds.")


def rates(env: Env, name: str, default: str) -> str:
    """Read RATE_LIMIT_<name>: rates such as "20/minute;200/hour", or nothing for no limit."""
    return str(env.str(f"RATE_LIMIT_{name}", default, validate=are_rates))


def are_rates(value: str) -> None:
    """Raise ValidationError for anything but rates as the `limits` library reads them, or an empty text."""
    try:
        parse_many(value) if value else ()
    except ValueError:
        raise ValidationError("Must be rates such as 20/minute;200/hour, or empty for no limit.") from None


def is_web_address(value: str) -> None:
    """Raise ValidationError for anything but http(s)://host[:port]."""
    try:
        parts = urlsplit(value)
        complete = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        complete = False
    if not complete:
        raise ValidationError("Must be an address such as https://example.com or http://localhost:8000.")


def is_origin_list(values: list[str]) -> None:
    """Raise ValidationError unless each item is an origin as browsers send it: scheme://host[:port] and no more."""
    for value in values:
        is_web_address(value)
        if value != origin_of(value) or "*" in value:
            raise ValidationError("May have only origins such as https://example.com, without a path or a wildcard.")


def is_local(address: str) -> bool:
    """Return whether an address is http on this computer alone, as for a first try."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    try:
        local = ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost" or host.endswith(".localhost")
    return parts.scheme == "http" and local


def is_cookie_name(value: str) -> None:
    """Raise ValidationError for anything but a token of RFC 6265, section 4.1.1."""
    if not COOKIE_NAME.fullmatch(value):
        raise ValidationError("Must be a name of letters, digits, hyphens, underscores and dots.")


def is_unprefixed_cookie_name(value: str) -> None:
    """Raise ValidationError as `is_cookie_name`, and for a prefix, which is added by itself."""
    is_cookie_name(value)
    if value.startswith((HOST_PREFIX, SECURE_PREFIX)):
        raise ValidationError("Must not begin with a prefix: under https it is added.")


def is_path_prefix(path: str) -> bool:
    """Whether the server can be reached below a path, such as /auth: one that its own paths do not begin with."""
    return bool(PATH_PREFIX.fullmatch(path)) and path.split("/")[1] not in OWN_PATHS


def is_server_address(value: str) -> None:
    """Raise ValidationError for anything but http(s)://host[:port][/path]."""
    is_web_address(value)
    parts, path = urlsplit(value), path_of(value)
    if parts.query or parts.fragment or (path and not is_path_prefix(path)):
        own = ", ".join(OWN_PATHS)
        raise ValidationError(f"Must have no query, and a path such as /auth that does not begin with one of: {own}.")


def path_of(server: str) -> str:
    """Return the path of DASHBOARD_SERVER without a slash at its end: "/auth", or "" for a host of its own."""
    return urlsplit(server).path.rstrip("/")


def host_of(server: str) -> str:
    """Return the host of DASHBOARD_SERVER in lower case, without a port."""
    return urlsplit(server).hostname or ""


def is_above(server: str) -> Callable[[str], None]:
    """Return a validator of a domain for passkeys: the host of DASHBOARD_SERVER, or one that it is a subdomain of.

    Browsers refuse others, and domains under which anybody can have a subdomain, such as co.uk.
    """
    host = host_of(server)

    def validate_domain(value: str) -> None:
        is_parent = "." in value.strip(".") and host.endswith(f".{value}")
        if value != host and not is_parent:
            raise ValidationError(f"Must be {host}, the host of DASHBOARD_SERVER, or a domain that it is in.")

    return validate_domain


def cookie_prefix(server: str) -> str:
    """Return the prefix of cookie names that only this DASHBOARD_SERVER may set (RFC 6265bis, section 4.1.3)."""
    if urlsplit(server).scheme != "https":
        return ""
    return SECURE_PREFIX if path_of(server) else HOST_PREFIX


def check_cookie_names(server: str, **names: str) -> None:
    """Raise EnvError if two cookies have one name, or if browsers would refuse one of them for its prefix.

    `names` maps settings to the names of cookies.
    """
    if len(set(names.values())) < len(names):
        raise EnvError(f"{', '.join(names)} must differ.")
    allowed = {"": (), SECURE_PREFIX: (SECURE_PREFIX,), HOST_PREFIX: (SECURE_PREFIX, HOST_PREFIX)}[
        cookie_prefix(server)
    ]
    for setting, name in names.items():
        if name.startswith((HOST_PREFIX, SECURE_PREFIX)) and not name.startswith(allowed):
            raise EnvError(f"{setting} is {name}, which browsers refuse from DASHBOARD_SERVER {server}.")


def is_redis_url(value: str) -> None:
    """Raise ValidationError for anything but a URL that redis-py can open, or one of Sentinel."""
    try:
        url = as_redis(value)
        parts = urlsplit(url)
        complete = parts.scheme in SCHEMES and not is_cut_short(parts) and (is_sentinel(url) or parts.port != 0)
        if complete:
            check_options(url)
    except UnusableOptionError as error:
        raise ValidationError(str(error)) from error
    except ValueError:
        complete = False
    if not complete:
        raise ValidationError(
            "Must be redis://host:port/number, rediss:// for TLS, unix://path, or"
            f" redis+sentinel://host:port,host:port/service/number. {PERCENT}"
        )


def cache(redis_url: str | None) -> dict[str, Any]:
    """Return the CACHES entry: Redis with short time-outs, or no cache."""
    if redis_url is None:
        return {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    pool = {"CONNECTION_POOL_CLASS": "dashboard.cache.redis.connections.SentinelPool"} if is_sentinel(redis_url) else {}
    return {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": [redis_url],  # as text, it would be split at commas
        "KEY_PREFIX": "dashboard",
        "OPTIONS": {
            **pool,
            "CLIENT_CLASS": "dashboard.cache.redis.client.ThreadLocalRedisClient",
            "SERIALIZER": "dashboard.cache.redis.serializer.MessagePackSerializer",
            "SOCKET_CONNECT_TIMEOUT": 0.2,
            "SOCKET_TIMEOUT": 0.2,
            "CONNECTION_POOL_KWARGS": {
                # Reopen a connection that the server has closed, once; retry nothing else.
                "retry": Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
                "maint_notifications_config": NO_MAINTENANCE,
            },
        },
    }


def network(value: str) -> Network:
    """Parse an item of TRUSTED_PROXIES or WEBHOOK_NETWORKS: an address or a network, IPv4 or IPv6."""
    try:
        return parse_network(value)
    except ValueError:
        raise ValidationError(f"{value!r} is not an address or network such as 10.0.0.0/8.") from None


def is_time_zone(value: str) -> None:
    """Raise ValidationError for anything but the name of a time zone in the IANA database."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValidationError("Must be the name of a time zone, such as UTC or Europe/Berlin.") from None


def stripped(value: str) -> str:
    """Strip an item of a list. Raise ValidationError if it is empty."""
    if not value.strip():
        raise ValidationError("Has an empty item.")
    return value.strip()


def is_key_list(keys: list[str]) -> None:
    """Raise ValidationError unless the first key of the list can make hashes."""
    if not keys or keys[0] == NO_KEY:
        raise ValidationError(f"The first key must be a real one: {NO_KEY} only verifies.")


def is_signing_key_list(keys: list[str]) -> None:
    """Raise ValidationError unless all of these are real keys."""
    if not keys or NO_KEY in keys or "" in keys:
        raise ValidationError(f"Each key must be a real one; {NO_KEY} is none.")


def are_profile_fields(names: list[str]) -> None:
    """Raise ValidationError for an unknown or repeated profile field."""
    unknown = [name for name in names if name not in PROFILE_FIELDS]
    if unknown or len(set(names)) < len(names):
        raise ValidationError(f"May name each of these once: {' '.join(PROFILE_FIELDS)}.")


def made_directory(path: Path) -> Path:
    """Return the data directory; create it, for its owner alone, where it does not exist.

    Raises EnvError if it cannot be created.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise EnvError(f"{path} cannot be made: {error.strerror}. Name a directory in DATA_DIR.") from error
    return path


def refuse_missing_secret() -> NoReturn:
    """Raise EnvError that says how to make a SECRET_KEY."""
    command = "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
    raise EnvError(f"SECRET_KEY must be set where DATABASE_URL is. Make one with {command}, once, and keep it in .env.")


def kept_secret(path: Path) -> str:
    """Return the secret in this file, created on first use. Of several processes that start at once, one creates it.

    Raises EnvError for a file that cannot be read or written, and for an empty one: hashes need a secret.
    """
    made_directory(path.parent)
    try:
        if not path.exists():
            _make_secret(path)
        secret = path.read_text().strip()
    except OSError as error:
        raise EnvError(f"{path} cannot be read or made: {error.strerror}. See DATA_DIR and SECRET_KEY.") from error
    if not secret:
        raise EnvError(f"{path} is empty. Put the secret back that it held, or delete it if there are no accounts yet.")
    return secret


def _make_secret(path: Path) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=path.name) as draft:  # readable by its owner alone
        draft.write(secrets.token_urlsafe(48))
        draft.flush()
        os.fsync(draft.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft.name, path)


def static_file(path: str) -> Callable[[HttpRequest], str]:
    """Return a function that returns the address of a static file, below the path at which a request was made."""
    return lambda request: static(path)
