"""What every list of the site has in common: rows to read, newest first, at the same cost however many there are."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.admin import ListFilter, ShowFacets, SimpleListFilter
from django.contrib.admin.utils import quote
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from admin_site.pages.links import url_of
from dashboard.core.text import is_storable
from dashboard.models import ID_PATTERN

ROWS = 25
MOST = 1_000
YEARS = range(1970, 9000)
NOT_OURS = ("_add", "_delete", "_history")


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # has no __class_getitem__
    """Pages through the first MOST rows, and counts no further: whoever looks for an older one filters or searches."""

    template_name = "admin_site/pagination.html"

    @cached_property
    def counted(self) -> int:
        """How many rows there are, at most MOST + 1, which means: more."""
        rows: Any = self.object_list
        return int(rows.order_by()[: MOST + 1].count())

    @cached_property
    def count(self) -> int:
        return min(self.counted, MOST)

    @property
    def has_more(self) -> bool:
        return self.counted > MOST


class OfAccount(SimpleListFilter):
    """Where a link of an account's page leads: the rows of that account."""

    title = "account"
    parameter_name = "accountid"
    column = "account"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        accountid = request.GET.get(self.parameter_name)
        return [(accountid, accountid)] if accountid else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        accountid = self.value()
        if not accountid:
            return queryset
        return queryset.filter(**{self.column: accountid}) if ID_PATTERN.fullmatch(accountid) else queryset.none()


class Created(SimpleListFilter):
    """Rows of the last so many days."""

    title = "created"
    parameter_name = "created"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return [("1", "In the last 24 hours"), ("7", "In the last 7 days"), ("30", "In the last 30 days")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        days = dict(self.lookup_choices).keys() & {self.value()}
        return queryset.filter(created_at__gte=timezone.now() - timedelta(days=int(days.pop()))) if days else queryset


class Between(ListFilter):
    """Rows of these days, as TIME_ZONE has them, the last included. What is no date is left out."""

    title = "day"
    parameter_name = ("since", "until")
    template = "admin_site/between.html"

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: type[Model], model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.given = {name: params.pop(name, [""])[-1] for name in self.parameter_name}
        self.used_parameters = {name: value for name, value in self.given.items() if _midnight(value)}

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return list(self.parameter_name)

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        others = [(name, value) for name, value in changelist.params.items() if name not in self.parameter_name]
        yield {**self.given, "others": others}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        since, until = (_midnight(self.given[name]) for name in self.parameter_name)
        if since:
            queryset = queryset.filter(created_at__gte=since)
        if until:
            queryset = queryset.filter(created_at__lt=until + timedelta(days=1))
        return queryset


def _midnight(text: str) -> datetime | None:
    """When this day begins; None for what is no day of these centuries."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return timezone.make_aware(datetime.combine(day, time.min)) if day.year in YEARS else None


class Rows(ChangeList):
    """Links rows by their plain ids, of which Django would spell out the underscore."""

    def url_for_result(self, result: Model) -> str:
        return url_of(result)


class ReadOnlyList(ModelAdmin):
    """A list, and a page a row. What can be done with a row is an operation of a service, never a field to edit."""

    with_rows: tuple[str, ...] = ()  # what else a page shows of its rows; a join would read it for all before them too
    ordering = ("-created_at", "-pk")
    paginator = BoundedPaginator
    list_per_page = ROWS
    list_max_show_all = ROWS
    list_disable_select_all = True
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # they count the whole table, once a choice
    actions = None

    def get_urls(self) -> list[URLPattern]:
        """Those of Django that only read; its history is not ours, which is in the events."""
        return [url for url in super().get_urls() if not str(getattr(url, "name", "")).endswith(NOT_OURS)]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[Rows]:
        return Rows

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.prefetch_related(*self.with_rows)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field) if is_storable(object_id) else None
        if row is None:
            raise Http404
        return row

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A row's page. Django reads the id as one that it has quoted."""
        response: HttpResponse = super().change_view(request, quote(object_id), form_url, extra_context)
        return response

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only the parameters of filters: Django would also compare columns, and so tell hashes bit by bit."""
        names = (each.parameter_name for each in self.get_list_filter(request))
        return any(lookup in name if isinstance(name, tuple) else lookup == name for name in names)
