"""Shared by the pages that the site adds to Django's admin: URLs for the owner, rendering, and forms for services."""

from collections.abc import Callable, Iterable
from functools import partial, wraps
from typing import Any, ClassVar, cast

from django import forms
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path

from admin_site.pages.labels import refusal_message
from admin_site.requests import AdminRequest
from dashboard.core.errors import DashboardError, ErrorCode

View = Callable[..., HttpResponseBase]


class ServiceForm(forms.Form):
    """A form whose input a service validates. `FIELD_OF` has the field that an error is about."""

    FIELD_OF: ClassVar[dict[ErrorCode, str]] = {}

    def add_refusal(self, error: DashboardError) -> None:
        """Show why the service has refused, beside the field that it is about."""
        self.add_error(self.FIELD_OF.get(error.error_code), refusal_message(error))


def owner_required(view: View) -> View:
    """Wrap a view of the site so that other administrators are refused. The services refuse them, too."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not cast("AdminRequest", request).user.is_superuser:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return wrapped


def owner_urls(site: AdminSite, prefix: str, pages: Iterable[tuple[str, View, str]]) -> list[URLPattern]:
    """Return the URLs of pages for the owner: each has its path below `prefix`, its view and its name."""
    return [
        path(f"{prefix}{rest}", site.admin_view(owner_required(partial(view, site=site))), name=name)
        for rest, view, name in pages
    ]


def render_page(site: AdminSite, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Render a template of the site with the context of all its pages, and this one."""
    return render(request, f"admin_site/{template}.html", {**site.each_context(request), **context})
