"""Base classes of operators' commands: what they print, how they fail, and their exit status.

Exit status 0: done. 1: refused or failed; one line on standard error gives the reason. 2: invalid arguments (argparse).
130: interrupted. With --json, standard output is one JSON document, or empty if standard error has that of an error.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.management.base import CommandParser
from django.db import DatabaseError, Error, OperationalError, ProgrammingError, transaction
from rich.console import RenderableType
from rich.progress import Progress

from dashboard.cli.errors import INTERRUPTED, Failed, Refused
from dashboard.cli.formatting import counted
from dashboard.cli.help import DocumentedCommand
from dashboard.cli.output import Output, as_line, progress_bar, render
from dashboard.cli.prompts import has_terminal
from dashboard.cli.streams import silence
from dashboard.core.actor import Actor
from dashboard.core.errors import DashboardError
from dashboard.core.json import JSON
from dashboard.db import failures


@dataclass(frozen=True)
class Result:
    """The outcome of a command: `text` for people, `data` for scripts that ask for --json."""

    text: RenderableType
    data: JSON


class OperatorCommand(DocumentedCommand):
    """A command that calls services as an operator. Subclasses implement `perform`."""

    requires_system_checks = ()
    subject: ClassVar[str] = ""  # the argument that a refusal names
    progress: Progress | None = None  # the bar that is on the terminal

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.stdout = Output(self.stdout._out)  # type: ignore[arg-type]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON document, for an error as well")

    def perform(self, *args: Any, **options: Any) -> Result | None:
        """Do the work and return its result, or None if it is printed already. Raise DashboardError or Failed."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if result := self._attempt(options):
                self._print(result, options)
            self.stdout.flush()
        except Failed as failure:
            if not options["json"]:
                raise
            self.stderr.write(as_line(failure.as_json(), self.stderr), lambda text: text)
            sys.exit(failure.returncode)

    def _attempt(self, options: dict[str, Any]) -> Result | None:
        try:
            return self.perform(**options)
        except DashboardError as error:
            raise Refused(error, options[self.subject] if self.subject else "") from error
        except Error as error:
            if failure := _database_failure(error):
                raise Failed(failure) from error
            raise
        except KeyboardInterrupt:
            raise Failed("Interrupted.", returncode=INTERRUPTED) from None

    def _print(self, result: Result, options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(as_line(result.data, self.stdout))
        elif isinstance(result.text, str):
            self.stdout.write(result.text)
        else:
            render(result.text, self.stdout, color=not options["no_color"])

    def run_from_argv(self, argv: list[str]) -> None:
        """Run the command as a process. Exit quietly when the reader closes the pipe, as in `| head`."""
        try:
            super().run_from_argv(argv)
        except BrokenPipeError:
            silence(sys.stdout)
            sys.exit(1)
        except KeyboardInterrupt:  # while the command starts or prints
            sys.exit(INTERRUPTED)

    def confirm(self, question: str, *, yes: bool) -> None:
        """Return if `yes`, or if the operator answers yes at the terminal. Raise Failed otherwise."""
        if yes:
            return
        if not has_terminal():
            raise Failed(f"{question} There is no terminal to answer at: give --yes.")
        try:
            answer = self.ask(f"{question} [y/N] ")
        except (EOFError, KeyboardInterrupt):
            answer = ""
        if answer.strip().lower() not in ("y", "yes"):
            raise Failed("Nothing was changed.")

    def ask(self, prompt: str) -> str:
        """Return a line from the terminal. The prompt goes to standard error: standard output is for results.

        Raise EOFError at the end of input, or if standard input is closed.
        """
        if sys.stdin is None:
            raise EOFError
        self.stderr.write(prompt, lambda text: text, ending="")
        return input()

    def run_in_batches(self, batches: Iterable[int], total: int, noun: str, done: str) -> int:
        """Consume `batches`, which yields how many objects each one finished, and return the sum.

        Show a progress bar. Raise Failed on an interruption; finished batches stay done.
        """
        finished = 0
        try:
            for number in self.track(batches, total, f"{noun}s {done}".capitalize()):
                finished += number
        except KeyboardInterrupt:
            raise _interrupted(finished, total, noun, done) from None
        return finished

    def track(self, batches: Iterable[int], total: int, description: str) -> Iterator[int]:
        """Yield the size of each batch, and show their sum on a progress bar."""
        with self.show_progress() as progress:
            task = progress.add_task(description, total=total)
            for number in batches:
                progress.advance(task, number)
                yield number

    @contextmanager
    def show_progress(self) -> Iterator[Progress]:
        """Show a progress bar on a terminal inside the block."""
        with progress_bar() as progress:
            self.progress = progress
            try:
                yield progress
            finally:
                self.progress = None

    def write_line(self, line: str) -> None:
        """Print a line at once, above the progress bar if both are on the terminal."""
        if self.progress and not self.progress.disable and self.stdout.isatty():
            self.progress.console.print(line, highlight=False, markup=False)
        else:
            self.stdout.write(line)
            self.stdout.flush()


class SingleObjectCommand(OperatorCommand):
    """A command that runs one service on the row with the given id. Subclasses implement `change`."""

    subject = "accountid"
    examples: ClassVar[tuple[str, ...]] = ("acct_8485ad4a95d2eac8", "acct_8485ad4a95d2eac8 --dry-run")

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(self.subject)
        parser.add_argument("--dry-run", action="store_true", help="show what would be done or refused; change nothing")

    def change(self, given: str, actor: Actor, **options: Any) -> Result:
        """Call the service on the row with this id. `options` are the command's own arguments, if it adds any."""
        raise NotImplementedError

    def perform(self, *args: Any, **options: Any) -> Result:
        given, only_shown = options.pop(self.subject), options["dry_run"]
        with dry_run() if only_shown else nullcontext():
            result = self.change(given, Actor.command_line(), **options)
        return as_dry_run(result) if only_shown else result


@contextmanager
def dry_run() -> Iterator[None]:
    """Run the block in a transaction with every check, and roll it back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def as_dry_run(result: Result) -> Result:
    """Return a result that states that nothing was changed."""
    return Result(f"{result.text} (dry run: nothing was changed)", {"dryRun": True, **result.data})


def _interrupted(finished: int, total: int, noun: str, done: str) -> Failed:
    message = f"Interrupted: {counted(finished, noun)} of {total:,} {done}; run it again for the rest."
    return Failed(message, returncode=INTERRUPTED)


def _database_failure(error: Error) -> str | None:
    """Return the reason and the remedy, or None for an error of the command itself, such as a broken constraint."""
    if explanation := failures.explain(error):
        return str(explanation)
    reason = str(error).strip().partition("\n")[0]
    if isinstance(error, ProgrammingError) or reason.startswith("no such "):
        return f"The database schema is not that of this release; run manage.py migrate first. ({reason})"
    is_of_the_command = isinstance(error, DatabaseError) and not isinstance(error, OperationalError)
    return None if is_of_the_command else f"The database cannot be used: {reason}"
