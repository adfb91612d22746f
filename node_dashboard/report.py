"""Report of a run."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from dashboard.core.json import JSON

OUTCOMES = ("new", "changed", "unchanged", "gone", "skipped")


@dataclass(frozen=True)
class SkippedRow:
    """A row of the source that was not imported, and why."""

    table: str
    rowid: str
    reason: str

    def as_json(self) -> JSON:
        return {"table": self.table, "id": self.rowid, "reason": self.reason}


@dataclass
class Report:
    """Number of rows per table and outcome, every row that was skipped, and notes for the operator."""

    appid: str
    source_appid: str
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    skipped: list[SkippedRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def count(self, table: str, outcome: str, rows: int = 1) -> None:
        """Add rows to one of OUTCOMES."""
        self.counts.setdefault(table, Counter())[outcome] += rows

    def skip(self, table: str, rowid: object, reason: str) -> None:
        """Add a row that was not imported."""
        self.count(table, "skipped")
        self.skipped.append(SkippedRow(table, "(no id)" if rowid is None else str(rowid), reason))

    def lines(self) -> Iterator[tuple[str, list[int]]]:
        """Yield each table with its counts in the order of OUTCOMES."""
        for table, counts in self.counts.items():
            yield table, [counts[outcome] for outcome in OUTCOMES]

    def as_json(self) -> JSON:
        return {
            "object": "import",
            "appid": self.appid,
            "sourceAppid": self.source_appid,
            "tables": {table: dict(zip(OUTCOMES, counts, strict=True)) for table, counts in self.lines()},
            "skipped": [row.as_json() for row in self.skipped],
            "notes": self.notes,
        }
