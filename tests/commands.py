"""Runs a command as an operator does, in this process."""

import io
import json
from dataclasses import dataclass
from typing import Any

from django.core.management import CommandError, call_command


@dataclass(frozen=True)
class Ended:
    """The exit status of a command, and what it wrote to standard output (`said`) and standard error (`complained`)."""

    status: int
    said: str
    complained: str

    @property
    def wire(self) -> Any:
        """Return the document that --json prints."""
        return json.loads(self.said if self.status == 0 else self.complained)


def run(*arguments: str) -> Ended:
    """Run a command as manage.py does, which prints the name and text of a CommandError."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    try:
        call_command(*arguments, stdout=out, stderr=err)
    except CommandError as error:
        status = error.returncode
        err.write(f"{type(error).__name__}: {error}\n")
    except SystemExit as ended:
        status = int(ended.code or 0)
    return Ended(status, out.getvalue(), err.getvalue())
