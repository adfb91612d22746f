"""The administrators' site: Django's admin, signed in to with Dashboard's own sessions."""

from typing import Any, cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import timezone
from unfold.sites import UnfoldAdminSite

from admin_site import own_factors, service_credentials, webhooks
from admin_site.login import login, logout
from admin_site.own_factors import second_factor_required
from admin_site.pages.home import home_context
from admin_site.pages.links import account_name
from admin_site.pages.search import QUICK_RESULTS_LIMIT, quick_results
from admin_site.reauthentication import reauthentication_required
from admin_site.requests import AdminRequest

THEMES = [("light", "light_mode", "Light"), ("dark", "dark_mode", "Dark"), ("auto", "computer", "System")]
DISABLED_URLS = {"password_change", "password_change_done", "autocomplete", "view_on_site"}


class AdministratorsSite(UnfoldAdminSite):
    """Admit every administrator, and require a recently verified password for changes."""

    index_title = "Home"
    index_template = "admin_site/home.html"

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        own_name = account_name(cast("AdminRequest", request).user) if request.user.is_authenticated else ""
        return {**super().each_context(request), "themes": THEMES, "own_name": own_name}

    def get_urls(self) -> list[URLPattern]:
        own = [*own_factors.urls(self), *service_credentials.urls(self), *webhooks.urls(self)]
        return [*own, *(url for url in super().get_urls() if getattr(url, "name", None) not in DISABLED_URLS)]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002  Django's signature
        if view != self.logout:
            view = second_factor_required(reauthentication_required(view, self.each_context))
        return super().admin_view(view, cacheable)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        context = {**(extra_context or {}), **home_context(timezone.now())}
        page: TemplateResponse = super().index(request, context)
        return page

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Return the accounts that match `s`, for the search dialog that Ctrl-K opens on every page."""
        pages = Paginator(quick_results(request.GET.get("s", "")), QUICK_RESULTS_LIMIT)
        context = {"page_obj": pages, "results": pages.page(1), "page_counter": 0}
        response = render(request, "unfold/helpers/command_results.html", context)
        response["HX-Trigger"] = "search"  # the theme's script waits for this event
        return response

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        if request.method == "GET" and self.has_permission(request):
            return redirect("admin:index")
        return login(request, {**self.each_context(request), "title": "Sign in"})

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return logout(request)
