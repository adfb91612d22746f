"""The administrators' site: Django's admin with the sign-in, the sessions and the services of Dashboard."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import timezone
from unfold.sites import UnfoldAdminSite

from admin_site.login import sign_in, sign_out
from admin_site.pages.home import home
from admin_site.pages.search import QUICK_RESULTS, quick_results
from admin_site.reauthentication import proven

THEMES = [("light", "light_mode", "Light"), ("dark", "dark_mode", "Dark"), ("auto", "computer", "System")]
NOT_OURS = {"password_change", "password_change_done", "autocomplete", "view_on_site"}


class AdministratorsSite(UnfoldAdminSite):
    """Whoever may call the administrators' routes may come in; a change asks for a recent proof of the password."""

    index_title = "Home"
    index_template = "admin_site/home.html"

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "themes": THEMES}

    def get_urls(self) -> list[URLPattern]:
        return [url for url in super().get_urls() if getattr(url, "name", None) not in NOT_OURS]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002  as Django declares it
        return super().admin_view(view if view == self.logout else proven(view, self.each_context), cacheable)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        page: TemplateResponse = super().index(request, {**(extra_context or {}), **home(timezone.now())})
        return page

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """GET /admin/search/?s=…: accounts, for the search that opens with Ctrl-K on every page."""
        pages = Paginator(quick_results(request.GET.get("s", "")), QUICK_RESULTS)
        context = {"page_obj": pages, "results": pages.page(1), "page_counter": 0}
        response = render(request, "unfold/helpers/command_results.html", context)
        response["HX-Trigger"] = "search"  # which the theme's script waits for
        return response

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        if request.method == "GET" and self.has_permission(request):
            return redirect("admin:index")
        return sign_in(request, {**self.each_context(request), "title": "Sign in"})

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return sign_out(request)
