"""What a run found and did."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from dashboard.core.json import JSON

OUTCOMES = ("new", "changed", "unchanged", "gone", "skipped")


@dataclass(frozen=True)
class Remark:
    """A row of the source that was not taken, or not as it is, and why."""

    table: str
    rowid: str
    reason: str

    def as_json(self) -> JSON:
        return {"table": self.table, "id": self.rowid, "reason": self.reason}


@dataclass
class Report:
    """Of each table, how many rows had which outcome; every row that was skipped; and what else is to be known."""

    appid: str
    source_appid: str
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    skipped: list[Remark] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def count(self, table: str, outcome: str, rows: int = 1) -> None:
        """Add rows to one of OUTCOMES."""
        self.counts.setdefault(table, Counter())[outcome] += rows

    def skip(self, table: str, rowid: object, reason: str) -> None:
        """A row that was not taken."""
        self.count(table, "skipped")
        self.skipped.append(Remark(table, "(no id)" if rowid is None else str(rowid), reason))

    def lines(self) -> Iterator[tuple[str, list[int]]]:
        """The tables, each with its counts in the order of OUTCOMES."""
        for table, counts in self.counts.items():
            yield table, [counts[outcome] for outcome in OUTCOMES]

    def has_changes(self) -> bool:
        """Whether there is anything to bring."""
        return any(counts["new"] + counts["changed"] + counts["gone"] for counts in self.counts.values())

    def as_json(self) -> JSON:
        return {
            "object": "import",
            "appid": self.appid,
            "sourceAppid": self.source_appid,
            "tables": {table: dict(zip(OUTCOMES, counts, strict=True)) for table, counts in self.lines()},
            "skipped": [remark.as_json() for remark in self.skipped],
            "notes": self.notes,
        }
