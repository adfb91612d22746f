"""The database of a real Node Dashboard (tests/data), and the secrets that its users knew."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent / "data"
KNOWN: dict[str, Any] = json.loads((DATA / "node-dashboard.json").read_text())
ACCOUNTS: list[dict[str, Any]] = KNOWN["accounts"]


def rows(table: str) -> dict[str, dict[str, Any]]:
    """Return the rows of a table by id, the first column."""
    with closing(sqlite3.connect(f"file:{DATA / 'node-dashboard.sqlite'}?mode=ro", uri=True)) as connection:
        cursor = connection.execute(f'select * from "{table}"')
        names = [column[0] for column in cursor.description]
        return {row[0]: dict(zip(names, row, strict=True)) for row in cursor}
