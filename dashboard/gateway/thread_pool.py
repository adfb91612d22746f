"""The standard library's thread pool, except that the thread used last is used next.

With few requests at a time, the same threads serve them: their connections to PostgreSQL have the statements prepared,
and what they need is in the processor's cache. The standard library's queue gives work to the thread that has waited
longest, so that each request meets the coldest one.
"""

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from queue import Empty
from threading import Lock, RLock
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
    """A first-in, first-out queue that gives its item to the thread that began to wait last.

    Like SimpleQueue, it lets the garbage collector call `put` while the same thread is in `get` or `put`.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._items: deque[Any] = deque()
        self._waiting: list[_Waiting] = []

    def put(self, item: Any) -> None:
        with self._lock:
            try:
                waiting = self._waiting.pop()
            except IndexError:
                self._items.append(item)
            else:
                waiting.give(item)

    def get(self, block: bool = True) -> Any:  # noqa: FBT001, FBT002  as that of SimpleQueue
        """Return the next item, waiting for it unless told not to. Raises queue.Empty then."""
        mine = _Waiting() if block else None
        with self._lock:
            if mine:
                self._waiting.append(mine)  # before looking at the items, so that whatever is put now is given to it
            if self._items:
                if mine and self._waiting[-1:] == [mine]:
                    self._waiting.pop()
                    mine = None
                if mine is None:
                    return self._items.popleft()
        if mine is None:
            raise Empty
        return mine.wait()

    def get_nowait(self) -> Any:
        return self.get(block=False)


class ThreadPool(ThreadPoolExecutor):
    """A pool whose idle threads are used in the order last in, first out."""

    def __init__(self, threads: int, name: str) -> None:
        super().__init__(threads, name)
        self._work_queue: Any = LastWaitingFirstQueue()
