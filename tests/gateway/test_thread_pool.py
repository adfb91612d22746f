"""Idle threads are used last in, first out; otherwise the pool is the standard library's."""

from concurrent.futures import wait
from contextlib import AbstractContextManager
from queue import Empty
from threading import Barrier, Event, get_ident
from typing import Any

import pytest

from dashboard.gateway.thread_pool import LastWaitingFirstQueue, ThreadPool
from throwaway.programs import wait_until

THREADS = 4
SECONDS = 60


def started(pool: ThreadPool) -> set[int]:
    """Have all threads of a pool start, and return their numbers."""
    together = Barrier(THREADS)

    def meet() -> int:
        together.wait(SECONDS)
        return get_ident()

    return {it.result(SECONDS) for it in [pool.submit(meet) for _ in range(THREADS)]}


def wait_for_idle(pool: ThreadPool, threads: int) -> None:
    wait_until(lambda: len(pool._work_queue._waiting) == threads, "threads are not idle")


def test_one_request_after_another_is_answered_by_the_same_thread() -> None:
    with ThreadPool(THREADS, "test") as pool:
        assert len(started(pool)) == THREADS
        go_on, busy = Event(), Event()

        def last() -> int:
            busy.set()
            assert go_on.wait(SECONDS)
            return get_ident()

        held = pool.submit(last)
        assert busy.wait(SECONDS)
        wait_for_idle(pool, THREADS - 1)  # before this one
        go_on.set()
        used_last = held.result(SECONDS)
        wait_for_idle(pool, THREADS)
        for _ in range(20):
            assert pool.submit(get_ident).result(SECONDS) == used_last
            wait_for_idle(pool, THREADS)


def test_what_waits_for_a_thread_is_done_in_its_order() -> None:
    done: list[int] = []
    go_on = Event()
    with ThreadPool(1, "test") as pool:
        pool.submit(go_on.wait, SECONDS)
        futures = [pool.submit(done.append, number) for number in range(20)]
        go_on.set()
        wait(futures, SECONDS)
    assert done == [*range(20)]


def test_shutdown_cancels_what_waits_and_ends_the_threads() -> None:
    pool, begun, go_on = ThreadPool(THREADS, "test"), Barrier(THREADS + 1), Event()

    def hold() -> bool:
        begun.wait(SECONDS)
        return go_on.wait(SECONDS)

    held = [pool.submit(hold) for _ in range(THREADS)]
    begun.wait(SECONDS)
    waiting = pool.submit(get_ident)
    pool.shutdown(wait=False, cancel_futures=True)
    assert waiting.cancelled()
    go_on.set()
    pool.shutdown(wait=True)
    assert all(it.result(SECONDS) for it in held)
    assert not any(thread.is_alive() for thread in pool._threads)


def test_an_error_goes_to_whoever_asked() -> None:
    with ThreadPool(THREADS, "test") as pool, pytest.raises(ZeroDivisionError):
        pool.submit(lambda: 1 / 0).result(SECONDS)


class Interrupted(AbstractContextManager[None]):
    """A lock whose holder is interrupted by the garbage collector: the pool's weak reference puts None."""

    def __init__(self, queue: LastWaitingFirstQueue) -> None:
        self.queue, self.lock, self.is_held = queue, queue._lock, False

    def __enter__(self) -> None:
        self.lock.acquire()
        if not self.is_held:
            self.is_held = True
            self.queue.put(None)

    def __exit__(self, *error: object) -> None:
        self.lock.release()


@pytest.mark.parametrize("items", [[], ["one"], ["one", "two"]])
def test_an_interrupted_thread_does_not_wait_for_itself(items: list[Any]) -> None:
    queue = LastWaitingFirstQueue()
    for item in items:
        queue.put(item)
    queue._lock = Interrupted(queue)  # type: ignore[assignment]
    found = [queue.get() for _ in range(len(items) + 1)]
    assert found == [*items, None]
    with pytest.raises(Empty):
        queue.get_nowait()


def test_an_empty_queue_says_so() -> None:
    with pytest.raises(Empty):
        LastWaitingFirstQueue().get_nowait()
