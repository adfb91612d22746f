"""`manage.py doctor`: what is wrong with this deployment, and what to do about it."""

import sys
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dashboard.cli.commands import OperatorCommand, Result
from operations.doctor.examination import examine
from operations.doctor.findings import Finding, Grade

MARKS = {
    Grade.FINE: Text("✓", "green"),
    Grade.WARNING: Text("!", "yellow"),
    Grade.PROBLEM: Text("✗", "bold red"),
}
STYLES = {Grade.FINE: "", Grade.WARNING: "yellow", Grade.PROBLEM: "bold red"}


class Command(OperatorCommand):
    help = (
        "Check settings, keys, database, cache and backlogs of this deployment; say what is wrong, and what to do."
        " Changes nothing. Ends with status 1 where there is a problem; warnings do not count."
    )
    has_problem = False

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if self.has_problem:
            sys.exit(1)

    def perform(self, *args: Any, **options: Any) -> Result:
        findings = list(examine())
        counts = {grade: sum(finding.grade is grade for _, finding in findings) for grade in Grade}
        self.has_problem = counts[Grade.PROBLEM] > 0
        wire = {
            "object": "diagnosis",
            "problems": counts[Grade.PROBLEM],
            "warnings": counts[Grade.WARNING],
            "findings": [finding.as_json(check) for check, finding in findings],
        }
        return Result(Group(_table(findings), "", _summary(counts)), wire)


def _table(findings: list[tuple[str, Finding]]) -> RenderableType:
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    table.add_column(width=1)
    table.add_column(no_wrap=True)
    table.add_column()
    for check, finding in findings:
        said = Text(finding.said, STYLES[finding.grade])
        if finding.remedy:
            said.append(f"\n→ {finding.remedy}", "not bold default")
        table.add_row(MARKS[finding.grade], check, said)
    return table


def _summary(counts: dict[Grade, int]) -> Text:
    problems, warnings = counts[Grade.PROBLEM], counts[Grade.WARNING]
    if not (problems or warnings):
        return Text("All is well.", "green")
    said = f"{_count(problems, 'problem')}, {_count(warnings, 'warning')}"
    return Text(said, STYLES[Grade.PROBLEM if problems else Grade.WARNING])


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
