"""The standard library's thread pool, but that the thread which was used last is used next.

With few requests at a time, the same threads serve them: their connections to PostgreSQL have the statements prepared,
and what they need is in the processor's cache. The standard library's queue gives work to the thread that has waited
longest, so that each request meets the coldest one.
"""

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from queue import Empty
from threading import Lock
from typing import Any


class _Waiting:
    """A thread that waits for an item."""

    def __init__(self) -> None:
        self._is_here = Lock()
        self._is_here.acquire()
        self._item: Any = None

    def give(self, item: Any) -> None:
        self._item = item
        self._is_here.release()

    def wait(self) -> Any:
        self._is_here.acquire()
        return self._item


class LastWaitingFirstQueue:
    """A queue, first in, first out, whose item goes to the thread that has begun to wait last."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._items: deque[Any] = deque()
        self._waiting: list[_Waiting] = []

    def put(self, item: Any) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.pop().give(item)
            else:
                self._items.append(item)

    def get(self, block: bool = True) -> Any:  # noqa: FBT001, FBT002  as that of SimpleQueue
        """Return the next item, waiting for it unless told not to. Raises queue.Empty then."""
        with self._lock:
            if self._items:
                return self._items.popleft()
            if not block:
                raise Empty
            mine = _Waiting()
            self._waiting.append(mine)
        return mine.wait()

    def get_nowait(self) -> Any:
        return self.get(block=False)


class ThreadPool(ThreadPoolExecutor):
    """A pool whose idle threads are used in the order last in, first out."""

    def __init__(self, threads: int, name: str) -> None:
        super().__init__(threads, name)
        self._work_queue: Any = LastWaitingFirstQueue()
