"""Input from the operator: at the terminal, or on standard input."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from dashboard.cli.errors import Failed
from dashboard.core.text import is_storable

NOT_TEXT = "Input must be valid UTF-8 text without NUL characters."


def has_terminal() -> bool:
    """Return whether somebody can answer at a terminal. A closed standard input is None in Python."""
    return sys.stdin is not None and sys.stdin.isatty()


@contextmanager
def reading_input() -> Iterator[None]:
    """Turn an aborted prompt, the end of input and undecodable bytes into Failed."""
    try:
        yield
    except UnicodeDecodeError:
        raise Failed(NOT_TEXT) from None
    except (EOFError, KeyboardInterrupt):
        raise Failed("Nothing was created.") from None


def read_secret(prompt: str) -> str:
    """Return a secret that is typed unseen at the terminal, or else the first line of standard input.

    A secret is never an argument: arguments appear in the shell's history and in the list of processes.
    Raise Failed if the prompt is aborted or the input is not valid UTF-8.
    """
    with reading_input():
        return getpass.getpass(prompt) if has_terminal() else read_line()


def read_new_secret(prompt: str) -> str:
    """Return a secret that is typed twice at the terminal. Raise Failed if the two differ or the prompt is aborted."""
    with reading_input():
        secret, repeated = getpass.getpass(f"{prompt}: "), getpass.getpass(f"{prompt} again: ")
    if secret != repeated:
        raise Failed(f"The two {prompt.lower()}s differ; nothing was created.")
    return secret


def read_line() -> str:
    """Return the first line of standard input without its line ending: nothing if it is closed."""
    return sys.stdin.readline().rstrip("\r\n") if sys.stdin else ""


def require_text(*values: str) -> None:
    """Raise Failed if a value cannot be stored: it has a NUL character, or came from bytes that are not UTF-8."""
    if not all(map(is_storable, values)):
        raise Failed(NOT_TEXT)
