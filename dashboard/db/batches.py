"""Long work in short transactions: a batch of rows at a time, so that nobody waits long for a lock."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import models

from dashboard.db.postgresql import without_statement_timeout

Item = TypeVar("Item")
Fetch = Callable[[Item | None], Sequence[Item]]
Position = tuple[datetime, Any]  # a row's `created_at` and primary key


def process_in_batches(fetch: Fetch[Item], process: Callable[[Sequence[Item]], int]) -> Iterator[int]:
    """Process batches until `fetch` returns an empty one; yield what `process` returns: how many rows it changed.

    `fetch` gets the last item of the batch before, None at first, and returns what comes after it, so that rows that
    `process` left alone are not fetched again. `process` runs its own transaction: what was yielded is committed.
    """
    last = None
    while batch := fetch(last):
        yield process(batch)
        last = batch[-1]


def oldest_first(rows: models.QuerySet[Any], size: int) -> Fetch[Position]:
    """Return a `fetch` of the positions of these rows, in order of creation, `size` at a time."""

    def fetch(last: Position | None) -> list[Position]:
        rest = rows.order_by("created_at", "pk")
        if last:
            created_at, pk = last
            later = models.Q(created_at__gt=created_at) | models.Q(pk__gt=pk)
            rest = rest.filter(later, created_at__gte=created_at)  # the second condition lets an index find the start
        with without_statement_timeout():
            return list(rest.values_list("created_at", "pk")[:size])

    return fetch
