"""Read the bodies of requests before a thread is taken: whole, within a time limit, and not too many at once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from dashboard.api.access.authentication import SAFE_METHODS
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.gateway.environ import Environ

MAX_BUFFERED = 64_000_000  # bytes of all long bodies in a process, beside which MAXIMUM_POST_DATA_LENGTH limits each
SHORT = 16_384  # bytes of each body that do not count: a form of the API rarely has more, and connections are limited
MAX_DIGITS = 20  # of a length; Python refuses to read thousands
RETRY_SECONDS = 5

Receive = Callable[[], Awaitable[dict[str, Any]]]


class Bodies:
    """The bodies that this process holds until their requests are answered.

    What a body has beyond SHORT is counted. Few clients, each with a long body that does not end, use up the room for
    long ones, and must not keep anybody from signing in meanwhile.
    """

    def __init__(self) -> None:
        self.buffered = 0

    async def read(self, environ: Environ, receive: Receive) -> bytes:
        """Return the body of a request. The caller releases it.

        A body that is longer than MAXIMUM_POST_DATA_LENGTH is not read, or not to its end: Django refuses it. A body
        that is cut off, or has not arrived within BODY_TIMEOUT seconds, is handed over as shorter than its length, for
        which Django refuses it, too. Raises service-unavailable (503) for a long one where there are too many.
        """
        if not _is_to_be_read(environ):
            return b""
        chunks: list[bytes] = []
        try:
            async with asyncio.timeout(settings.BODY_TIMEOUT):
                is_whole = await self._collect(chunks, receive)
        except TimeoutError:
            is_whole = False
        except DashboardError:
            self.release(sum(map(len, chunks)))
            raise
        body = b"".join(chunks)
        if not is_whole and environ.pop("HTTP_TRANSFER_ENCODING", None):
            environ["CONTENT_LENGTH"] = str(len(body) + 1)
        return body

    def release(self, length: int) -> None:
        self.buffered -= _counted(length)

    async def _collect(self, chunks: list[bytes], receive: Receive) -> bool:
        """Collect what arrives; return whether it is the whole body, or too long to read on."""
        length = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return False
            chunk = message["body"]
            added = _counted(length + len(chunk)) - _counted(length)
            if added and self.buffered + added > MAX_BUFFERED:
                raise DashboardError(ErrorCode.SERVICE_UNAVAILABLE, RETRY_SECONDS)
            chunks.append(chunk)
            length += len(chunk)
            self.buffered += added
            if not message.get("more_body") or length > settings.MAXIMUM_POST_DATA_LENGTH:
                return True


def _counted(length: int) -> int:
    return max(0, length - SHORT)


def is_cut_off(environ: Environ, body: bytes) -> bool:
    """Return whether a body is shorter than its length says."""
    length = environ.get("CONTENT_LENGTH", "")
    return length.isdecimal() and len(length) <= MAX_DIGITS and int(length) > len(body)


def _is_to_be_read(environ: Environ) -> bool:
    if environ["REQUEST_METHOD"] in SAFE_METHODS:
        return False
    if "HTTP_TRANSFER_ENCODING" in environ:
        return True
    length = environ.get("CONTENT_LENGTH", "")
    if len(length) > MAX_DIGITS or not length.isdecimal():
        return False
    return 0 < int(length) <= settings.MAXIMUM_POST_DATA_LENGTH
