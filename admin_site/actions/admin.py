"""ModelAdmin with service actions: buttons on a row's page, bulk actions on the list, and a page to confirm both."""

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

from accounts.models import Account
from accounts.services.authority import may_act_on
from admin_site.actions.base import ActionResult, ServiceAction, available_actions, perform
from admin_site.admin.base import ReadOnlyAdmin
from admin_site.pages.ownership import own_mark
from admin_site.requests import AdminRequest
from dashboard.models import ID_PATTERN, without_orphans

BulkAction = Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponse]


class ServiceActionAdmin(ReadOnlyAdmin):
    """Offer the `service_actions` of a model. Each one is confirmed on a page of its own before it runs."""

    service_actions: ClassVar[tuple[ServiceAction, ...]]
    change_form_before_template = "admin_site/buttons.html"

    def describe(self, row: Any) -> str:
        """Return a short description of a row for the confirmation page."""
        raise NotImplementedError

    def return_url(self, row: Any) -> str:
        """Return the address of the page to show after an action on this row."""
        raise NotImplementedError

    def get_actions(self, request: HttpRequest) -> dict[str, tuple[BulkAction, str, str]]:
        current = cast("AdminRequest", request)
        bulk = (it for it in self.service_actions if it.allow_bulk and it.is_permitted(current))
        return {it.name: (partial(_confirm_selected, it), it.name, it.title) for it in bulk}

    def get_custom_urls(self) -> Any:
        operation = ("operations/<slug:name>/", f"{self._url_prefix}_operation", self.action_view)
        return (*super().get_custom_urls(), operation)

    @property
    def _url_prefix(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def confirm_url(self, action: ServiceAction, *pks: str) -> str:
        """Return the address of the page that confirms an action on these rows."""
        url = reverse(f"admin:{self._url_prefix}_operation", args=(action.name,))
        return f"{url}?{urlencode({'pk': pks}, doseq=True)}"

    def buttons(self, row: Model, request: AdminRequest) -> list[dict[str, Any]]:
        """Return the buttons of a row's page. A button without a `url` is shown as reserved for the owner."""
        account = row if isinstance(row, Account) else cast("Any", row).account
        allowed = may_act_on(account, request.user)
        return [
            {"action": it, "url": self.confirm_url(it, row.pk) if allowed and it.is_permitted(request) else ""}
            for it in available_actions(self.service_actions, row)
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a row's page with its buttons."""
        buttons = self.buttons(self.get_object(request, object_id), cast("AdminRequest", request))
        context = {**(extra_context or {}), "buttons": buttons}
        return super().change_view(request, object_id, form_url, context)

    def action_view(self, request: HttpRequest, name: str, **options: Any) -> HttpResponse:
        """Confirm an action on the rows `pk` on GET. Perform it on POST, and report what was done or refused.

        Raises Http404 for an unknown action, without a known row, and for several rows if the action allows only one.
        """
        action = next((it for it in self.service_actions if it.name == name), None)
        if action is None:
            raise Http404
        unique_pks = dict.fromkeys(request.GET.getlist("pk"))
        pks = [pk for pk in unique_pks if ID_PATTERN.fullmatch(pk)][: self.list_per_page]
        rows = without_orphans(self.get_queryset(request).filter(pk__in=pks))
        if not rows or (len(pks) > 1 and not action.allow_bulk):
            raise Http404
        form = action.form(request.POST if request.method == "POST" else None, pks)
        if not form.is_valid():
            return self._confirm_page(request, action, rows, form)
        results = perform(action, pks, cast("AdminRequest", request), form.cleaned_data)
        return self._result_page(request, action, rows, results, form)

    def _confirm_page(self, request: HttpRequest, action: ServiceAction, rows: list[Any], form: Form) -> HttpResponse:
        return self._page(request, "confirm", action, rows, form=form)

    def _result_page(
        self, request: HttpRequest, action: ServiceAction, rows: list[Any], results: list[ActionResult], form: Form
    ) -> HttpResponse:
        if len(results) > 1:
            return self._page(request, "results", action, rows, **self._result_context(request, rows, results))
        if results[0].refusal:
            form.add_error(None, results[0].refusal)
            return self._confirm_page(request, action, rows, form)
        if action.result_template:
            return self._page(request, action.result_template, action, rows, value=results[0].value)
        messages.success(request, f"{self.describe(rows[0])}: {action.success_message}")
        return redirect(self.return_url(rows[0]))

    def _result_context(self, request: HttpRequest, rows: list[Any], results: list[ActionResult]) -> dict[str, Any]:
        known = {row.pk: (self.describe(row), own_mark(row, cast("AdminRequest", request))) for row in rows}
        refused = sum(bool(it.refusal) for it in results)
        described = [(*known.get(it.pk, ("No longer exists", "")), it) for it in results]
        return {"results": described, "refused": refused, "done": len(results) - refused}

    def _page(
        self, request: HttpRequest, template: str, action: ServiceAction, rows: list[Any], **context: Any
    ) -> HttpResponse:
        described = [(self.describe(row), row, own_mark(row, cast("AdminRequest", request))) for row in rows]
        common = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": action.title,
            "action": action,
            "rows": described,
            "is_own": any(mark for *_, mark in described),
            "back": self.return_url(rows[0]) if len(rows) == 1 else reverse(f"admin:{self._url_prefix}_changelist"),
        }
        return render(request, f"admin_site/{template}.html", common | context)


def _confirm_selected(
    action: ServiceAction, model_admin: ServiceActionAdmin, request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse:
    """Redirect a bulk action to the page that confirms it. Only checked rows count, never the whole table."""
    pks = request.POST.getlist(ACTION_CHECKBOX_NAME)[: model_admin.list_per_page]
    return redirect(model_admin.confirm_url(action, *pks))
