"""What a check finds, and in which words."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from dashboard.core.json import JSON, without_none


class Grade(StrEnum):
    FINE = "fine"
    WARNING = "warning"  # works, but not as well, or not for long
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One sentence about the deployment, without secrets, and what to do where it is not fine."""

    grade: Grade
    said: str
    remedy: str | None = None

    def as_json(self, check: str) -> JSON:
        return without_none({"check": check, "grade": self.grade, "said": self.said, "remedy": self.remedy})


Check = Callable[[], Iterator[Finding]]


def fine(said: str) -> Finding:
    return Finding(Grade.FINE, said)


def warning(said: str, remedy: str) -> Finding:
    return Finding(Grade.WARNING, said, remedy)


def problem(said: str, remedy: str) -> Finding:
    return Finding(Grade.PROBLEM, said, remedy)
