"""Pagination that costs the same however many rows a table has."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

ROWS_LIMIT = 1_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # has no __class_getitem__
    """Page through the first ROWS_LIMIT rows, and count no further. Filters and the search reach older rows."""

    template_name = "admin_site/pagination.html"

    @cached_property
    def bounded_count(self) -> int:
        """The number of rows, or ROWS_LIMIT + 1 if there are more than ROWS_LIMIT."""
        rows: Any = self.object_list
        return int(rows.order_by()[: ROWS_LIMIT + 1].count())

    @cached_property
    def count(self) -> int:
        return min(self.bounded_count, ROWS_LIMIT)

    @property
    def has_more(self) -> bool:
        return self.bounded_count > ROWS_LIMIT
