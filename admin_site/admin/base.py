"""Base classes of the site's lists and pages. They show rows, newest first, and edit nothing."""

from collections.abc import Sequence
from typing import Any, cast

from django.contrib.admin import ShowFacets, display
from django.contrib.admin.utils import label_for_field, quote
from django.contrib.admin.views.main import ORDER_VAR
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern
from unfold.admin import ModelAdmin

from accounts.services.search import search_accounts
from admin_site.admin import columns
from admin_site.admin.changelist import KeysetChangeList
from admin_site.admin.exporting import export_page
from admin_site.admin.keyset import CREATED
from admin_site.pages.links import account_link, object_url
from admin_site.pages.references import References
from admin_site.pages.tables import EMPTY_CELL, local_time
from admin_site.requests import AdminRequest, actor_of
from dashboard.core.text import is_storable
from dashboard.models import ID_PATTERN, without_orphans
from dashboard.replica.reads import reader_of
from events.services.bursts import record_view
from operations.list_export import may_export

PAGE_SIZE = 25
DISABLED_URLS = ("_add", "_delete", "_history")
ACCOUNTS_LIMIT = 50  # whose rows a search looks for


def search_for(request: HttpRequest, term: str, limit: int) -> frozenset[str]:
    """Return the ids of the accounts that match, and note on the request whether there are more for the page to say."""
    matches = search_accounts(term, limit=limit)
    request.search_is_complete = matches.is_complete  # type: ignore[attr-defined]
    return matches.accountids


class ReadOnlyAdmin(ModelAdmin):
    """A list, and a page for each row. Changes are service actions, never edited fields.

    `list_display` has the columns that can be chosen; those of `optional_columns` are not shown at first.
    """

    export_name = ""  # of the list in operations.list_export
    optional_columns: tuple[str, ...] = ()
    search_explanation = ""
    search_advice = ""
    empty_advice = ""  # where the rows come from, for a list that has none
    prefetch: tuple[str, ...] = ()  # a join would also read the related rows of all rows before the page
    ordering = ("-created_at", "-pk")
    list_per_page = PAGE_SIZE
    list_max_show_all = PAGE_SIZE
    list_disable_select_all = True
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # facets count the whole table once for each choice
    actions = None
    empty_value_display = EMPTY_CELL

    def get_urls(self) -> list[URLPattern]:
        """Return Django's URLs for reading. Its history is replaced by the recorded events."""
        return [url for url in super().get_urls() if not str(getattr(url, "name", "")).endswith(DISABLED_URLS)]

    def get_custom_urls(self) -> Any:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return (("export/", name, self.export_view),)

    def export_view(self, request: HttpRequest, **options: Any) -> HttpResponseBase:
        """Export what the list shows with the filters in the address."""
        return export_page(self, request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    def get_changelist_instance(self, request: HttpRequest) -> KeysetChangeList:
        """Read the page of the list, from the replica where that is right."""
        given = request.GET  # out of which the list takes the cursor

        def build() -> KeysetChangeList:
            request.GET = given
            changelist: KeysetChangeList = super(ReadOnlyAdmin, self).get_changelist_instance(request)
            return changelist

        return reader_of(actor_of(cast("AdminRequest", request)))(build)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list, or store a choice of columns and return to the list."""
        if request.method == "GET" and columns.PARAMETER in request.GET:
            return self._choose_columns(request)
        shown = self.get_list_display(request)
        choices = [(name, label_for_field(name, self.model, self), name in shown) for name in self.list_display]
        context: dict[str, Any] = {
            **(extra_context or {}),
            "column_choices": choices[1:],
            "may_export": may_export(cast("AdminRequest", request).user),
        }
        response: HttpResponse = super().changelist_view(request, context)
        return response

    def _choose_columns(self, request: HttpRequest) -> HttpResponse:
        query = request.GET.copy()
        chosen = query.pop(columns.PARAMETER)
        query.pop(ORDER_VAR, None)  # it has the number of a column
        response = redirect(f"{request.path}?{query.urlencode()}")
        columns.keep_columns(response, self.opts.model_name, [it for it in self.list_display if it in chosen])
        return response

    def get_list_display(self, request: HttpRequest) -> list[str]:
        default = [name for name in self.list_display if name not in self.optional_columns]
        return columns.chosen_columns(request, self.opts.model_name, self.list_display, default)

    def sortable_columns(self, request: HttpRequest) -> Sequence[str]:
        """Return the fields that the list may be sorted by, the default one first. An index has to serve each."""
        return (CREATED,)

    def get_sortable_by(self, request: HttpRequest) -> list[str]:
        allowed = self.sortable_columns(request)
        names = self.get_list_display(request)
        return [name for name in names if getattr(getattr(self, name, None), "admin_order_field", None) in allowed]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.prefetch_related(*self.prefetch)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the row with this id. Raises Http404 if there is none, or if the database cannot store such an id."""
        row = super().get_object(request, object_id, from_field) if is_storable(object_id) else None
        if row is None or not without_orphans([row]):
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
    """Rows that belong to an account, with a link to it. The search finds them by their id, or by the account."""

    prefetch = ("account__profile",)
    search_fields = ("pk",)  # only shows the search field: get_search_results decides what matches
    search_help_text = "ID, or the account's name, email or ID"
    search_advice = "Try one word alone, such as the last name, or find the account first and open its page."

    @property
    def search_explanation(self) -> str:  # type: ignore[override]
        return (
            f"The search looked for a row with this ID, and for {self.opts.verbose_name_plural} of accounts that match"
            " by ID, by exact username, or by a part of a name or an email address."
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if ID_PATTERN.fullmatch(term) and term.startswith(f"{self.opts.pk.prefix}_"):
            return queryset.filter(pk=term), False
        return queryset.filter(account__in=search_for(request, term, ACCOUNTS_LIMIT)), False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a row's page, and record that its account was viewed."""
        row = self.get_object(request, object_id)
        record_view(row.account_id, actor_of(cast("AdminRequest", request)), row.pk)
        return super().change_view(request, object_id, form_url, extra_context)

    def return_url(self, row: Any) -> str:
        """Return to the account's page after an action."""
        return object_url(row.account)

    @display(description="ID")
    def row_id(self, row: Any) -> str:
        return str(row.pk)

    @display(description="Account")
    def account_link(self, row: Any) -> str:
        return account_link(row.account)

    @display(description="Created", ordering=CREATED)
    def created(self, row: Any) -> str:
        return local_time(row.created_at)
