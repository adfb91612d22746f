"""Threads that an event loop calls functions in: the one that was used last is used next."""

import asyncio
import gc
import weakref
from collections.abc import Callable, Coroutine
from threading import Barrier, Event, Thread, get_ident
from typing import Any

import pytest

from dashboard.gateway.thread_pool import ThreadPool
from throwaway.programs import wait_until

THREADS = 4
SECONDS = 60

Scenario = Callable[[ThreadPool], Coroutine[Any, Any, None]]


def run(scenario: Scenario, *, threads: int = THREADS) -> ThreadPool:
    """Run a scenario with a pool, and shut the pool down."""

    async def with_pool() -> ThreadPool:
        pool = ThreadPool(threads, "test")
        try:
            await asyncio.wait_for(scenario(pool), SECONDS)
        finally:
            pool.shut_down()
        return pool

    return asyncio.run(with_pool())


def wait_for_idle(pool: ThreadPool, threads: int) -> None:
    wait_until(lambda: len(pool._idle) == threads, "threads are not idle")


async def started(pool: ThreadPool) -> set[int]:
    """Have all threads of a pool start, and return their numbers."""
    together = Barrier(THREADS)

    def meet() -> int:
        together.wait(SECONDS)
        return get_ident()

    return set(await asyncio.gather(*[pool.call(meet) for _ in range(THREADS)]))


def test_one_request_after_another_is_answered_by_the_same_thread() -> None:
    async def scenario(pool: ThreadPool) -> None:
        assert len(await started(pool)) == THREADS
        go_on, busy = Event(), Event()

        def last() -> int:
            busy.set()
            assert go_on.wait(SECONDS)
            return get_ident()

        held = pool.call(last)
        assert busy.wait(SECONDS)
        wait_for_idle(pool, THREADS - 1)  # before this one
        go_on.set()
        used_last = await held
        wait_for_idle(pool, THREADS)
        for _ in range(20):
            assert await pool.call(get_ident) == used_last
            wait_for_idle(pool, THREADS)

    run(scenario)


def test_threads_are_started_only_when_they_are_needed() -> None:
    async def scenario(pool: ThreadPool) -> None:
        for _ in range(20):
            await pool.call(get_ident)
            wait_for_idle(pool, 1)
        assert len(pool.threads) == 1
        await asyncio.gather(*[pool.call(get_ident) for _ in range(100)])
        assert len(pool.threads) <= THREADS

    run(scenario)


def test_what_waits_for_a_thread_is_done_in_its_order() -> None:
    done: list[int] = []

    async def scenario(pool: ThreadPool) -> None:
        go_on = Event()
        calls = [pool.call(go_on.wait, SECONDS), *[pool.call(done.append, number) for number in range(20)]]
        go_on.set()
        await asyncio.gather(*calls)

    run(scenario, threads=1)
    assert done == [*range(20)]


def test_every_call_is_answered_however_many_there_are() -> None:
    async def scenario(pool: ThreadPool) -> None:
        async def ask(number: int) -> list[int]:
            return [await pool.call(pow, number, 2) for _ in range(50)]

        answers = await asyncio.gather(*[ask(number) for number in range(50)])
        assert answers == [[number**2] * 50 for number in range(50)]

    run(scenario)


def test_an_error_goes_to_whoever_asked_and_spoils_no_thread() -> None:
    async def scenario(pool: ThreadPool) -> None:
        with pytest.raises(ZeroDivisionError):
            await pool.call(lambda: 1 // 0)
        with pytest.raises(RuntimeError, match="StopIteration"):
            await pool.call(next, iter(()))
        assert await pool.call(get_ident) == pool.threads[0].ident

    run(scenario, threads=1)


def test_what_is_cancelled_before_its_turn_is_not_done() -> None:
    done: list[str] = []

    async def scenario(pool: ThreadPool) -> None:
        go_on, busy = Event(), Event()

        def hold() -> None:
            busy.set()
            assert go_on.wait(SECONDS)

        held = pool.call(hold)
        assert busy.wait(SECONDS)
        waiting = pool.call(done.append, "cancelled")
        waiting.cancel()
        held.cancel()  # too late: it goes on, and nobody is told
        told: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context))
        go_on.set()
        await pool.call(done.append, "next")
        assert told == []

    run(scenario, threads=1)
    assert done == ["next"]


def test_shutting_down_cancels_what_waits_and_ends_the_threads_after_their_work() -> None:
    done: list[str] = []

    async def scenario(pool: ThreadPool) -> None:
        busy = Event()

        def hold() -> None:
            busy.set()
            wait_until(lambda: pool._is_shut_down, "the pool is not shut down")
            done.append("held")

        held = pool.call(hold)
        assert busy.wait(SECONDS)
        waiting = pool.call(done.append, "waiting")
        pool.shut_down()
        assert done == ["held"]
        await held
        assert waiting.cancelled()
        with pytest.raises(RuntimeError):
            pool.call(get_ident)

    pool = run(scenario, threads=1)
    assert not any(thread.is_alive() for thread in pool.threads)


@pytest.mark.parametrize("has_started", [False, True])
def test_a_thread_that_cannot_be_started_costs_nothing_for_ever(
    monkeypatch: pytest.MonkeyPatch, has_started: bool
) -> None:
    done: list[str] = []

    def refuse(thread: Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def scenario(pool: ThreadPool) -> None:
        go_on, busy = Event(), Event()

        def hold() -> None:
            busy.set()
            assert go_on.wait(SECONDS)

        held = [pool.call(hold)] if has_started else []
        assert not has_started or busy.wait(SECONDS)
        with monkeypatch.context() as patch:
            patch.setattr(Thread, "start", refuse)
            if has_started:
                held.append(pool.call(done.append, "later"))  # by the thread that there is
            else:
                with pytest.raises(RuntimeError):
                    pool.call(done.append, "never")
        await pool.call(done.append, "now" if has_started else "first")
        go_on.set()
        await asyncio.gather(*held)
        assert len(pool.threads) == (2 if has_started else 1)

    run(scenario, threads=2)
    assert sorted(done) == (["later", "now"] if has_started else ["first"])


def test_an_error_keeps_nothing_once_it_is_handled() -> None:
    class Request:
        pass

    kept: list[weakref.ref[Request]] = []

    def fail(request: Request) -> None:
        raise LookupError

    async def ask(pool: ThreadPool) -> None:
        request = Request()
        kept.append(weakref.ref(request))
        try:  # pytest.raises would keep the error
            await pool.call(fail, request)
        except LookupError:
            return
        raise AssertionError

    async def scenario(pool: ThreadPool) -> None:
        gc.disable()
        try:
            await ask(pool)
            await asyncio.sleep(0)  # what the event loop does now has the future
            wait_for_idle(pool, 1)
            assert kept[0]() is None
        finally:
            gc.enable()

    run(scenario)


def test_a_loop_that_is_closed_meanwhile_is_not_told() -> None:
    """As when a server ends although a request is still being answered."""
    go_on, busy = Event(), Event()
    pool = ThreadPool(1, "test")

    def hold() -> None:
        busy.set()
        assert go_on.wait(SECONDS)

    async def ask() -> None:
        pool.call(hold)
        assert busy.wait(SECONDS)

    asyncio.run(ask())
    go_on.set()
    pool.shut_down()
    assert not pool.threads[0].is_alive()
