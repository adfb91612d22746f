"""CSV that spreadsheets do not run."""

import csv
import io
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from dashboard.core.csv import as_csv


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("Ada", "Ada"),
        ("", ""),
        (None, ""),
        (0, "0"),
        (12345, "12345"),
        ('=HYPERLINK("https://evil.example")', '\'=HYPERLINK("https://evil.example")'),
        ("+49 30 1234", "'+49 30 1234"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("\n=x", "'\n=x"),
        ("\uff1dx", "'\uff1dx"),
        ("a=b", "a=b"),
        ('said "x", and\nmore', 'said "x", and\nmore'),
        (datetime(2026, 11, 21, 6, 30, 1, 999, tzinfo=UTC), "2026-11-21T06:30:01Z"),
        (datetime(2026, 11, 21, 6, 30, tzinfo=timezone(timedelta(hours=2))), "2026-11-21T04:30:00Z"),
    ],
)
def test_cell(value: Any, cell: str) -> None:
    text = as_csv([["first", value]])
    assert text.endswith("\r\n")
    assert next(csv.reader(io.StringIO(text, newline=""))) == ["first", cell]
