"""Internet addresses from outside: one form for events, sessions, limits, logs and the trust in proxies.

The form is Python's of `ipaddress`, without a zone (RFC 4007, section 11), which means nothing on another machine and
which PostgreSQL's type inet does not take. An IPv4 address that a dual-stack socket reports as ::ffff:192.0.2.7 (RFC
4291, section 2.5.5.2) is the IPv4 address.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.http import HttpRequest

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

BRACKETED = re.compile(r"\[([^\]]*)\](?::[0-9]{1,5})?")  # [2001:db8::1]:443
WITH_PORT = re.compile(r"([^:]*):[0-9]{1,5}")  # 192.0.2.7:5678
MAX_LENGTH = 100
DEFAULT_PORTS = {"http": 80, "https": 443}
IPV4_MAPPED = IPv6Network("::ffff:0:0/96")


@lru_cache(maxsize=4096)
def parse_address(text: str) -> Address | None:
    """Return the address that a text has, with or without brackets, port and zone; None if it has none."""
    text = text.strip()
    if len(text) > MAX_LENGTH:
        return None
    if match := BRACKETED.fullmatch(text) or WITH_PORT.fullmatch(text):
        text = match[1]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(maxsize=4096)
def normalized_address(text: str) -> str | None:
    """Return the address of a text in the one form, or None if it has none."""
    address = parse_address(text)
    return None if address is None else str(address)


@lru_cache(maxsize=1024)
def network_of(address: str) -> str:
    """Return the /32 of an IPv4 address, or the /64 of an IPv6 address: each belongs to a single client."""
    return str(ip_network((address, 64 if ":" in address else 32), strict=False))


def client_address(request: HttpRequest) -> str | None:
    """Return the client's address in the one form; behind TRUSTED_PROXIES, the one that they forward. None: unknown."""
    return normalized_address(request.META.get("REMOTE_ADDR", ""))


def parse_network(text: str) -> Network:
    """Return the network of a text such as 203.0.113.0/24, or of one address. Raises ValueError for anything else."""
    address, slash, length = text.strip().partition("/")
    network = ip_network(f"{address.partition('%')[0]}{slash}{length}")
    if isinstance(network, IPv6Network) and network.subnet_of(IPV4_MAPPED):
        mapped = network.network_address.ipv4_mapped
        return IPv4Network(f"{mapped}/{network.prefixlen - IPV4_MAPPED.prefixlen}")
    return network


def is_in_networks(text: str, networks: Iterable[Network]) -> bool:
    """Whether a text is an address in one of these networks, however it is written."""
    address = parse_address(text)
    return address is not None and any(address in network for network in networks)


def origin_of(url: str) -> str:
    """Return scheme://host[:port] of a URL as browsers send it in Origin: in lower case, without the default port."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" if is_default_port(parts) else f"{parts.scheme}://{host}:{parts.port}"


def is_default_port(parts: SplitResult) -> bool:
    """Whether a URL has no port, or the one of its scheme. Raises ValueError for a port that is none."""
    return parts.port in (None, DEFAULT_PORTS.get(parts.scheme))
