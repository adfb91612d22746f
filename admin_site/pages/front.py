"""The page at `/`, for people who open the server's address in a browser: where to go, and what to do first."""

from django.conf import settings
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers, patch_vary_headers

from accounts.services import registration
from dashboard.db import availability

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def front_page(request: HttpRequest) -> HttpResponse:
    """Lead a browser to the administrators' site, the explorer and the documentation.

    Raises Http404 for every request that does not prefer HTML to JSON: the contract has no such route.
    """
    if request.method not in ("GET", "HEAD") or not _prefers_html(request):
        raise Http404
    response = _page(request)
    response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    patch_vary_headers(response, ["Accept"])
    add_never_cache_headers(response)
    return response


def _prefers_html(request: HttpRequest) -> bool:
    return request.get_preferred_type(["application/json", "text/html"]) == "text/html"


def _page(request: HttpRequest) -> HttpResponse:
    address = request.build_absolute_uri(request.path).rstrip("/")
    context = {"address": address, "has_docs": settings.API_DOCS, **_state()}
    return render(request, "admin_site/front.html", context)


def _state() -> dict[str, bool]:
    """Return what the page says about accounts. It leads on while the database cannot be reached, and says so."""
    try:
        is_new = not registration.has_accounts()
        return {"is_new": is_new, "may_register": registration.makes_first_account_owner()}
    except Error as error:
        if availability.as_unavailable(error):
            return {"is_unavailable": True}
        raise
