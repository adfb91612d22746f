"""`manage.py doctor`: find problems of this deployment."""

import sys
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dashboard.cli.commands import OperatorCommand, Result
from dashboard.cli.formatting import counted
from operations.doctor.findings import Finding, Severity
from operations.doctor.runner import run_all

MARKS = {
    Severity.FINE: Text("✓", "green"),
    Severity.WARNING: Text("!", "yellow"),
    Severity.PROBLEM: Text("✗", "bold red"),
}
STYLES = {Severity.FINE: "", Severity.WARNING: "yellow", Severity.PROBLEM: "bold red"}


class Command(OperatorCommand):
    help = (
        "Check settings, keys, database, cache and overdue work, and suggest remedies."
        " Changes nothing. The exit status is 1 if there is a problem; warnings do not count."
    )
    examples = (
        "",
        "--json",
    )
    has_problem = False

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if self.has_problem:
            sys.exit(1)

    def perform(self, *args: Any, **options: Any) -> Result:
        findings = list(run_all())
        counts = {severity: sum(it.severity is severity for _, it in findings) for severity in Severity}
        self.has_problem = counts[Severity.PROBLEM] > 0
        data = {
            "object": "diagnosis",
            "problems": counts[Severity.PROBLEM],
            "warnings": counts[Severity.WARNING],
            "findings": [finding.as_json(check) for check, finding in findings],
        }
        return Result(Group(_table(findings), "", _summary(counts)), data)


def _table(findings: list[tuple[str, Finding]]) -> RenderableType:
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    table.add_column(width=1)
    table.add_column(no_wrap=True)
    table.add_column()
    for check, finding in findings:
        text = Text(finding.message, STYLES[finding.severity])
        if finding.remedy:
            text.append(f"\n→ {finding.remedy}", "not bold default")
        table.add_row(MARKS[finding.severity], check, text)
    return table


def _summary(counts: dict[Severity, int]) -> Text:
    problems, warnings = counts[Severity.PROBLEM], counts[Severity.WARNING]
    if not (problems or warnings):
        return Text("All is well.", "green")
    summary = f"{_count(problems, 'problem')}, {_count(warnings, 'warning')}"
    return Text(summary, STYLES[Severity.PROBLEM if problems else Severity.WARNING])


def _count(number: int, noun: str) -> str:
    return counted(number, noun) if number else f"no {noun}s"
