"""Connections to the Redis that REDIS_URL names: one server, or the primary that Sentinel knows.

All connections to Redis are made here: django-redis' by `SentinelPool` as its CONNECTION_POOL_CLASS, the rate limits
from django-redis' pool, and an event loop by `loop_client`.
"""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from redis import asyncio
from redis.asyncio.retry import Retry as LoopRetry
from redis.asyncio.sentinel import Sentinel as LoopSentinel
from redis.asyncio.sentinel import SentinelConnectionPool as LoopSentinelConnectionPool
from redis.asyncio.sentinel import SentinelManagedConnection as LoopSentinelManagedConnection
from redis.backoff import NoBackoff
from redis.connection import Connection, SSLConnection, parse_url
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.maint_notifications import MaintNotificationsConfig
from redis.sentinel import Sentinel, SentinelConnectionPool, SentinelManagedConnection

SENTINEL = "+sentinel"
SENTINEL_PORT = 26379
SENTINEL_OPTIONS = {"sentinel_username": "username", "sentinel_password": "password"}
TLS_CONNECT_SECONDS = 1.0  # a handshake on an event loop, which has other things to do
NO_MAINTENANCE = MaintNotificationsConfig(enabled=False)  # or else redis-py waits up to 10 seconds for a server in it
# Options that a URL can state, and that threads and event loops both have. Answers are bytes: no decode_responses.
OPTIONS = {
    *("host", "port", "path", "db", "username", "password", "client_name", "lib_name", "lib_version", "protocol"),
    *("socket_timeout", "socket_connect_timeout", "socket_keepalive", "retry_on_timeout", "health_check_interval"),
    *("encoding", "encoding_errors", "legacy_responses", "ssl_ca_certs", "ssl_ca_data", "ssl_ca_path", "ssl_cert_reqs"),
    *("ssl_certfile", "ssl_keyfile", "ssl_password", "ssl_check_hostname", "ssl_ciphers", "ssl_min_version"),
    *("ssl_include_verify_flags", "ssl_exclude_verify_flags"),
}
WHITESPACE = set(string.whitespace)
TIMEOUTS = ("socket_timeout", "socket_connect_timeout")
SCHEMES = {"redis", "rediss", "unix", f"redis{SENTINEL}", f"rediss{SENTINEL}"}

NO_CLUSTER = "Name a single server, or Sentinel: docs/configuration.md has the forms of the URL."


def as_redis(url: str) -> str:
    """Return the URL with the scheme of Redis for one of Valkey, which speaks the same protocol."""
    scheme, separator, rest = url.partition("://")
    same = {"valkey": "redis", "valkeys": "rediss"}
    base, plus, kind = scheme.partition("+")
    return f"{same.get(base, base)}{plus}{kind}{separator}{rest}"


@dataclass(frozen=True)
class SentinelURL:
    """The parts of redis+sentinel://user:password@host:port,host:port/service/number?options."""

    hosts: list[tuple[str, int]]
    service: str
    options: dict[str, Any]  # of connections to the primary
    sentinel_options: dict[str, Any]  # of connections to Sentinel
    is_encrypted: bool

    @classmethod
    def parse(cls, url: str) -> Self:
        """Raises ValueError for a URL that is not of this form."""
        parts = urlsplit(url)
        scheme = parts.scheme.removesuffix(SENTINEL)
        user, at, hosts = parts.netloc.rpartition("@")
        service, _, number = parts.path.strip("/").partition("/")
        if f"{scheme}{SENTINEL}" not in SCHEMES or not (hosts and service and (number or "0").isdigit()):
            raise ValueError("names no Sentinel, or no service")
        query = dict(parse_qsl(parts.query))
        own = {name: query.pop(option) for option, name in SENTINEL_OPTIONS.items() if option in query}
        single = f"{scheme}://{user}{at}localhost/{number or 0}?{urlencode(query)}"
        options: dict[str, Any] = {**parse_url(single)}  # type: ignore[no-untyped-call]
        is_encrypted = options.pop("connection_class", None) is not None
        options.pop("host", None)
        tls = {name: value for name, value in options.items() if name.startswith("ssl_")}
        encryption = {"ssl": True} if is_encrypted else {}
        return cls([_place(it) for it in hosts.split(",")], service, options, own | tls | encryption, is_encrypted)


class UnusableOptionError(ValueError):
    """A URL of Redis has an option that connections cannot use."""


def check_options(url: str) -> None:
    """Raise UnusableOptionError for an option that connections do not have, or that can only be a Python object.

    Raise ValueError for a URL that cannot be parsed otherwise.
    """
    if is_sentinel(url):
        named = SentinelURL.parse(url)
        options, kind = named.options, SSLConnection if named.is_encrypted else Connection
    else:
        options = {**parse_url(url)}  # type: ignore[no-untyped-call]
        kind = options.pop("connection_class", Connection)
    options.pop("max_connections", None)  # of the pool
    if unusable := sorted(set(options) - OPTIONS):
        raise UnusableOptionError(f"Has an option that cannot be used here: {', '.join(unusable)}.")
    if any(options.get(name, 1) <= 0 for name in TIMEOUTS):
        raise UnusableOptionError(f"Has a time-out that is not positive: {' or '.join(TIMEOUTS)}.")
    if set(options.get("client_name", "")) & WHITESPACE:
        raise UnusableOptionError("Has a client_name with white space, which Redis refuses.")
    try:
        kind(**options)
    except (TypeError, RedisError) as error:
        raise UnusableOptionError("Has an option that is unknown, or has an unknown value.") from error
    if kind is SSLConnection:
        _check_tls(options)


def _check_tls(options: Mapping[str, Any]) -> None:
    """Raise UnusableOptionError for certificates, keys, ciphers and so on with which no connection can be opened."""
    with_password = {"ssl_password": "", **options}  # without one, OpenSSL would ask for it on the terminal
    try:
        PreparedSSLConnection(**with_password)
    except (OSError, TypeError, ValueError) as error:  # ssl.SSLError is an OSError
        names = ", ".join(sorted(name for name in options if name.startswith("ssl_")))
        reason = str(error.args[-1]).rstrip(".")
        raise UnusableOptionError(f"Has an option of TLS that cannot be used ({names}): {reason}.") from error


def _place(host: str) -> tuple[str, int]:
    parts: SplitResult = urlsplit(f"//{host}")
    if not parts.hostname:
        raise ValueError("has an empty host")
    return parts.hostname, parts.port or SENTINEL_PORT


def is_sentinel(url: str) -> bool:
    return urlsplit(url).scheme.endswith(SENTINEL)


def _timeouts(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name.startswith("socket_")}


class PrimaryConnection(SentinelManagedConnection):
    """A connection that asks Sentinel whenever it is opened. redis-py's own asks only when it leaves its pool."""

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:  # noqa: FBT001, FBT002
        if not self.is_connected:
            self.connect()  # type: ignore[no-untyped-call]
        super().send_packed_command(command, check_health)  # type: ignore[no-untyped-call]

    def read_response(self, *arguments: Any, disconnect_on_error: bool = True, **options: Any) -> Any:  # type: ignore[override]
        """Read an answer, and disconnect if none comes, as a connection to one server does.

        redis-py's own stays connected then, and takes the answer, when it comes, for that of the next command.
        """
        return super().read_response(*arguments, disconnect_on_error=disconnect_on_error, **options)


class PrimarySSLConnection(PrimaryConnection, SSLConnection):
    """The same over TLS."""


class LoopPrimaryConnection(LoopSentinelManagedConnection):
    """The same for an event loop."""

    async def send_packed_command(self, command: Any, check_health: bool = True) -> None:  # noqa: FBT001, FBT002
        if not self.is_connected:
            await self.connect()  # type: ignore[no-untyped-call]
        await super().send_packed_command(command, check_health)


class LoopPrimarySSLConnection(LoopPrimaryConnection, asyncio.SSLConnection):
    """The same for an event loop, over TLS."""


class SentinelPool(SentinelConnectionPool):
    """Connections to the primary that Sentinel knows when each of them is opened."""

    @classmethod
    def from_url(cls, url: str, **options: Any) -> Self:
        named = SentinelURL.parse(url)
        manager: Any = Sentinel  # redis-py does not say its types
        sentinel = manager(named.hosts, sentinel_kwargs=_timeouts(options) | named.sentinel_options)
        kind = PrimarySSLConnection if named.is_encrypted else PrimaryConnection
        return cls(named.service, sentinel, **(options | named.options), connection_class=kind)


class LoopSentinelPool(LoopSentinelConnectionPool):
    """A pool for an event loop that also closes the connections to Sentinel. redis-py's own leaves them open."""

    async def aclose(self) -> None:
        await super().aclose()
        await self.sentinel_manager.aclose()


class PreparedSSLConnection(asyncio.SSLConnection):
    """A connection that reads the certificates before it connects, which may take longer than connecting may."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.ssl_context.get()


def loop_client(cache: Mapping[str, Any], **options: Any) -> Any:
    """Return redis-py's client with one connection, for an event loop, to the Redis of this entry of CACHES."""
    (url,) = cache["LOCATION"]
    options |= {
        "socket_timeout": cache["OPTIONS"]["SOCKET_TIMEOUT"],
        "socket_connect_timeout": cache["OPTIONS"]["SOCKET_CONNECT_TIMEOUT"],
        "retry": LoopRetry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        "maint_notifications_config": NO_MAINTENANCE,
    }
    if not is_sentinel(url):
        tls: dict[str, Any] = {}
        if urlsplit(url).scheme == "rediss":
            tls = {"connection_class": PreparedSSLConnection, "socket_connect_timeout": TLS_CONNECT_SECONDS}
        return asyncio.Redis.from_url(url, single_connection_client=True, **(options | tls))
    named = SentinelURL.parse(url)
    manager: Any = LoopSentinel
    sentinel = manager(named.hosts, sentinel_kwargs=_timeouts(options) | named.sentinel_options)
    pool: Any = LoopSentinelPool
    kind = LoopPrimarySSLConnection if named.is_encrypted else LoopPrimaryConnection
    connections = pool(named.service, sentinel, **(options | named.options), connection_class=kind)
    client: Any = asyncio.Redis(connection_pool=connections, single_connection_client=True)
    client.auto_close_connection_pool = True
    return client


def is_cluster(client: Any) -> bool:
    """Return whether a client is connected to a node of a cluster, which refuses look-ups of keys of several nodes."""
    return bool(client.info("cluster").get("cluster_enabled"))
