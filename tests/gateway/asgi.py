"""Requests to the gateway in this process, without sockets."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Thread
from typing import Any
from urllib.parse import unquote

from tests.application import kept_connections, prepared_application  # isort: skip  before what it patches is imported

from dashboard.gateway.application import Gateway
from dashboard.gateway.thread_pool import Call, ThreadPool, call_of
from dashboard_project.asgi import gateway

Message = dict[str, Any]


class TestThread(ThreadPool):
    """Runs what the gateway gives to a thread in the thread of the test, whose transaction no other would see.

    The event loop has a thread of its own. The test's waits for what is to be run, until the request is answered.
    """

    def __init__(self) -> None:
        self.calls: SimpleQueue[Call | None] = SimpleQueue()

    def call(self, function: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        call = call_of(function, args)
        self.calls.put(call)
        return call.future

    def work_until(self, done: Future[Any]) -> None:
        done.add_done_callback(lambda _: self.calls.put(None))
        while call := self.calls.get():
            call.run()


@dataclass
class Reply:
    """What the gateway has sent, and how much of the body it had asked for."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    received: int = 0

    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str:
        return next(value for given, value in self.headers if given == name)


class Caller:
    """Sends requests to a gateway, in an event loop that goes on between them."""

    def __init__(self, gateway: Gateway, loop: asyncio.AbstractEventLoop, thread: TestThread) -> None:
        self.gateway, self.loop, self.thread = gateway, loop, thread

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        done = asyncio.run_coroutine_threadsafe(coroutine, self.loop)
        self.thread.work_until(done)
        return done.result()

    def ask(self, method: str, path: str, body: list[bytes] | bytes = b"", **headers: str) -> Reply:
        return self.run(self.ask_async(method, path, body, **headers))

    async def ask_async(self, method: str, path: str, body: list[bytes] | bytes = b"", **headers: str) -> Reply:
        named = {"host": "localhost", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if isinstance(body, bytes) and body:
            named.setdefault("content-length", str(len(body)))
        raw = [(name.encode(), value.encode("latin-1")) for name, value in named.items()]
        return await self.send(scope(method, path, raw), [body] if isinstance(body, bytes) else body)

    async def send(
        self,
        scope: dict[str, Any],
        chunks: list[bytes],
        *,
        is_ended: bool = True,
        receive: Callable[[], Awaitable[Message]] | None = None,
    ) -> Reply:
        """Send a request whose body arrives in these chunks. After the last one it has ended, or the client is gone."""
        reply, rest = Reply(), [*chunks]

        async def receive_chunk() -> Message:
            if not rest:
                return await never() if chunks and is_ended else {"type": "http.disconnect"}
            reply.received += 1
            chunk = rest.pop(0)
            return {"type": "http.request", "body": chunk, "more_body": bool(rest) or not is_ended}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                reply.status = message["status"]
                reply.headers = [
                    (name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]
                ]
            else:
                reply.body += message["body"]

        await self.gateway(scope, receive or receive_chunk, send)
        return reply

    async def send_to(
        self, reader: Callable[[Message], Awaitable[None]], receive: Callable[[], Awaitable[Message]] | None = None
    ) -> None:
        """Send a request without a body, whose response this reader takes."""
        await self.gateway(scope("GET", "/", [(b"host", b"localhost")]), receive or never, reader)


def scope(method: str, path: str, headers: list[tuple[bytes, bytes]], **given: Any) -> dict[str, Any]:
    """Return the scope of a request as granian makes it."""
    raw_path, _, query = path.partition("?")
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(raw_path),
        "raw_path": raw_path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "headers": headers,
        "client": ("127.0.0.1", "50000"),
        "server": ("127.0.0.1", "8000"),
        **given,
    }


async def never() -> Message:
    """Wait for a message that does not come."""
    await asyncio.sleep(3600)
    raise AssertionError


async def _stop(made: Gateway) -> None:
    made.signal.stop()
    await asyncio.gather(*made.signal.tasks, return_exceptions=True)
    if made.hot_reads:
        await made.hot_reads.lookups.close()


@contextmanager
def calling(**options: Any) -> Iterator[Caller]:
    """Yield a caller of a new gateway, which has read the settings as they are now."""
    loop, thread = asyncio.new_event_loop(), TestThread()
    running = Thread(target=loop.run_forever)
    running.start()
    with kept_connections():
        made = gateway(options.pop("application", prepared_application), pool=thread, **options)
        caller = Caller(made, loop, thread)
        try:
            yield caller
        finally:
            caller.run(_stop(made))
            loop.call_soon_threadsafe(loop.stop)
            running.join()
            loop.close()
