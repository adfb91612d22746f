"""System checks of settings that are valid individually but leave a deployment insecure or unable to work.

They run in `manage.py check --deploy` and in `manage.py doctor`.
"""

from collections.abc import Callable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_address
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  Django's names
from django.db import connection
from django.http.request import validate_host

from dashboard.core.crypto.hashing import NO_KEY
from dashboard.db.routers import REPLICA

SettingsCheck = Callable[..., list[CheckMessage]]

MIN_SECRET_LENGTH = 32  # characters; a random text of this length cannot be found by trial
GENERATOR = "python -c 'import secrets; print(secrets.token_urlsafe(48))'"
MIN_BCRYPT_FACTOR = 10  # OWASP, Password Storage Cheat Sheet
RECOMMENDED_BCRYPT_FACTOR = 12
ENCRYPTED_MODES = frozenset({"require", "verify-ca", "verify-full"})  # of libpq's sslmode
MIN_PROXY_PREFIX = {4: 8, 6: 16}  # 10.0.0.0/8 is the widest private network of IPv4 (RFC 1918)


def is_public(address: str) -> bool:
    """Return whether other computers can reach an address."""
    host = urlsplit(address).hostname or ""
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost" and not host.endswith(".localhost")


@register(Tags.security, deploy=True)
def check_secret_keys(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    """Report keys that can be guessed, or found beside the data."""
    return [*_short_keys(), *_generated_key()]


def _short_keys() -> list[CheckMessage]:
    keys = {
        "SECRET_KEY": [settings.SECRET_KEY],
        "DASHBOARD_SESSION_KEY": settings.DASHBOARD_SESSION_KEY,
        "DASHBOARD_ENCRYPTION_KEY": settings.DASHBOARD_ENCRYPTION_KEY,
        "IDENTITY_KEYS": settings.IDENTITY_KEYS,
    }
    short = [name for name, values in keys.items() if any(map(_is_short, values))]
    if not short:
        return []
    return [
        Error(
            f"A key of fewer than {MIN_SECRET_LENGTH} characters, which can be guessed, is in {', '.join(short)}.",
            hint=f"Make one with {GENERATOR}. In a list, put it first and keep the old one behind it.",
            id="dashboard.E001",
        )
    ]


def _is_short(key: str) -> bool:
    return key != NO_KEY and len(key) < MIN_SECRET_LENGTH


def _generated_key() -> list[CheckMessage]:
    path = settings.DATA_DIR / "secret_key"
    if not (path.is_file() and path.read_text().strip() == settings.SECRET_KEY):
        return []
    message = f"SECRET_KEY was generated on the first start and is stored beside the data, in {path}."
    hint = "Move it to the environment: set SECRET_KEY to the same text, keep a copy, and delete the file."
    if is_public(settings.DASHBOARD_SERVER):
        return [Error(message, hint=hint, id="dashboard.E002")]
    return [Warning(message, hint=hint, id="dashboard.W002")]


@register(Tags.security, deploy=True)
def check_key_purposes(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    """Report a key that serves several purposes: a leak exposes all of them, and it must be replaced everywhere."""
    used = {settings.SECRET_KEY, settings.DASHBOARD_SESSION_KEY[0], settings.DASHBOARD_ENCRYPTION_KEY[0]}
    if len(used) == 3:
        return []
    return [
        Warning(
            "SECRET_KEY, DASHBOARD_SESSION_KEY and DASHBOARD_ENCRYPTION_KEY share a key.",
            hint="Put a new key first in DASHBOARD_SESSION_KEY and in DASHBOARD_ENCRYPTION_KEY, and keep the old one "
            "behind it: existing hashes still verify.",
            id="dashboard.W003",
        )
    ]


@register(Tags.security, deploy=True)
def check_password_hashing(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    """Report a work factor that makes passwords from a stolen database cheap to guess."""
    factor = settings.BCRYPT_WORKLOAD_FACTOR
    if factor >= RECOMMENDED_BCRYPT_FACTOR:
        return []
    message = (
        f"BCRYPT_WORKLOAD_FACTOR is {factor}: passwords from a stolen database can be guessed "
        f"{2 ** (RECOMMENDED_BCRYPT_FACTOR - factor)} times as fast as with {RECOMMENDED_BCRYPT_FACTOR}."
    )
    hint = f"Set it to {RECOMMENDED_BCRYPT_FACTOR} or more. Hashes are renewed when people sign in."
    if factor < MIN_BCRYPT_FACTOR:
        return [Error(message, hint=hint, id="dashboard.E004")]
    return [Warning(message, hint=hint, id="dashboard.W004")]


@register(Tags.security, deploy=True)
def check_lockout(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    """Report that passwords and reset codes can be tried without limit."""
    if settings.MAXIMUM_FAILED_SIGN_INS:
        return []
    return [
        Warning(
            "MAXIMUM_FAILED_SIGN_INS is 0: passwords and reset codes can be tried until one fits.",
            hint="Set it to 10, unless a proxy limits the attempts.",
            id="dashboard.W005",
        )
    ]


@register(Tags.security, deploy=True)
def check_second_factors(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    """Report that a stolen password is enough to act as an administrator, where strangers can try it."""
    if settings.REQUIRE_SECOND_FACTOR != "nobody" or not is_public(settings.DASHBOARD_SERVER):
        return []
    return [
        Warning(
            "REQUIRE_SECOND_FACTOR is nobody: an administrator's password is enough to sign in as one.",
            hint="Set it to administrators once they know that they have to add a second factor.",
            id="dashboard.W030",
        )
    ]


@register(Tags.security, deploy=True)
def check_debug(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    if not settings.DEBUG:
        return []
    return [
        Error("DEBUG is on: error pages show code and settings.", hint="Set DEBUG=false.", id="dashboard.E006"),
    ]


@register(Tags.urls, deploy=True)
def check_allowed_hosts(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    """Report host names that are accepted by mistake, or refused by mistake."""
    host = urlsplit(settings.DASHBOARD_SERVER).hostname or ""
    if "*" in settings.ALLOWED_HOSTS:
        hint = f"Name the hosts that clients use, such as {host}."
        return [Warning("ALLOWED_HOSTS allows any name.", hint=hint, id="dashboard.W007")]
    if validate_host(f"[{host}]" if ":" in host else host, settings.ALLOWED_HOSTS):
        return []
    return [
        Error(
            f"DASHBOARD_SERVER is at {host}, which ALLOWED_HOSTS does not contain: requests to it are refused.",
            hint=f"Add {host} to ALLOWED_HOSTS.",
            id="dashboard.E008",
        )
    ]


@register(Tags.security, deploy=True)
def check_encryption(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    """Report that passwords and tokens are sent in clear text."""
    if settings.SERVED_BY_HTTPS or not is_public(settings.DASHBOARD_SERVER):
        return []
    return [
        Error(
            "DASHBOARD_SERVER is http: passwords and tokens can be read in transit.",
            hint="Let a proxy serve it with TLS, and set DASHBOARD_SERVER to the https address.",
            id="dashboard.E009",
        )
    ]


@register(Tags.security, deploy=True)
def check_connections(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    """Report a database or a Redis on another computer that needs no password, or is spoken to in clear text."""
    names = {"default": "DATABASE_URL", REPLICA: "READ_DATABASE_URL"}
    databases = [_database_connection(names[alias], it) for alias, it in settings.DATABASES.items()]
    return [*_redis_connection(), *chain.from_iterable(databases)]


def _redis_connection() -> Iterator[CheckMessage]:
    url = settings.REDIS_URL or ""
    parts = urlsplit(url)
    if parts.scheme == "unix" or not parts.hostname or not is_public(url):
        return
    if not parts.password:
        yield Warning(
            "REDIS_URL has no password, and is on another computer.",
            hint="Give Redis a password (requirepass, or an ACL), and put it into REDIS_URL.",
            id="dashboard.W015",
        )
    if parts.scheme != "rediss":
        yield Warning(
            "REDIS_URL is not encrypted, and on another computer: what is cached can be read in transit.",
            hint="Use rediss://, which is Redis with TLS.",
            id="dashboard.W016",
        )


def _database_connection(name: str, database: dict[str, Any]) -> Iterator[CheckMessage]:
    host = database.get("HOST") or ""
    if connection.vendor != "postgresql" or not host or host.startswith("/") or not is_public(f"//{_bracketed(host)}"):
        return
    if not database.get("PASSWORD"):
        yield Warning(
            f"{name} has no password, and is on another computer.",
            hint=f"Give the database's user a password, and put it into {name}.",
            id="dashboard.W017",
        )
    if database.get("OPTIONS", {}).get("sslmode") not in ENCRYPTED_MODES:
        yield Warning(
            f"{name} does not demand TLS, and is on another computer: the database can be read in transit.",
            hint="Add ?sslmode=verify-full to it, and &sslrootcert=/path/to/ca.crt.",
            id="dashboard.W018",
        )


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


@register(Tags.security, deploy=True)
def check_proxies(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    """Report that client addresses can be forged, or are those of the proxy."""
    wide = [str(it) for it in settings.TRUSTED_PROXIES if _is_too_wide(it)]
    if wide:
        message = f"TRUSTED_PROXIES has {', '.join(wide)}: any client in it can claim any address."
        hint = "Name the proxies, or their own network."
        return [Error(message, hint=hint, id="dashboard.E010")]
    if settings.TRUSTED_PROXIES or not settings.SERVED_BY_HTTPS:
        return []
    return [
        Warning(
            "DASHBOARD_SERVER is https, so a proxy is in front, but TRUSTED_PROXIES is empty: sessions and events show "
            "the address of the proxy.",
            hint="Set TRUSTED_PROXIES to the address of the proxy.",
            id="dashboard.W011",
        )
    ]


def _is_too_wide(network: IPv4Network | IPv6Network) -> bool:
    return network.prefixlen < MIN_PROXY_PREFIX[network.version]


@register(Tags.security, deploy=True)
def check_application_server(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    """Report a guessable token of the application server, which may act as any user."""
    token = settings.APPLICATION_SERVER_TOKEN or ""
    if settings.APPLICATION_SERVER is None or len(token) >= MIN_SECRET_LENGTH:
        return []
    message = (
        f"APPLICATION_SERVER_TOKEN has fewer than {MIN_SECRET_LENGTH} characters: a client that guesses it acts as any "
        "user."
    )
    return [Error(message, hint=f"Make one with {GENERATOR}, for both servers.", id="dashboard.E012")]


@register(Tags.security, deploy=True)
def check_prometheus(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    """Report a guessable token of /metrics."""
    token = settings.PROMETHEUS_TOKEN
    if token is None or len(token) >= MIN_SECRET_LENGTH:
        return []
    message = f"PROMETHEUS_TOKEN has fewer than {MIN_SECRET_LENGTH} characters: it can be guessed, and /metrics read."
    return [Warning(message, hint=f"Make one with {GENERATOR}, for Prometheus as well.", id="dashboard.W013")]


@register(Tags.security, deploy=True)
def check_compatibility(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    """Report that protections which the Node Dashboard does not have are off unless they are set one by one."""
    if settings.NODE_COMPATIBILITY != "strict":
        return []
    return [
        Warning(
            "NODE_COMPATIBILITY is strict: settings that are not set have the Node Dashboard's defaults, which protect "
            "accounts less.",
            hint="Set it to extended once every application accepts what docs/differences.md lists.",
            id="dashboard.W014",
        )
    ]
