"""What operators' commands have in common: how they ask, what they print, how they fail, and their exit status.

0: done. 1: refused or failed; one line on standard error says why. 2: called in a way that means nothing (argparse).
130: interrupted. With --json standard output has one JSON document, or none where standard error has the error's.
"""

import argparse
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, TextIO, cast

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper
from django.db import InterfaceError, OperationalError, ProgrammingError, transaction
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from dashboard.core.actor import Actor
from dashboard.core.errors import DashboardError
from dashboard.core.json import JSON

INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it
WIDTH = 120  # where there is no terminal to fit into
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"
DURATION_PATTERN = re.compile(r"([1-9][0-9]{0,4})([mhdw])")


@dataclass(frozen=True)
class Result:
    """What a command has to tell: to a person, and with --json to a script."""

    text: RenderableType
    data: JSON


class Failed(CommandError):  # noqa: N818  Django prints the name of the class before the sentence
    """The command could not do it."""

    def as_json(self) -> JSON:
        detail = str(self).encode(errors="backslashreplace").decode()  # an argument may be no UTF-8
        return {"object": "error", "message": "failed", "detail": detail}


class Refused(Failed):
    """A rule refuses it; nothing has changed."""

    def __init__(self, error: DashboardError, subject: str = "") -> None:
        super().__init__(f"{subject}: {error}" if subject else str(error))
        self.refusal = error.error_code

    def as_json(self) -> JSON:
        return self.refusal.as_json()


class Output(OutputWrapper):
    """Standard output. What fails there is Failed, but for a pipe that nobody reads: that is BrokenPipeError."""

    def write(self, *args: Any, **options: Any) -> None:  # type: ignore[override]
        if self._out is None:  # as Python has it where standard output is closed
            raise Failed(_output_failure("closed"))
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
            raise Failed(_output_failure(error.strerror)) from error


class OperatorCommand(BaseCommand):
    """A command that calls services as an operator. Subclasses `perform`."""

    requires_system_checks = ()
    subject: ClassVar[str] = ""  # the argument that a refusal is about

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.stdout = Output(self.stdout._out)  # type: ignore[arg-type]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON document, also of an error")

    def perform(self, *args: Any, **options: Any) -> Result | None:
        """Do it, and tell; None where it has printed its result by itself. Raises DashboardError, or Failed."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if outcome := self._attempt(options):
                self._print(outcome, options)
            self.stdout.flush()
        except Failed as failure:
            if not options["json"]:
                raise
            self.stderr.write(_json(failure.as_json()), lambda text: text)
            sys.exit(failure.returncode)

    def _attempt(self, options: dict[str, Any]) -> Result | None:
        try:
            return self.perform(**options)
        except DashboardError as error:
            raise Refused(error, options[self.subject] if self.subject else "") from error
        except (OperationalError, ProgrammingError, InterfaceError) as error:
            raise Failed(_database_failure(error)) from error
        except KeyboardInterrupt:
            raise Failed("Interrupted.", returncode=INTERRUPTED) from None

    def _print(self, outcome: Result, options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(_json(outcome.data))
        elif isinstance(outcome.text, str):
            self.stdout.write(outcome.text)
        else:
            width = None if self.stdout.isatty() else WIDTH
            file = cast("TextIO", self.stdout)
            Console(file=file, width=width, no_color=options["no_color"] or None).print(outcome.text)

    def run_from_argv(self, argv: list[str]) -> None:
        """Where nobody reads on, as behind `| head`, there is nobody to be told that."""
        try:
            super().run_from_argv(argv)
        except BrokenPipeError:
            silence(sys.stdout)
            sys.exit(1)
        except KeyboardInterrupt:  # while it begins, or prints
            sys.exit(INTERRUPTED)

    def confirm(self, question: str, *, yes: bool) -> None:
        """Go on where `yes`, or where somebody at the terminal says so. Raises Failed where nobody does."""
        if yes:
            return
        if not sys.stdin.isatty():
            raise Failed(f"{question} Nobody is at a terminal to answer: give --yes.")
        try:
            answer = self.ask(f"{question} [y/N] ")
        except (EOFError, KeyboardInterrupt):
            answer = ""
        if answer.strip().lower() not in ("y", "yes"):
            raise Failed("Nothing was changed.")

    def ask(self, prompt: str) -> str:
        """A line from whoever is at the terminal. Asked on standard error: standard output is the result's alone."""
        self.stderr.write(prompt, lambda text: text, ending="")
        return input()

    def run_in_batches(self, portions: Iterable[int], total: int, noun: str, done: str) -> int:
        """The sum of what was done some at a time, with a bar. Raises Failed where it is interrupted."""
        finished = 0
        try:
            with self.progress() as progress:
                task = progress.add_task(f"{noun}s {done}".capitalize(), total=total)
                for number in portions:
                    finished += number
                    progress.update(task, completed=finished)
        except KeyboardInterrupt:
            raise interrupted(finished, total, noun, done) from None
        return finished

    def progress(self) -> Progress:
        """A bar for work that takes long, on a terminal; nothing elsewhere. Standard output stays the result's."""
        console = Console(stderr=True)
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


class SingleObjectCommand(OperatorCommand):
    """A command that runs one service on the row that an id names: subclasses `change`, the base does the rest."""

    subject = "accountid"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(self.subject)
        parser.add_argument("--dry-run", action="store_true", help="say what would be done or refused, and do nothing")

    def change(self, given: str, actor: Actor) -> Result:
        """Call the service on the row with this id."""
        raise NotImplementedError

    def perform(self, *args: Any, **options: Any) -> Result:
        with dry_run() if options["dry_run"] else nullcontext():
            outcome = self.change(options[self.subject], Actor.command_line())
        return as_dry_run(outcome) if options["dry_run"] else outcome


@contextmanager
def dry_run() -> Iterator[None]:
    """Whatever happens inside is checked as ever, and then rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def as_dry_run(outcome: Result) -> Result:
    """What a dry run tells instead of this."""
    return Result(f"{outcome.text} (dry run: nothing was changed)", {"dryRun": True, **outcome.data})


def interrupted(finished: int, total: int, noun: str, done: str) -> Failed:
    """What to raise where somebody interrupts work of which each part stays done."""
    said = f"Interrupted: {counted(finished, noun)} of {total:,} {done}; run it again for the rest."
    return Failed(said, returncode=INTERRUPTED)


def counted(number: int, noun: str) -> str:
    """Such as 1 session, and 12,000 sessions."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def printable(text: str) -> str:
    """What others have written, without what would do something to a terminal."""
    return "".join(letter if letter.isprintable() else UNPRINTABLE for letter in text)


def silence(output: Any) -> None:
    """Have what is left of an output, which is flushed at the exit, and all that follows go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), output.fileno())


def _output_failure(reason: str | None) -> str:
    return f"Standard output cannot be written: {reason}. What was done stays done."


def _json(wire: JSON) -> str:
    return orjson.dumps(wire).decode()


def _database_failure(error: Exception) -> str:
    reason = str(error).strip().partition("\n")[0]
    if isinstance(error, ProgrammingError) or reason.startswith("no such "):
        return f"The database is not as this release needs it; run manage.py migrate first. ({reason})"
    return f"The database cannot be used: {reason}"


def duration(given: str) -> timedelta:
    """An argument such as 45m, 12h, 30d or 8w."""
    form = DURATION_PATTERN.fullmatch(given)
    if not form:
        raise argparse.ArgumentTypeError(f"{given!r} is not a time such as 45m, 12h, 30d or 8w")
    return timedelta(**{UNITS[form[2]]: int(form[1])})
