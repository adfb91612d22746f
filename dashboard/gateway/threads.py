"""Run the WSGI application in threads, which take whole requests and return whole responses."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Set
from contextvars import Context, copy_context
from dataclasses import dataclass
from os import cpu_count
from time import monotonic
from typing import Any, TypeVar

from django.conf import settings

from dashboard.api.access.authentication import SAFE_METHODS
from dashboard.core.crypto.hashers import refuse_to_hash
from dashboard.core.workers import THREADS_PER_WORKER
from dashboard.gateway.environ import Environ
from dashboard.gateway.thread_pool import ThreadPool

# bcrypt has as many threads of its own as there are processors. One request more for each of them keeps those busy, and
# leaves threads for other requests.
HASHING_THREADS = min((cpu_count() or 1) + 2, THREADS_PER_WORKER - 3)
STREAMING_THREADS = 1  # making parts is CPU work, during which hot reads of the process wait for the GIL
ALL_ROWS = "all=true"  # in the query of a list that is streamed
PART_LENGTH = 32_768  # bytes of a streamed response that are made in one go, unless its parts are larger
PAUSE = 3  # times as long as a part has taken
MOST_PAUSE_SECONDS = 1.0  # a part that takes long has waited for a database, and computed little

WSGIApplication = Callable[[Environ, Any], Iterable[bytes]]
Result = TypeVar("Result")


@dataclass
class Answer:
    """A response: whole in `body`, or in `parts` that a generator makes in the context of its request."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    parts: Iterator[bytes] | None
    close: Callable[[], object]
    context: Context

    def next_part(self) -> bytes:
        """Return about PART_LENGTH bytes, or b"" at the end."""
        collected: list[bytes] = []
        length = 0
        for part in self.parts or ():
            collected.append(part)
            length += len(part)
            if length >= PART_LENGTH:
                break
        return b"".join(collected)


class Threads:
    """The threads of this process, and the line in which requests that hash a password wait for some of them.

    `hashing_paths` are the paths whose requests, unless they only read, may hash a password: a good part of a second in
    which they occupy a thread. They get HASHING_THREADS at most. MAXIMUM_WAITING_PASSWORDS others wait without a
    thread; beyond that, a request runs in any thread, but is refused as soon as it wants to hash.

    The caller counts all requests of the process in `requests`, which slows down streamed responses while others ask.
    """

    def __init__(
        self, application: WSGIApplication, hashing_paths: Set[str], *, pool: ThreadPool | None = None
    ) -> None:
        self.application, self.hashing_paths = application, hashing_paths
        self._pool = pool or ThreadPool(THREADS_PER_WORKER, "request")
        self._hashing = asyncio.Semaphore(HASHING_THREADS)
        self._streaming = asyncio.Semaphore(STREAMING_THREADS)
        self._waiting = 0
        self.requests = 0

    async def answer(self, environ: Environ, *, is_whole: bool = True) -> Answer:
        """Have the application answer a request. One that is not whole does not wait in the line, and may not hash.

        Otherwise many clients that leave at once after half a body would fill that line.
        """
        context = Context()
        is_safe = environ["REQUEST_METHOD"] in SAFE_METHODS
        if is_safe and ALL_ROWS in environ["QUERY_STRING"]:
            return await self._computed(context, _call, self.application, environ, context)
        if is_safe or environ["PATH_INFO"] not in self.hashing_paths:
            return await self._run(context, _call, self.application, environ, context)
        if not is_whole or self._waiting >= settings.MAXIMUM_WAITING_PASSWORDS:
            context.run(refuse_to_hash)
            return await self._run(context, _call, self.application, environ, context)
        self._waiting += 1
        try:
            await self._hashing.acquire()
        finally:
            self._waiting -= 1
        try:
            return await self._run(context, _call, self.application, environ, context)
        finally:
            self._hashing.release()

    async def call(self, function: Callable[..., Result], *args: Any) -> Result:
        """Call a function in a thread, in the context of the request."""
        return await self._run(copy_context(), function, *args)

    async def next_part(self, answer: Answer) -> bytes:
        """Return the next bytes of a streamed response, or b"" at its end. Any thread may make them."""
        return await self._computed(answer.context, answer.next_part)

    async def close(self, answer: Answer) -> None:
        """End a streamed response, whether or not all of it was made."""
        await self._run(answer.context, answer.close)

    def shut_down(self) -> None:
        self._pool.shut_down()

    async def _computed(self, context: Context, function: Callable[..., Result], *args: Any) -> Result:
        """Make a part of a streamed response, and pause PAUSE times as long if requests have come meanwhile.

        Nobody else's part is made during the pause, which lasts for MOST_PAUSE_SECONDS at most.
        """
        async with self._streaming:
            requests, started = self.requests, monotonic()
            result = await self._run(context, function, *args)
            if self.requests > requests:
                await asyncio.sleep(min(PAUSE * (monotonic() - started), MOST_PAUSE_SECONDS))
            return result

    async def _run(self, context: Context, function: Callable[..., Result], *args: Any) -> Result:
        return await self._pool.call(context.run, function, *args)


def _call(application: WSGIApplication, environ: Environ, context: Context) -> Answer:
    started: list[tuple[str, list[tuple[str, str]]]] = []
    result: Any = application(environ, lambda status, headers, error=None: started.append((status, headers)))
    status, headers = started[0]
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    whole = isinstance(result, list)
    body, parts = (b"".join(result), None) if whole else (b"", iter(result))
    close = getattr(result, "close", lambda: None)
    return Answer(int(status[:3]), encoded, body, parts, close, context)
