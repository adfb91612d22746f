"""Change rows between two queries of what is tested, as another process would."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

IsDue = Callable[[str], bool]  # whether the query with this SQL, which is to be executed next, is the one


class Interruption:
    """Calls `change` once, before the first query that `is_due`. Its own queries are not asked about."""

    def __init__(self, change: Callable[[], Any], is_due: IsDue) -> None:
        self.change, self.is_due = change, is_due
        self.is_done = False

    def __call__(self, execute: Any, sql: str, *arguments: Any) -> Any:
        if not self.is_done and self.is_due(sql):
            self.is_done = True
            self.change()
        return execute(sql, *arguments)


@contextmanager
def interrupted(change: Callable[[], Any], is_due: IsDue) -> Iterator[Interruption]:
    """Call `change` in the block before the first query that `is_due`; `is_done` says whether there was one."""
    interruption = Interruption(change, is_due)
    with connection.execute_wrapper(interruption):
        yield interruption


class Numbered:
    """Due is the query of this number, from 1."""

    def __init__(self, number: int) -> None:
        self.left = number

    def __call__(self, sql: str) -> bool:
        self.left -= 1
        return self.left == 0


class NumberedOutsideTransactions(Numbered):
    """Due is the query of this number, unless a transaction has begun before it that has not ended."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.depth = len(connection.savepoint_ids)
        self.was_within = False

    def __call__(self, sql: str) -> bool:
        is_within = len(connection.savepoint_ids) > self.depth
        is_due = super().__call__(sql) and not (is_within and self.was_within)
        self.was_within = is_within and not sql.startswith(("SAVEPOINT", "BEGIN"))
        return is_due
