"""Results of the doctor's checks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from dashboard.core.json import JSON, without_none


class Severity(StrEnum):
    FINE = "fine"
    WARNING = "warning"  # it works, but not well, or not for long
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One sentence about the deployment, without secrets, and a remedy unless it is fine."""

    severity: Severity
    message: str
    remedy: str | None = None

    def as_json(self, check: str) -> JSON:
        return without_none({"check": check, "grade": self.severity, "said": self.message, "remedy": self.remedy})


Check = Callable[[], Iterator[Finding]]


def fine(message: str) -> Finding:
    return Finding(Severity.FINE, message)


def warning(message: str, remedy: str) -> Finding:
    return Finding(Severity.WARNING, message, remedy)


def problem(message: str, remedy: str) -> Finding:
    return Finding(Severity.PROBLEM, message, remedy)
