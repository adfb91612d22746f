"""Send messages in the format of Standard Webhooks (https://www.standardwebhooks.com), on an event loop of its own."""

import asyncio
import hmac
import ssl
import threading
from base64 import b64decode, b64encode
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from hashlib import sha256
from time import time
from typing import Any

from dashboard import __version__
from dashboard.core.lazy_modules import lazy_module
from webhooks.services.addresses import AddressRefusedError, Resolver

httpx = lazy_module("httpx")

CONCURRENCY = 32  # messages on their way
CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 20.0  # from the look-up of the name to the end of the answer
MAX_ANSWER = 65_536  # bytes that are read of an answer
MAX_CLIENTS = 100  # hosts to which connections are kept
MAX_ERROR = 255


@dataclass(frozen=True)
class Message:
    """What is sent: the same id and body with each attempt."""

    messageid: str
    url: str
    body: bytes
    secrets: Sequence[str]


@dataclass(frozen=True)
class Outcome:
    """How an attempt has ended: a status, or why there is none."""

    status: int = 0
    error: str = ""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants no more messages (410)."""
        return self.status == 410

    @property
    def reason(self) -> str:
        return self.error or f"The answer was {self.status}."


def signature(secret: str, messageid: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a message by a secret `whsec_…`: `v1,` and an HMAC-SHA-256 in base64."""
    key = b64decode(secret.removeprefix("whsec_"))
    signed = f"{messageid}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.digest(key, signed, sha256)).decode()


def headers_of(message: Message, timestamp: int) -> dict[str, str]:
    """Return the headers of a message; its signature is by each of its secrets."""
    signatures = (signature(it, message.messageid, timestamp, message.body) for it in message.secrets)
    return {
        "Content-Type": "application/json",
        "User-Agent": f"Dashboard/{__version__}",
        "webhook-id": message.messageid,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


class Sender:
    """Sends messages on an event loop in a thread of its own, as many at a time as it is given."""

    def __init__(self, concurrency: int = CONCURRENCY) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sender", daemon=True)
        self._resolver = Resolver(concurrency)
        self._clients: dict[tuple[str, str, int], Any] = {}
        self._tls = ssl.create_default_context()
        self._thread.start()

    def send(self, message: Message) -> "Future[Outcome]":
        """Begin to send a message. Its outcome never raises."""
        return asyncio.run_coroutine_threadsafe(self._send(message), self._loop)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(WHOLE_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WHOLE_SECONDS)
        self._loop.close()

    async def _close(self) -> None:
        self._resolver.close()
        for client in self._clients.values():
            await client.aclose()

    async def _send(self, message: Message) -> Outcome:
        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                return Outcome(await self._post(message))
        except TimeoutError:
            return Outcome(error=f"There was no answer within {WHOLE_SECONDS:g} seconds.")
        except AddressRefusedError as error:
            return Outcome(error=f"The address {error}."[:MAX_ERROR])
        except Exception as error:  # whatever an answer makes the library raise, the worker continues
            return Outcome(error=f"{type(error).__name__}: {error}"[:MAX_ERROR])

    async def _post(self, message: Message) -> int:
        """Return the status. Connect to the address that was checked, but send the host's name."""
        url = httpx.URL(message.url)
        port = url.port or {"https": 443, "http": 80}[url.scheme]
        address = await self._resolver.resolve(url.host, port)
        client = self._client(url.scheme, url.host, port)
        request = client.build_request(
            "POST",
            url.copy_with(host=address),
            headers={"Host": url.netloc.decode("ascii"), **headers_of(message, int(time()))},
            content=message.body,
            extensions={"sni_hostname": url.host},
        )
        response = await client.send(request, stream=True)
        try:
            length = 0
            async for part in response.aiter_raw():
                length += len(part)
                if length > MAX_ANSWER:
                    break
        finally:
            await response.aclose()
        status: int = response.status_code
        return status

    def _client(self, scheme: str, host: str, port: int) -> Any:
        """Return the client of a host: of each its own, so that a connection verified for one serves no other."""
        key = scheme, host, port
        if key not in self._clients:
            if len(self._clients) >= MAX_CLIENTS:
                self._clients.clear()
            timeout = httpx.Timeout(WHOLE_SECONDS, connect=CONNECT_SECONDS)
            self._clients[key] = httpx.AsyncClient(
                verify=self._tls, timeout=timeout, trust_env=False, follow_redirects=False
            )
        return self._clients[key]
