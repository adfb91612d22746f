"""What the statements that are compiled once have in common: places for values, and when there are such statements."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import connection, models
from django.db.transaction import TransactionManagementError

QuerySetBuilder = Callable[..., models.QuerySet[Any, Any]]
Names = tuple[str, ...]


class Placeholder(models.Value):
    """Stand in a query for the value that each execution binds under this name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)


def prepares_reads() -> bool:
    """SQLite has no round trip to save, and its backend converts parameters while it compiles a query."""
    return settings.DB_PREPARED and connection.vendor == "postgresql"


def bind(parameters: Sequence[Any], values: Mapping[str, Any]) -> list[Any]:
    return [values[it.value] if isinstance(it, Placeholder) else it for it in parameters]


def require_transaction(message: str) -> None:
    if not connection.in_atomic_block:
        raise TransactionManagementError(message)
