"""Failures of operators' commands: one line on standard error, or one JSON document with --json."""

from django.core.management.base import CommandError

from dashboard.core.errors import DashboardError
from dashboard.core.json import JSON

INTERRUPTED = 130  # 128 plus the number of SIGINT, as shells report it


class Failed(CommandError):  # noqa: N818  Django prints the name of the class before the sentence
    """The command could not do its work."""

    def as_json(self) -> JSON:
        detail = str(self).encode(errors="backslashreplace").decode()  # an argument may not be valid UTF-8
        return {"object": "error", "message": "failed", "detail": detail}


class Refused(Failed):
    """A service refused the operation with a documented code; nothing has changed."""

    def __init__(self, error: DashboardError, subject: str = "") -> None:
        super().__init__(f"{subject}: {error}" if subject else str(error))
        self.refusal = error.error_code

    def as_json(self) -> JSON:
        return self.refusal.as_json()
