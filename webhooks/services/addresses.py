"""Which addresses a message may be sent to: none of the internal network, unless WEBHOOK_NETWORKS allows it.

The person who chooses the URL of a webhook must not be able to make this server call hosts that only it can reach
(OWASP, "Server-Side Request Forgery Prevention"). A name is resolved once, each of its addresses is checked, and the
connection goes to one of these, so that a different answer of the DNS changes nothing.
"""

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings

Address = IPv4Address | IPv6Address
NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits
# Services of clouds that have public addresses: Azure's platform.
NEVER = (ip_network("168.63.129.16/32"),)


class AddressRefusedError(Exception):
    """Raised for an address to which nothing may be sent."""


async def resolve(host: str, port: int) -> str:
    """Return an address of a host, all of whose addresses are allowed.

    Raises AddressRefusedError; OSError for a name that does not exist.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [ip_address(str(sockaddr[0]).partition("%")[0]) for *_, sockaddr in found]
    for address in addresses:
        if not is_allowed(address, settings.WEBHOOK_NETWORKS):
            raise AddressRefusedError(f"{address} is not allowed; see WEBHOOK_NETWORKS")
    return str(addresses[0])


def is_allowed(address: Address, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    """Return whether an address is one of the Internet, or in one of these networks."""
    plain = embedded(address)
    if any(plain in network for network in networks if network.version == plain.version):
        return True
    if any(plain in network for network in NEVER if network.version == plain.version):
        return False
    if isinstance(plain, IPv6Address) and plain.is_site_local:  # deprecated (RFC 3879), and still routed here and there
        return False
    return plain.is_global and not (plain.is_multicast or plain.is_reserved or plain.is_unspecified)


def embedded(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None) or address
