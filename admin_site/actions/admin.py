"""Lists with something to do: buttons on a row's page, bulk actions on the list, and one page that asks before both."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model, QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from admin_site.actions.base import Operation, Result, apply, offered
from admin_site.admin.base import ReadOnlyList
from admin_site.requests import AdminRequest
from dashboard.models import ID_PATTERN

Action = Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponse]


class OperableList(ReadOnlyList):
    """A list whose rows have operations."""

    operations: ClassVar[tuple[Operation, ...]]
    change_form_before_template = "admin_site/buttons.html"

    def describe(self, row: Any) -> str:
        """A row, as one says it when asked whether that is meant."""
        raise NotImplementedError

    def where_after(self, row: Any) -> str:
        """The page to come back to when an operation is done on this row."""
        raise NotImplementedError

    def get_actions(self, request: HttpRequest) -> dict[str, tuple[Action, str, str]]:
        asked = cast("AdminRequest", request)
        bulk = (it for it in self.operations if it.at_once and it.is_open_to(asked))
        return {it.name: (partial(_ask_about_chosen, it), it.name, it.title) for it in bulk}

    def get_custom_urls(self) -> Any:
        return (("operations/<slug:name>/", f"{self._name}_operation", self.operate),)

    @property
    def _name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def url_of(self, operation: Operation, *pks: str) -> str:
        """The page that asks whether to do this to these rows."""
        url = reverse(f"admin:{self._name}_operation", args=(operation.name,))
        return f"{url}?{urlencode({'pk': pks}, doseq=True)}"

    def buttons(self, row: Model, request: AdminRequest) -> list[dict[str, Any]]:
        """What to offer on a row's page; without an address what takes the owner."""
        return [
            {"operation": it, "url": self.url_of(it, row.pk) if it.is_open_to(request) else ""}
            for it in offered(self.operations, row)
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A row's page, with its buttons."""
        buttons = self.buttons(self.get_object(request, object_id), cast("AdminRequest", request))
        context = {**(extra_context or {}), "buttons": buttons}
        return super().change_view(request, object_id, form_url, context)

    def operate(self, request: HttpRequest, name: str, **options: Any) -> HttpResponse:
        """GET asks whether to do it to the rows `pk`, POST does it and tells what was done and what was refused."""
        operation = next((it for it in self.operations if it.name == name), None)
        if operation is None:
            raise Http404
        given = dict.fromkeys(request.GET.getlist("pk"))  # each once
        pks = [pk for pk in given if ID_PATTERN.fullmatch(pk)][: self.list_per_page]
        rows = list(self.get_queryset(request).filter(pk__in=pks))
        if not rows or (len(pks) > 1 and not operation.at_once):
            raise Http404
        form = operation.form(request.POST if request.method == "POST" else None, pks)
        if not form.is_valid():
            return self._ask(request, operation, rows, form)
        results = apply(operation, pks, cast("AdminRequest", request), form.cleaned_data)
        return self._tell(request, operation, rows, results, form)

    def _ask(self, request: HttpRequest, operation: Operation, rows: list[Any], form: Form) -> HttpResponse:
        return self._page(request, "confirm", operation, rows, form=form)

    def _tell(
        self, request: HttpRequest, operation: Operation, rows: list[Any], results: list[Result], form: Form
    ) -> HttpResponse:
        if len(results) > 1:
            return self._page(request, "results", operation, rows, **self._counted(rows, results))
        if results[0].refusal:
            form.add_error(None, results[0].refusal)
            return self._ask(request, operation, rows, form)
        if operation.shown:
            return self._page(request, operation.shown, operation, rows, value=results[0].value)
        messages.success(request, f"{self.describe(rows[0])}: {operation.done}")
        return redirect(self.where_after(rows[0]))

    def _counted(self, rows: list[Any], results: list[Result]) -> dict[str, Any]:
        described = {row.pk: self.describe(row) for row in rows}
        refused = sum(bool(it.refusal) for it in results)
        told = [(described.get(it.pk, "An unknown row"), it) for it in results]
        return {"results": told, "refused": refused, "done": len(results) - refused}

    def _page(
        self, request: HttpRequest, template: str, operation: Operation, rows: list[Any], **context: Any
    ) -> HttpResponse:
        common = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": operation.title,
            "operation": operation,
            "rows": [(self.describe(row), row) for row in rows],
            "back": self.where_after(rows[0]) if len(rows) == 1 else reverse(f"admin:{self._name}_changelist"),
        }
        return render(request, f"admin_site/{template}.html", common | context)


def _ask_about_chosen(
    operation: Operation, model_admin: OperableList, request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse:
    """A bulk action: nothing is done before somebody has read to how many it will be done."""
    pks = request.POST.getlist(ACTION_CHECKBOX_NAME)[: model_admin.list_per_page]
    return redirect(model_admin.url_of(operation, *pks))
