"""Questions to what may never answer: a database whose machine hangs takes a query and keeps silent."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock, Thread
from typing import Generic, TypeVar

from django.db import connection

Result = TypeVar("Result")


class Probe(Generic[Result]):
    """Asked in a thread, so that nobody waits for the answer longer than they want to.

    One thread asks at a time, whoever wants to know: a question that hangs costs one thread, and one connection.
    """

    def __init__(self, ask: Callable[[], Result]) -> None:
        self._ask = ask
        self._lock = Lock()
        self._answer: Future[Result] | None = None

    def start(self) -> Future[Result]:
        """The answer that is awaited already, or that to a question that is asked now."""
        with self._lock:
            if self._answer is None or self._answer.done():
                self._answer = Future()
                Thread(target=self._run, args=(self._answer,), name="question", daemon=True).start()
            return self._answer

    def _run(self, answer: Future[Result]) -> None:
        try:
            result = self._ask()
        except Exception as error:  # whatever it is, it is for who asked
            connection.close()
            answer.set_exception(error)
        else:
            connection.close()
            answer.set_result(result)
