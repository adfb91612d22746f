"""How many rows a query has, at a cost that does not grow with them."""

import json
from dataclasses import dataclass
from math import floor, log10
from typing import Any

from django.db import connection
from django.db.models import QuerySet

COUNT_LIMIT = 10_000


@dataclass(frozen=True)
class Total:
    """A number of rows: exact, an estimate with two significant digits, or a lower bound."""

    number: int
    is_exact: bool = True
    is_estimate: bool = False

    def __str__(self) -> str:
        if self.is_exact:
            return f"{self.number:,}"
        return f"About {self.number:,}" if self.is_estimate else f"More than {self.number:,}"


def count(rows: QuerySet[Any], limit: int = COUNT_LIMIT) -> Total:
    """Count rows up to `limit`. Beyond that, take what PostgreSQL's planner expects from its statistics.

    SQLite has no such statistics.
    """
    counted = rows.order_by()[: limit + 1].count()
    if counted <= limit:
        return Total(counted)
    if connection.vendor != "postgresql":
        return Total(limit, is_exact=False)
    expected = _rounded(_expected(rows))
    return Total(expected, is_exact=False, is_estimate=True) if expected > limit else Total(limit, is_exact=False)


def _expected(rows: QuerySet[Any]) -> int:
    plan = json.loads(rows.order_by().explain(format="json"))
    return int(plan[0]["Plan"]["Plan Rows"])


def _rounded(number: int) -> int:
    """Round to two significant digits."""
    return round(number, 1 - floor(log10(number))) if number else 0
