"""Standard streams that are closed, or that cannot be written. Python represents a closed one by None."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from errno import EBADF
from typing import Any, TextIO, cast

from dashboard.cli.errors import INTERRUPTED


def open_closed_streams() -> None:
    """Open /dev/null in place of each standard stream that is closed.

    So no database or socket gets the number of a standard stream, to which others write. What is written to standard
    error is lost; writing to standard output fails, as it did before. Standard input stays None.
    """
    if sys.stdin is None:
        _open_null(os.O_RDONLY)
    if sys.stdout is None:
        sys.stdout = os.fdopen(_open_null(os.O_RDONLY), "w")
    if sys.stderr is None:
        sys.stderr = os.fdopen(_open_null(os.O_WRONLY), "w", errors="backslashreplace")


def _open_null(flags: int) -> int:
    """Return a descriptor of /dev/null: the lowest that is free. Server processes inherit it."""
    descriptor = os.open(os.devnull, flags)
    os.set_inheritable(descriptor, True)
    return descriptor


class UnwritableError(OSError):
    """Standard output cannot be written."""


class _Output:
    """Standard output, whose errors can be told from those of files and sockets."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        with _unwritable():
            return self.stream.write(text)

    def flush(self) -> None:
        with _unwritable():
            self.stream.flush()


@contextmanager
def _unwritable() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UnwritableError(error.errno, error.strerror) from error


@contextmanager
def complete_output() -> Iterator[None]:
    """Write all output before the process ends. If that fails, or on Ctrl-C, end it with at most one line.

    There is no line if the reader has closed the output, as in `| head`.
    """
    try:
        with redirect_stdout(cast("TextIO", _Output(sys.stdout))), _flushed():
            yield
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        silence(sys.stdout)
        sys.exit(1)
    except UnwritableError as error:
        silence(sys.stdout)
        sys.exit(f"Failed: {write_failure(error)}")


@contextmanager
def _flushed() -> Iterator[None]:
    try:
        yield
    except SystemExit:
        sys.stdout.flush()
        raise
    sys.stdout.flush()


def silence(stream: Any) -> None:
    """Redirect a stream to /dev/null, so that the flush at exit cannot fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def write_failure(error: OSError) -> str:
    """Return the sentence for standard output that cannot be written."""
    reason = "closed" if error.errno == EBADF else error.strerror
    return f"Standard output cannot be written: {reason}. Completed work is not undone."
