"""Limits of the operating system for connections."""

import asyncio
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

FILES_BESIDE_CONNECTIONS = 256  # databases, log, counters, modules
SECONDS_TO_LISTEN = 10


def raise_file_limit() -> None:
    """Allow this process and its children a file for each of MAXIMUM_CONNECTIONS, as far as permitted."""
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = settings.MAXIMUM_CONNECTIONS + FILES_BESIDE_CONNECTIONS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


async def cut_slow_readers() -> None:
    """Have the kernel cut clients that have taken nothing of a response for RESPONSE_TIMEOUT seconds (RFC 5482).

    The server begins to listen after it has started the application, and connections inherit the option.
    """
    if not hasattr(socket, "TCP_USER_TIMEOUT"):  # it is Linux's
        return
    for _ in range(SECONDS_TO_LISTEN * 10):
        listening = list(_listening())
        for sock in listening:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, settings.RESPONSE_TIMEOUT * 1000)
            sock.close()
        if listening:
            return
        await asyncio.sleep(0.1)


def _listening() -> Iterator[socket.socket]:
    """Yield duplicates of the TCP sockets on which this process listens."""
    for file in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            if stat.S_ISSOCK(file.stat().st_mode):
                sock = socket.socket(fileno=os.dup(int(file.name)))
                if sock.type == socket.SOCK_STREAM and sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                    yield sock
                else:
                    sock.close()
