"""Signing in and out. A sign-in is a session as any other: listed, and ended by the same rules."""

import contextlib
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from admin_site import session_cookie as cookie
from admin_site.pages.labels import refused
from admin_site.requests import AdminRequest, actor_of
from dashboard.core.actor import Actor, ActorKind
from dashboard.core.errors import DashboardError
from sessions_app.models import Session
from sessions_app.services import sessions


class SignInForm(forms.Form):
    """The same name and password as everywhere; the rules are those of the service."""

    username = forms.CharField(
        strip=False,
        widget=UnfoldAdminTextInputWidget(
            {"autofocus": True, "autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(strip=False, widget=UnfoldAdminPasswordWidget({"autocomplete": "current-password"}))
    remember = forms.ChoiceField(
        label="Stay signed in for",
        required=False,
        choices=[("", "20 minutes"), ("hours", "8 hours"), ("days", "30 days, only on a device of your own")],
        initial="hours",
        widget=UnfoldAdminSelectWidget,
    )


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """GET and POST /admin/login/"""
    form = SignInForm(request.POST or None)
    if form.is_valid() and (session := _created(request, form)):
        rotate_token(request)
        response = redirect(_next(request) or "admin:index")
        cookie.give(response, session)
        return response
    return render(request, "admin_site/login.html", {**context, "form": form, "next": _next(request)})


def _created(request: HttpRequest, form: SignInForm) -> Session | None:
    actor = Actor.of(request, ActorKind.ANYBODY, None)
    try:
        return sessions.create_administrator_session(**form.cleaned_data, actor=actor)
    except DashboardError as error:
        form.add_error(None, refused(error))
        return None


def _next(request: HttpRequest) -> str:
    """Where somebody wanted to go who was sent here; empty where that is not this site."""
    url = request.POST.get("next") or request.GET.get("next") or ""
    return url if url_has_allowed_host_and_scheme(url, {request.get_host()}) else ""


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """POST /admin/logout/: the session ends."""
    request = cast("AdminRequest", request)
    with contextlib.suppress(DashboardError):  # somebody else has ended it meanwhile
        sessions.set_own_session_ended(request.auth.sessionid, request.user.accountid, actor_of(request))
    messages.info(request, "You are signed out. The session has ended.")
    response = redirect("admin:login")
    cookie.take_back(response)
    return response
