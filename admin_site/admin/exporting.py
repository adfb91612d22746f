"""The page that exports what a list shows as CSV."""

from typing import Any, cast

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR, SEARCH_VAR
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from admin_site.admin.changelist import KeysetChangeList
from admin_site.requests import AdminRequest, actor_of
from dashboard.core.text import is_storable
from operations.list_export import export_list, may_export

NO_FILTERS = {ORDER_VAR, PAGE_VAR, SEARCH_VAR}


def export_page(model_admin: Any, request: HttpRequest) -> HttpResponseBase:
    """Say what will be exported on GET. Stream it on POST. Raises PermissionDenied for those who may not export."""
    if not may_export(cast("AdminRequest", request).user):
        raise PermissionDenied
    try:
        changelist = model_admin.get_changelist_instance(request)
    except IncorrectLookupParameters:
        return redirect("../")
    filters = describe_filters(changelist)
    if request.method == "POST":
        return _download(cast("AdminRequest", request), model_admin.export_name, changelist, filters)
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": f"Export {model_admin.opts.verbose_name_plural}",
        "cl": changelist,
        "filters": filters,
        "back": f"../{changelist.get_query_string()}",
    }
    return render(request, "admin_site/export.html", context)


def _download(request: AdminRequest, name: str, changelist: KeysetChangeList, filters: str) -> StreamingHttpResponse:
    parts = export_list(name, changelist.queryset, filters, actor_of(request), request.user)
    response = StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}-{timezone.now():%Y-%m-%d-%H%M%S}.csv"'
    return response


def describe_filters(changelist: KeysetChangeList) -> str:
    """Describe the filters of a list. Leave out the search term, which may be a username."""
    given = {name: values for name, values in changelist.filter_params.items() if name not in NO_FILTERS}
    filters = [f"{name}={value}" for name, values in given.items() for value in values if value and is_storable(value)]
    return ", ".join([*filters, *(["matches of a search"] if changelist.query else [])])
