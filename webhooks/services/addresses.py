"""Which addresses a message may be sent to: none of the internal network, unless WEBHOOK_NETWORKS allows it.

The person who chooses the URL of a webhook must not be able to make this server call hosts that only it can reach
(OWASP, "Server-Side Request Forgery Prevention"). A name is resolved once, each of its addresses is checked, and the
connection goes to one of these, so that a different answer of the DNS changes nothing.
"""

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from django.conf import settings

Address = IPv4Address | IPv6Address
AddressInfo = tuple[Any, ...]  # as socket.getaddrinfo returns it
NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits
# Not of the Internet, though Python, or some versions of it, take them for global.
NEVER = (
    ip_network("168.63.129.16/32"),  # Azure's platform
    ip_network("192.0.0.0/24"),  # protocols of the IETF (RFC 6890); the metadata service of Oracle's cloud
    ip_network("3fff::/20"),  # documentation (RFC 9637)
)


class AddressRefusedError(Exception):
    """Raised for an address to which nothing may be sent."""


class Resolver:
    """Looks names up in threads of its own, for one event loop.

    A look-up cannot be interrupted, however long it hangs. So each name is looked up once at a time, for all messages
    that wait for it, and as many names at a time as there are threads.
    """

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, "resolver")
        self._running: dict[tuple[str, int], asyncio.Future[list[AddressInfo]]] = {}

    async def resolve(self, host: str, port: int) -> str:
        """Return an address of a host, all of whose addresses are allowed.

        Raises AddressRefusedError; OSError for a name that does not exist.
        """
        addresses = [ip_address(str(sockaddr[0]).partition("%")[0]) for *_, sockaddr in await self._look_up(host, port)]
        for address in addresses:
            if not is_allowed(address, settings.WEBHOOK_NETWORKS):
                raise AddressRefusedError(f"{address} is not allowed; see WEBHOOK_NETWORKS")
        return str(addresses[0])

    async def _look_up(self, host: str, port: int) -> list[AddressInfo]:
        running = self._running.get((host, port)) or self._begin(host, port)
        await asyncio.wait([running])  # a message that waits no longer does not cancel it for the others
        return running.result()

    def _begin(self, host: str, port: int) -> "asyncio.Future[list[AddressInfo]]":
        look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        running = asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        self._running[host, port] = running
        running.add_done_callback(partial(self._end, host, port))
        return running

    def _end(self, host: str, port: int, ended: "asyncio.Future[list[AddressInfo]]") -> None:
        del self._running[host, port]
        if not ended.cancelled():
            ended.exception()  # asyncio logs one that nobody has asked for, as when all have given up waiting

    def close(self) -> None:
        """Wait for no look-up any more."""
        for running in self._running.values():
            running.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)


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
