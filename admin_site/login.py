"""Signing in to the site and out of it.

A sign-in creates an ordinary session: it is listed with all others and ends by the same rules.
"""

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

from admin_site import session_cookie
from admin_site.pages.labels import refusal_message
from admin_site.requests import AdminRequest, actor_of
from dashboard.api.access.throttling import SIGN_IN
from dashboard.core.actor import Actor, ActorKind
from dashboard.core.errors import DashboardError
from sessions_app import browser_cookie
from sessions_app.models import Session
from sessions_app.services import sessions


class LoginForm(forms.Form):
    """Ask for username and password. The service validates them."""

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
        choices=[("", "20 minutes"), ("hours", "8 hours"), ("days", "30 days (only on your own device)")],
        initial="hours",
        widget=UnfoldAdminSelectWidget,
    )


@never_cache
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show the sign-in form on GET. On POST, create a session and redirect to `next` or the home page."""
    form = LoginForm(request.POST or None)
    actor = browser_cookie.with_browserid(Actor.of(request, ActorKind.ANYBODY, None), request)
    if form.is_valid() and (session := _create_session(request, actor, form)):
        rotate_token(request)
        response = redirect(_next_url(request) or "admin:index")
        session_cookie.set_cookie(response, session)
        browser_cookie.set_cookie(response, actor)
        return response
    return render(request, "admin_site/login.html", {**context, "form": form, "next": _next_url(request)})


def _create_session(request: HttpRequest, actor: Actor, form: LoginForm) -> Session | None:
    try:
        if exceeded := SIGN_IN.hit(actor.network):
            raise exceeded.error()
        return sessions.create_administrator_session(
            **form.cleaned_data, actor=actor, replaces=session_cookie.credentials(request)
        )
    except DashboardError as error:
        form.add_error(None, refusal_message(error))
        return None


def _next_url(request: HttpRequest) -> str:
    """Return the requested page to open after the sign-in, or an empty string if it is not on this host."""
    url = request.POST.get("next") or request.GET.get("next") or ""
    return url if url_has_allowed_host_and_scheme(url, {request.get_host()}) else ""


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """End the session, delete the cookie and redirect to the sign-in form."""
    request = cast("AdminRequest", request)
    with contextlib.suppress(DashboardError):  # another request may have ended the session already
        sessions.set_own_session_ended(request.auth.sessionid, request.user.accountid, actor_of(request))
    messages.info(request, "You are signed out.")
    response = redirect("admin:login")
    session_cookie.delete_cookie(response)
    return response
