"""Signing in to the site and out of it.

A sign-in creates an ordinary session: it is listed with all others and ends by the same rules. That of an account with
a second factor has a second page, which asks for it.
"""

import contextlib
import json
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from admin_site import session_cookie
from admin_site.pages.labels import refusal_message
from admin_site.requests import AdminRequest, actor_of
from dashboard.api.access.throttling import SIGN_IN
from dashboard.core.actor import Actor, ActorKind
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.json import JSON
from second_factors.services import challenges
from second_factors.services.proofs import Proof
from sessions_app import browser_cookie
from sessions_app.models import Session
from sessions_app.services import sessions

CODE_ATTRIBUTES = {"autofocus": True, "autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
CODE_LABELS = {
    (True, False): "Code of your authenticator app",
    (True, True): "Code of your authenticator app, or a recovery code",
    (False, True): "Recovery code",
}


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


class SecondStepForm(forms.Form):
    """Ask for a code, of the kinds that the account has; a script fills in the credential of a passkey."""

    code = forms.CharField(required=False, widget=UnfoldAdminTextInputWidget(CODE_ATTRIBUTES))

    def __init__(self, factors: list[str]) -> None:
        super().__init__()
        label = CODE_LABELS.get(("totp" in factors, "recovery-code" in factors))
        if label:
            self.fields["code"].label = label
        else:
            del self.fields["code"]


@never_cache
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show the sign-in form on GET. On POST, create a session and redirect to `next` or the home page.

    The page of the second step posts here, too, with a challenge.
    """
    actor = browser_cookie.with_browserid(Actor.of(request, ActorKind.ANYBODY, None), request)
    if "challenge" in request.POST:
        return _second_step(request, actor, context)
    form = LoginForm(request.POST or None)
    if form.is_valid():
        try:
            _check_rate(actor)
            replaces = session_cookie.credentials(request)
            session = sessions.create_administrator_session(**form.cleaned_data, actor=actor, replaces=replaces)
            return _welcome(request, session, actor)
        except DashboardError as error:
            if error.error_code is ErrorCode.SECOND_FACTOR_REQUIRED:
                return _ask(request, context, error.fields)
            form.add_error(None, refusal_message(error))
    return render(request, "admin_site/login.html", {**context, "form": form, "next": _next_url(request)})


def _second_step(request: HttpRequest, actor: Actor, context: dict[str, Any]) -> HttpResponse:
    """Create the session if the code or the passkey is right. Else ask again, or begin anew where that is of no use."""
    challenge, proof = _posted(request, "challenge"), Proof(_posted(request, "code"), _posted(request, "credential"))
    try:
        _check_rate(actor)
        replaces = session_cookie.credentials(request)
        return _welcome(request, sessions.complete_administrator_session(challenge, proof, actor, replaces), actor)
    except DashboardError as error:
        refusal = refusal_message(error)
    if fields := challenges.fields_of(challenge):
        return _ask(request, context, fields, refusal)
    messages.error(request, refusal)
    next_url = _next_url(request)
    return redirect(reverse("admin:login") + (f"?{urlencode({'next': next_url})}" if next_url else ""))


def _posted(request: HttpRequest, name: str) -> str:
    return str(request.POST.get(name, "")).replace("\0", "")


def _ask(request: HttpRequest, context: dict[str, Any], fields: JSON, refusal: str = "") -> HttpResponse:
    """Show the page of the second step. `fields` are those of second-factor-required."""
    options = fields.get("passkeyOptions")
    page = {
        "form": SecondStepForm(fields["factors"]),
        "challenge": fields["challenge"],
        "passkey_options": json.dumps(options) if options else "",
        "refusal": refusal,
        "next": _next_url(request),
        "title": "Second step",
    }
    return render(request, "admin_site/second_step.html", {**context, **page})


def _check_rate(actor: Actor) -> None:
    if exceeded := SIGN_IN.hit(actor.network):
        raise exceeded.error()


def _welcome(request: HttpRequest, session: Session, actor: Actor) -> HttpResponse:
    """Store a new session in the browser, and open the page that was asked for."""
    rotate_token(request)
    response = HttpResponseRedirect(_next_url(request) or reverse("admin:index"))
    session_cookie.set_cookie(response, session)
    browser_cookie.set_cookie(response, actor)
    return response


def _next_url(request: HttpRequest) -> str:
    """Return the path to open after the sign-in, or an empty string if none of this host is asked for."""
    url = request.POST.get("next") or request.GET.get("next") or ""
    return url if url.startswith("/") and url_has_allowed_host_and_scheme(url, {request.get_host()}) else ""


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
