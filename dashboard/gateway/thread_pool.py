"""Threads that call functions for an event loop; the one that was used last is used next.

With few requests at a time, the same threads serve them: their connections to PostgreSQL have the statements prepared,
and what they need is in the processor's cache. The standard library's pool gives work to the thread that has waited
longest, so that each request meets the coldest one. And `run_in_executor` makes two futures for a call, and keeps them
in step.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import Lock, RLock, Thread
from typing import Any, NamedTuple, TypeVar

Result = TypeVar("Result")


class Call(NamedTuple):
    """A function to be called in a thread, and the future that is told its result on the event loop."""

    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Any]"
    function: Callable[..., Any]
    args: tuple[Any, ...]

    def run(self) -> None:
        if self.future.cancelled():
            return
        try:
            result = self.function(*self.args)
        except BaseException as error:
            self._give_back(_fail, error)
            del self  # the error has this frame: a cycle would keep the request until it is collected
        else:
            self._give_back(_succeed, result)

    def _give_back(self, give: "Callable[[asyncio.Future[Any], Any], None]", what: Any) -> None:
        with suppress(RuntimeError):  # the loop is closed
            self.loop.call_soon_threadsafe(give, self.future, what)


def call_of(function: Callable[..., Any], args: tuple[Any, ...]) -> Call:
    """Return a call whose result is for the running event loop."""
    loop = asyncio.get_running_loop()
    return Call(loop, loop.create_future(), function, args)


def _succeed(future: "asyncio.Future[Any]", result: Any) -> None:
    if not future.done():  # by cancellation
        future.set_result(result)


def _fail(future: "asyncio.Future[Any]", error: BaseException) -> None:
    if isinstance(error, StopIteration):  # which a future does not take
        error = RuntimeError("A function has raised StopIteration.")
    if not future.done():
        future.set_exception(error)


class _Idle:
    """A thread that waits for a call."""

    def __init__(self) -> None:
        self._is_called = Lock()
        self._is_called.acquire()
        self._call: Call | None = None

    def give(self, call: Call | None) -> None:
        self._call = call
        self._is_called.release()

    def wait(self) -> Call | None:
        self._is_called.acquire()
        call, self._call = self._call, None
        return call


class ThreadPool:
    """At most so many threads, which are started when they are needed."""

    def __init__(self, threads: int, name: str) -> None:
        self.most_threads, self.name = threads, name
        self.threads: list[Thread] = []
        self._lock = RLock()  # the garbage collector may close a coroutine that calls something while it is held
        self._idle: list[_Idle] = []
        self._waiting: deque[Call] = deque()
        self._is_shut_down = False

    def call(self, function: Callable[..., Result], *args: Any) -> "asyncio.Future[Result]":
        """Have a thread call this function. Call it on the event loop that awaits the result.

        Raises RuntimeError after `shut_down`, and where no thread can be started and there is none yet.
        """
        call = call_of(function, args)
        with self._lock:
            if self._is_shut_down:
                raise RuntimeError("The threads have been shut down.")
            idle = self._idle.pop() if self._idle else None
            if idle is None:
                self._start_thread()
                self._waiting.append(call)
        if idle:
            idle.give(call)
        return call.future

    def shut_down(self) -> None:
        """Cancel what waits for a thread, and end the threads, each after what it is doing."""
        with self._lock:
            self._is_shut_down = True
            waiting, self._waiting = self._waiting, deque()
            idle, self._idle = self._idle, []
        for call in waiting:
            call.future.cancel()
        for it in idle:
            it.give(None)
        for thread in self.threads:
            thread.join()

    def _start_thread(self) -> None:
        if len(self.threads) == self.most_threads:
            return
        thread = Thread(target=self._work, name=f"{self.name}_{len(self.threads)}", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # of the system's limit
            if not self.threads:
                raise
            return  # the others do it
        self.threads.append(thread)

    def _work(self) -> None:
        idle = _Idle()
        while call := self._next(idle):
            call.run()
            del call  # before waiting for the next: it holds a request

    def _next(self, idle: _Idle) -> Call | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            if self._is_shut_down:
                return None
            self._idle.append(idle)
        return idle.wait()
