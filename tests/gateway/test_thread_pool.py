"""Threads that an event loop calls functions in: the one that was used last is used next."""

import asyncio
from collections.abc import Callable, Coroutine
from threading import Barrier, Event, get_ident
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
        go_on.set()
        await pool.call(done.append, "next")

    run(scenario, threads=1)
    assert done == ["next"]


def test_shutting_down_cancels_what_waits_and_ends_the_threads_after_their_work() -> None:
    done: list[str] = []

    async def scenario(pool: ThreadPool) -> None:
        busy, go_on = Barrier(2), Event()

        def hold() -> None:
            busy.wait(SECONDS)
            assert go_on.wait(SECONDS)
            done.append("held")

        held = pool.call(hold)
        busy.wait(SECONDS)
        waiting = pool.call(done.append, "waiting")
        go_on.set()
        pool.shut_down()
        assert done == ["held"]
        await held
        assert waiting.cancelled()
        with pytest.raises(RuntimeError):
            pool.call(get_ident)

    pool = run(scenario, threads=1)
    assert not any(thread.is_alive() for thread in pool.threads)


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
