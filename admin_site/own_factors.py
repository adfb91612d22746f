"""The pages of the signed-in administrator's own second factors: add, rename and remove them, and make recovery codes.

Each change is a POST, before which the site asks for the password if that was not verified recently.
"""

import json
from functools import partial, wraps
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET, require_http_methods
from unfold.widgets import UnfoldAdminTextInputWidget

from admin_site.custom_views import View, render_page
from admin_site.login import CODE_ATTRIBUTES
from admin_site.pages.labels import refusal_message
from admin_site.pages.tables import local_time
from admin_site.requests import AdminRequest, actor_of, check_proof_rate
from dashboard.api.access.permissions import lacks_second_factor
from dashboard.core.errors import DashboardError
from dashboard.core.lazy_modules import lazy_module
from second_factors.models import FactorType, SecondFactor
from second_factors.services import enrolment, recovery_codes
from second_factors.services.enrolment import MAX_NAME_LENGTH
from second_factors.services.proofs import Proof

segno = lazy_module("segno")
OVERVIEW = "admin:second_factors"
QR_SCALE = 5  # CSS pixels of a module


class NameForm(forms.Form):
    name = forms.CharField(
        required=False,
        max_length=MAX_NAME_LENGTH,
        help_text="For example: My telephone",
        widget=UnfoldAdminTextInputWidget,
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code that the app shows now", required=False, widget=UnfoldAdminTextInputWidget(CODE_ATTRIBUTES)
    )


def urls(site: AdminSite) -> list[URLPattern]:
    """Return the URLs of these pages."""
    return [
        path(f"second-factors/{rest}", site.admin_view(partial(view, site=site)), name=name)
        for rest, view, name in PAGES
    ]


def second_factor_required(view: View) -> View:
    """Wrap a view of the site so that an administrator who lacks a second factor gets one first."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        is_way_in = request.resolver_match is not None and request.resolver_match.url_name in NAMES
        if lacks_second_factor(request.user) and not is_way_in:
            return redirect(OVERVIEW)
        return view(request, *args, **kwargs)

    return wrapped


def change(view: View) -> View:
    """Wrap a view that has no page for GET, so that it leads to the overview: "Cancel" and the sign-in form open it."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs) if request.method == "POST" else redirect(OVERVIEW)

    return wrapped


@require_GET
def overview(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """List the second factors, and offer to add one."""
    account = cast("AdminRequest", request).user
    factors = list(SecondFactor.objects.filter(account=account.pk).confirmed().newest_first())
    context = {
        "factors": [(it, local_time(it.confirmed_at), local_time(it.last_used_at)) for it in factors],
        "codes_left": recovery_codes.count_unused(account.pk),
        "is_required": lacks_second_factor(account),
        "form": NameForm(),
        "title": "Your second factors",
    }
    return render_page(site, request, "second_factors", context)


@change
def add(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Create a factor, and show how to set it up."""
    current = cast("AdminRequest", request)
    try:
        check_proof_rate(current)
        factor = enrolment.create_second_factor(
            current.user.pk, request.POST.get("factor_type", ""), request.POST.get("name", ""), actor_of(current)
        )
    except DashboardError as error:
        return _back(request, refusal=refusal_message(error))
    return _set_up(site, request, factor)


@change
def confirm(request: HttpRequest, factorid: str, *, site: AdminSite) -> HttpResponse:
    """Add a factor with a code, or what a passkey has signed. Show how to set it up again if that is wrong."""
    current = cast("AdminRequest", request)
    proof = Proof(request.POST.get("code", ""), request.POST.get("credential", ""))
    try:
        check_proof_rate(current)
        factor = enrolment.confirm_second_factor(factorid, current.user.pk, current.auth.pk, proof, actor_of(current))
    except DashboardError as error:
        return _ask_again(site, request, factorid, refusal_message(error))
    return _back(request, f"{factor.name}: added. From now on it is asked for when you sign in.")


def _ask_again(site: AdminSite, request: HttpRequest, factorid: str, refusal: str) -> HttpResponse:
    try:
        factor = enrolment.pending_second_factor(factorid, cast("AdminRequest", request).user.pk)
    except DashboardError:
        return _back(request, refusal=refusal)
    return _set_up(site, request, factor, refusal)


def _set_up(site: AdminSite, request: HttpRequest, factor: SecondFactor, refusal: str = "") -> HttpResponse:
    is_first = cast("AdminRequest", request).user.second_factor_since is None
    title = f"Set up {factor.name}"
    context: dict[str, Any] = {"factor": factor, "refusal": refusal, "is_first": is_first, "title": title}
    if factor.factor_type == FactorType.PASSKEY:
        return render_page(
            site, request, "set_up_passkey", {**context, "passkey_options": json.dumps(factor.passkey_options)}
        )
    secret, uri = factor.secret or "", factor.otpauth_uri or ""
    image = segno.make(uri, error="m", micro=False).svg_data_uri(scale=QR_SCALE, light="#fff", border=4)
    groups = [secret[start : start + 4] for start in range(0, len(secret), 4)]
    return render_page(
        site, request, "set_up_app", {**context, "form": CodeForm(), "image": image, "secret": " ".join(groups)}
    )


@require_http_methods(["GET", "POST"])
def rename(request: HttpRequest, factorid: str, *, site: AdminSite) -> HttpResponse:
    """Ask for another name, and give it."""
    current = cast("AdminRequest", request)
    try:
        factor = SecondFactor.objects.get_or_refuse_own(factorid, current.user.pk)
        if request.method == "POST":
            name = request.POST.get("name", "")
            factor = enrolment.update_second_factor(factorid, current.user.pk, name, actor_of(current))
            return _back(request, f"{factor.name}: renamed.")
    except DashboardError as error:
        return _back(request, refusal=refusal_message(error))
    form = NameForm(initial={"name": factor.name})
    return render_page(
        site, request, "second_factor", {"factor": factor, "form": form, "title": f"Rename {factor.name}"}
    )


@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, factorid: str, *, site: AdminSite) -> HttpResponse:
    """Ask whether to remove a factor, and remove it."""
    current = cast("AdminRequest", request)
    try:
        factor = SecondFactor.objects.get_or_refuse_own(factorid, current.user.pk)
        if request.method == "POST":
            enrolment.delete_second_factor(factorid, current.user.pk, actor_of(current))
            return _back(request, f"{factor.name}: removed.")
    except DashboardError as error:
        return _back(request, refusal=refusal_message(error))
    is_last = SecondFactor.objects.filter(account=current.user.pk).confirmed().count() == 1
    context = {"factor": factor, "is_last": is_last, "title": f"Remove {factor.name}?"}
    return render_page(site, request, "second_factor", context)


@change
def create_recovery_codes(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Create recovery codes, and show them once."""
    current = cast("AdminRequest", request)
    try:
        check_proof_rate(current)
        codes = recovery_codes.create_recovery_codes(current.user.pk, actor_of(current))
    except DashboardError as error:
        return _back(request, refusal=refusal_message(error))
    return render_page(site, request, "recovery_codes", {"codes": codes, "title": "Recovery codes"})


def _back(request: HttpRequest, done: str = "", refusal: str = "") -> HttpResponse:
    """Return to the overview, with a message."""
    if refusal:
        messages.error(request, refusal)
    else:
        messages.success(request, done)
    return redirect(OVERVIEW)


PAGES: list[tuple[str, View, str]] = [
    ("", overview, "second_factors"),
    ("add/", add, "second_factor_add"),
    ("recovery-codes/", create_recovery_codes, "recovery_codes"),
    ("<slug:factorid>/confirm/", confirm, "second_factor_confirm"),
    ("<slug:factorid>/rename/", rename, "second_factor_rename"),
    ("<slug:factorid>/remove/", remove, "second_factor_remove"),
]
NAMES = frozenset(name for _, _, name in PAGES)
