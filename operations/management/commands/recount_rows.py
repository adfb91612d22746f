"""`manage.py recount_rows`: count the rows of lists, and correct the stored row counts."""

from typing import Any

from dashboard.cli.commands import OperatorCommand, Result
from dashboard.cli.formatting import counted
from operations.row_counts import recount_rows


class Command(OperatorCommand):
    help = (
        "Count the rows of lists, and correct the row counts that PostgreSQL keeps of them."
        " The lists are those of accounts, profiles, sessions and reset codes."
        " This reads all rows, but does not keep others from writing."
    )

    def perform(self, *args: Any, **options: Any) -> Result:
        missing = {rows.kind: errors for rows, errors in recount_rows()}
        data = {kind: {"hours": len(errors), "missing": sum(errors)} for kind, errors in missing.items()}
        wrong = sum(map(len, missing.values()))
        text = f"{counted(wrong, 'number')} corrected" if wrong else "All numbers agree with the rows."
        return Result(text, {"object": "rowCounts", "corrected": data})
