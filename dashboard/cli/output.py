"""Standard output of commands, and progress bars on standard error."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from errno import EBADF
from typing import Any, TextIO, cast

import orjson
from django.core.management.base import OutputWrapper
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from dashboard.cli.encoding import portable_json
from dashboard.cli.errors import Failed
from dashboard.cli.formatting import printable
from dashboard.cli.streams import silence, write_failure
from dashboard.core.json import JSON

WIDTH = 120  # columns, if the output is not a terminal


class Output(OutputWrapper):
    """Standard output that turns write errors into Failed.

    A BrokenPipeError is left alone: the reader has closed the pipe, as in `| head`.
    """

    def write(self, *args: Any, **options: Any) -> None:  # type: ignore[override]
        if self._out is None:  # Python's representation of a closed standard output
            raise Failed(write_failure(OSError(EBADF, "closed")))
        with self._failing():
            super().write(*args, **options)

    def flush(self) -> None:
        with self._failing():
            super().flush()

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            silence(self)
            raise Failed(write_failure(error)) from error


def render(content: RenderableType, output: OutputWrapper, *, color: bool) -> None:
    """Write a rich renderable, as wide as the terminal or WIDTH columns. Its strings are no markup."""
    width = None if output.isatty() else WIDTH
    file, no_color = cast("TextIO", output), None if color else True
    Console(file=file, width=width, no_color=no_color, markup=False, emoji=False).print(content)


def plain_table(headings: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    """Return a table without lines. Strings in it control neither rich nor the terminal: whoever wrote them."""
    table = Table(*headings, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(printable(cell)) if isinstance(cell, str) else cell for cell in row))
    return table


def as_line(document: JSON, stream: Any) -> str:
    """Return a JSON document on one line, in characters that the stream can write."""
    return portable_json(orjson.dumps(document).decode(), stream)


def progress_bar() -> Progress:
    """Return a progress bar on standard error, which shows nothing unless that is a terminal."""
    console = Console(stderr=True, markup=False, emoji=False)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
