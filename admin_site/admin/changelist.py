"""Django's list of rows, with pages by keyset, sorting by indexed columns only, and a total that costs little."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.text import capfirst
from unfold.views import ChangeList

from admin_site.admin.keyset import AFTER, BEFORE, Cursor, Order, Page, Position, read_page
from admin_site.pages.links import object_url
from dashboard.db.counts.totals import Total, count

CURSORS = (AFTER, BEFORE)


@dataclass(frozen=True)
class Pager:
    """The links and totals that the pagination template shows. A URL is empty if there is no such page."""

    total: Total
    first_url: str
    previous_url: str
    next_url: str
    template_name: str = "admin_site/pagination.html"


class KeysetChangeList(ChangeList):
    """A page of a list. `after` and `before` in the address are the cursor, which only the links to pages keep."""

    def __init__(self, request: HttpRequest, *args: Any, **options: Any) -> None:
        self.given = request.GET
        request.GET = _without_cursors(request.GET)  # type: ignore[assignment]
        super().__init__(request, *args, **options)
        self.title = capfirst(self.opts.verbose_name_plural)  # Django's is "Select account to view"

    def url_for_result(self, result: Model) -> str:
        """Link rows by their unchanged ids. Django quotes the underscore, so that `acct_` becomes `acct_5F`."""
        return object_url(result)

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str]:
        """Return the chosen order if it is by a column that may be sorted by now, or else the list's own."""
        allowed = self.model_admin.sortable_columns(request)
        chosen = [it for it in super().get_ordering(request, queryset) if isinstance(it, str)]
        name = next((it for it in chosen[:1] if it.lstrip("-") in allowed), f"-{allowed[0]}")
        self.order = Order(name.lstrip("-"), name.startswith("-"))
        return self.order.names()

    def get_results(self, request: HttpRequest) -> None:
        cursor = Cursor.read(self.given, self.model, self.order.column)
        page = read_page(self.queryset, self.order, cursor, self.list_per_page)
        self.search_is_cut = not getattr(request, "search_is_complete", True)
        self.result_list = page.rows
        self.model_admin.attach_references(page.rows)
        self.paginator = self._pager(page)
        self.result_count = len(page.rows)
        self.full_result_count = None
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.can_show_all = self.multi_page = False

    def _pager(self, page: Page) -> Pager:
        is_whole = not (page.has_previous or page.has_next)
        return Pager(
            Total(len(page.rows)) if is_whole else count(self.queryset),
            self.get_query_string() if page.has_previous else "",
            self._cursor_url(BEFORE, page.rows[0]) if page.has_previous and page.rows else "",
            self._cursor_url(AFTER, page.rows[-1]) if page.has_next and page.rows else "",
        )

    def _cursor_url(self, name: str, row: Model) -> str:
        url: str = self.get_query_string({name: str(Position.of(row, self.order.column))})
        return url


def _without_cursors(query: QueryDict) -> QueryDict:
    others = query.copy()
    for name in CURSORS:
        others.pop(name, None)
    return others
