"""The ASGI application in front of Django. README.md beside this file says what it does and why."""

import asyncio
import logging
import signal as signals
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest

from dashboard.api.exception_handler import error_response
from dashboard.api.long_polling import KEY, LongPoll
from dashboard.api.middleware import RequestMetricsMiddleware
from dashboard.api.security_headers import SecurityHeadersMiddleware
from dashboard.core.errors import DashboardError
from dashboard.gateway.bodies import Bodies, Receive, is_cut_off
from dashboard.gateway.environ import Environ, Scope, environ_of
from dashboard.gateway.hot_reads import HotReads
from dashboard.gateway.sockets import cut_slow_readers
from dashboard.gateway.threads import Answer, Threads
from dashboard.gateway.waiting import Signal
from dashboard.monitoring.stopping import is_stopping

logger = logging.getLogger(__name__)

ASKING_AGAIN = 2  # threads for those whose wait is over, so that others are answered meanwhile
PAUSE_SECONDS = 0.05  # before a client for which nothing was new waits again
LOOK_SECONDS = 0.2  # between two looks whether the server is about to stop
TOO_MANY_SECONDS = 0.5  # before a 429 is sent: a client that retries at once would keep the process busy with refusals

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Gateway:
    """Answer a hot read, or read a request, have Django answer it in a thread, and hand the response to the client.

    `prepare` returns an environ with what a reverse proxy says about the request: its address and its path, by which
    everything here decides.
    """

    def __init__(
        self,
        threads: Threads,
        hot_reads: HotReads | None,
        prepare: Callable[[Environ], Environ],
        signal: Signal,
    ) -> None:
        self.threads, self.hot_reads, self.prepare, self.signal = threads, hot_reads, prepare, signal
        self.bodies = Bodies()
        self._asking_again = asyncio.Semaphore(ASKING_AGAIN)
        self._in_progress = 0
        self._is_leaving = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        self._in_progress += 1
        self.threads.requests += 1
        if self._is_leaving:
            send = partial(_send_and_close, send)
        try:
            environ = self.prepare(environ_of(scope))
            is_plain = b"%" not in scope["raw_path"]
            if not (self.hot_reads and is_plain and await self._answer_hot_read(self.hot_reads, environ, send)):
                await self._answer(environ, receive, send)
        finally:
            self._in_progress -= 1

    async def _answer_hot_read(self, hot_reads: HotReads, environ: Environ, send: Send) -> bool:
        """Answer a request from the cache if that is enough for it. Return whether it is answered."""
        if environ["PATH_INFO"] not in hot_reads:
            return False
        try:
            answer = await hot_reads.answer({**environ})
        except Exception:  # Django can answer it all the same
            logger.exception("A hot read failed.")
            return False
        if answer is None:
            return False
        status, headers, body = answer
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return True

    async def _answer(self, environ: Environ, receive: Receive, send: Send) -> None:
        try:
            body = await self.bodies.read(environ, receive)
        except DashboardError as error:
            await _refuse(environ, error, send)
            return
        version, poll = self.signal.version, LongPoll()
        try:
            is_whole = not is_cut_off(environ, body)
            answer = await self.threads.answer({**environ, KEY: poll, "wsgi.input": BytesIO(body)}, is_whole=is_whole)
        finally:
            self.bodies.release(len(body))
        if poll.wanted:
            answer = await self._poll(environ, answer, version, poll.wanted, receive)
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            await asyncio.sleep(TOO_MANY_SECONDS)
        await self._hand_over(answer, receive, send)

    async def _poll(self, environ: Environ, answer: Answer, version: int, wanted: float, receive: Receive) -> Answer:
        """Return the answer of a long poll: this one, or that to the repeated request once something has happened.

        The caller is authenticated again each time. Of the requests that wait, ASKING_AGAIN occupy a thread at a time.
        """
        time = asyncio.get_running_loop().time
        begun, gone = time(), asyncio.create_task(_wait_until_gone(receive))
        try:
            while (rest := begun + wanted - time()) > 0 and not (gone.done() or self.signal.is_stopped):
                await self.signal.wait(version, rest, unless=gone)
                if self.signal.version == version:
                    continue
                version, poll = self.signal.version, LongPoll(time() - begun)
                async with self._asking_again:
                    answer = await self.threads.answer({**environ, KEY: poll, "wsgi.input": BytesIO()})
                if not poll.wanted:
                    break
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            gone.cancel()
        return answer

    async def _hand_over(self, answer: Answer, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        if answer.parts is None:
            await send({"type": "http.response.body", "body": answer.body})
            return
        gone = asyncio.create_task(_wait_until_gone(receive))
        try:
            await self._stream(answer, gone, send)
        finally:
            gone.cancel()
            await self.threads.close(answer)

    async def _stream(self, answer: Answer, gone: asyncio.Task[None], send: Send) -> None:
        """Make each part of the response when the client has taken the one before.

        A client that takes nothing for RESPONSE_TIMEOUT seconds is cut off: the server closes the connection of a
        response that has not ended. Nothing more is made for one that is gone.
        """
        while part := await self.threads.next_part(answer):
            if gone.done():
                return
            try:
                message = {"type": "http.response.body", "body": part, "more_body": True}
                await asyncio.wait_for(send(message), settings.RESPONSE_TIMEOUT)
            except TimeoutError:
                return
        await send({"type": "http.response.body", "body": b""})

    async def _live(self, receive: Receive, send: Send) -> None:
        """Start and stop with the server (ASGI's lifespan protocol)."""
        await receive()
        self._let_go_on_signals()
        tasks = [asyncio.create_task(cut_slow_readers())]
        if settings.STOP_DELAY:
            tasks.append(asyncio.create_task(self._leave_in_time()))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for task in tasks:
            task.cancel()
        self.signal.stop()
        while self._in_progress:
            await asyncio.sleep(0.05)
        self.threads.shut_down()
        await send({"type": "lifespan.shutdown.complete"})

    async def _leave_in_time(self) -> None:
        """Close each connection after its next answer, once the server is about to stop.

        A proxy that keeps connections would send a request on one of them while the server, at its end, closes it, and
        could not tell whether a change was made (RFC 9112, section 9.6).
        """
        while not is_stopping():
            await asyncio.sleep(LOOK_SECONDS)
        self._is_leaving = True

    def _let_go_on_signals(self) -> None:
        """End long polls when the server is told to stop: it tells the gateway only after all requests have ended."""
        loop = asyncio.get_running_loop()
        for number in (signals.SIGTERM, signals.SIGINT):
            before = signals.getsignal(number)
            if callable(before) and threading.current_thread() is threading.main_thread():
                signals.signal(number, partial(_stop, loop, self.signal.stop, before))


def _stop(loop: asyncio.AbstractEventLoop, stop: Callable[[], None], before: Any, number: int, frame: Any) -> None:
    loop.call_soon_threadsafe(stop)
    before(number, frame)


async def _send_and_close(send: Send, message: dict[str, Any]) -> None:
    """Send a message, with the header that ends the connection after this response."""
    if message["type"] == "http.response.start":
        message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
    await send(message)


async def _wait_until_gone(receive: Receive) -> None:
    """Wait until the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(environ: Environ, error: DashboardError, send: Send) -> None:
    """Answer an error without Django's help, but counted and logged as its own."""

    def respond(request: HttpRequest) -> Any:
        return error_response(error, request)

    response: Any = SecurityHeadersMiddleware(RequestMetricsMiddleware(respond))(WSGIRequest(environ))
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": response.content})
