"""Processes that generate parts of the demo data in parallel."""

import os
import signal
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TypeVar

Part = TypeVar("Part")
Done = TypeVar("Done")


def _start() -> None:
    """Prepare a new process before it loads its work, which needs models. Leave interruptions to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import django  # noqa: PLC0415

    django.setup()


def in_processes(work: Callable[[Part], Done], parts: Iterable[Part]) -> Generator[Done, None, None]:
    """Yield what `work`, a function of a module, returns for each part, in the order in which they are done.

    There are as many processes as cores. When the caller stops, the parts that have begun are still finished.
    """
    executor = ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), _start)
    try:
        for future in as_completed([executor.submit(work, part) for part in parts]):
            yield future.result()
    finally:
        executor.shutdown(cancel_futures=True)
