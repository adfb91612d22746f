"""Base classes of the site's lists and pages. They show rows, newest first, and edit nothing."""

from typing import Any

from django.contrib.admin import ShowFacets, display
from django.contrib.admin.utils import quote
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from admin_site.admin.paginators import BoundedPaginator
from admin_site.pages.links import account_name, object_link, object_url
from admin_site.pages.references import References
from admin_site.pages.tables import local_time
from dashboard.core.text import is_storable

PAGE_SIZE = 25
DISABLED_URLS = ("_add", "_delete", "_history")


class UnquotedChangeList(ChangeList):
    """Link rows by their unchanged ids. Django quotes the underscore, so that `acct_` becomes `acct_5F`."""

    def url_for_result(self, result: Model) -> str:
        return object_url(result)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list: Any = list(self.result_list)
        self.model_admin.attach_references(self.result_list)


class ReadOnlyAdmin(ModelAdmin):
    """A list, and a page for each row. Changes are service actions, never edited fields."""

    prefetch: tuple[str, ...] = ()  # a join would also read the related rows of all rows before the page
    ordering = ("-created_at", "-pk")
    paginator = BoundedPaginator
    list_per_page = PAGE_SIZE
    list_max_show_all = PAGE_SIZE
    list_disable_select_all = True
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # facets count the whole table once for each choice
    actions = None

    def get_urls(self) -> list[URLPattern]:
        """Return Django's URLs for reading. Its history is replaced by the recorded events."""
        return [url for url in super().get_urls() if not str(getattr(url, "name", "")).endswith(DISABLED_URLS)]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[UnquotedChangeList]:
        return UnquotedChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.prefetch_related(*self.prefetch)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the row with this id. Raises Http404 if there is none, or if the database cannot store such an id."""
        row = super().get_object(request, object_id, from_field) if is_storable(object_id) else None
        if row is None:
            raise Http404
        self.attach_references([row])
        return row

    def references_of(self, rows: list[Any]) -> References:
        """Look up what the rows of a page refer to by id. Override it for models without foreign keys."""
        return References()

    def attach_references(self, rows: list[Any]) -> None:
        """Set `references` of each row, for the columns that show them."""
        references = self.references_of(rows)
        for row in rows:
            row.references = references

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a row's page. Django unquotes the id, so it has to be quoted first."""
        response: HttpResponse = super().change_view(request, quote(object_id), form_url, extra_context)
        return response

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Allow only the parameters of the filters.

        Django would also compare arbitrary columns, which reveals password hashes character by character.
        """
        names = (each.parameter_name for each in self.get_list_filter(request))
        return any(lookup in name if isinstance(name, tuple) else lookup == name for name in names)


class AccountRelatedAdmin(ReadOnlyAdmin):
    """Rows that belong to an account, with a link to it."""

    prefetch = ("account__profile",)

    def return_url(self, row: Any) -> str:
        """Return to the account's page after an action."""
        return object_url(row.account)

    @display(description="ID")
    def row_id(self, row: Any) -> str:
        return str(row.pk)

    @display(description="Account")
    def account_link(self, row: Any) -> str:
        return object_link(row.account, account_name(row.account))

    @display(description="Created")
    def created(self, row: Any) -> str:
        return local_time(row.created_at)
