"""Probes of services that may never answer: a database whose machine hangs accepts a query and stays silent."""

import logging
from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock, Thread
from typing import Generic, TypeVar

from django.db import connection

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


class Probe(Generic[Result]):
    """A call that runs in a thread, so that its callers can stop waiting for it.

    Only one thread runs at a time, however many callers there are: a call that hangs costs one thread and one
    connection.
    """

    def __init__(self, call: Callable[[], Result]) -> None:
        self._call = call
        self._lock = Lock()
        self._future: Future[Result] | None = None

    def start(self) -> Future[Result]:
        """Return the future of the call that is running, or else of a new one, which fails if no thread can start."""
        with self._lock:
            if self._future is None or self._future.done():
                self._future = self._started()
            return self._future

    def _started(self) -> Future[Result]:
        future = Future[Result]()
        try:
            Thread(target=self._run, args=(future,), name="probe", daemon=True).start()
        except RuntimeError as error:  # the system has no thread to give now
            future.set_exception(error)
        return future

    def _run(self, future: Future[Result]) -> None:
        try:
            result = self._call()
        except Exception as error:  # any error is the result of the probe
            _close_connection()
            future.set_exception(error)
        else:
            _close_connection()
            future.set_result(result)


def _close_connection() -> None:
    """Close the connection of this thread. What fails here changes nothing about the result."""
    try:
        connection.close()
    except Exception:
        logger.warning("The connection of a probe could not be closed.", exc_info=True)
