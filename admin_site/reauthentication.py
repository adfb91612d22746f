"""Re-authentication: ask for the password again before a change.

It is required once the session's last password verification is older than SESSION_VERIFICATION_DELAY seconds, as OWASP
ASVS 5.0, 7.5.1 asks before changes of what authenticates.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django import forms
from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from unfold.widgets import UnfoldAdminPasswordWidget

from admin_site.pages.labels import refusal_message
from admin_site.requests import AdminRequest, actor_of, check_proof_rate
from dashboard.core.errors import DashboardError
from sessions_app.models import Session
from sessions_app.services import sessions

View = Callable[..., HttpResponseBase]
FIELD_NAME = "password-again"


class ReauthenticationForm(forms.Form):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        widget = UnfoldAdminPasswordWidget({"autofocus": True, "autocomplete": "current-password"})
        self.fields[FIELD_NAME] = forms.CharField(label="Password", strip=False, widget=widget)


def reauthentication_required(view: View, context: Callable[[HttpRequest], dict[str, Any]]) -> View:
    """Wrap a view so that a POST asks for the password first if it was not verified recently.

    The password page carries the posted fields along, so the change continues once the password is right. `context`
    returns the template context that every page of the site needs.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        current = cast("AdminRequest", request)
        if request.method != "POST" or current.auth.is_proof_recent(timezone.now()):
            return view(request, *args, **kwargs)
        form = ReauthenticationForm(request.POST if FIELD_NAME in request.POST else None)
        if form.is_valid() and (session := _verify_password(current, form)):
            request.POST = _change_fields(request.POST)  # type: ignore[assignment]
            current.renewed = session if session.token else None
            return view(request, *args, **kwargs)
        fields = [(name, value) for name, values in _change_fields(request.POST).lists() for value in values]
        return render(request, "admin_site/reauthenticate.html", {**context(request), "form": form, "fields": fields})

    return wrapped


def _verify_password(request: AdminRequest, form: ReauthenticationForm) -> Session | None:
    """Return the session with its new token, if RENEW_TOKENS, or None for a password that is refused."""
    password, renew = form.cleaned_data[FIELD_NAME], settings.RENEW_TOKENS
    try:
        check_proof_rate(request)
        return sessions.set_current_session_verified(request.auth, password, actor_of(request), renew_token=renew)
    except DashboardError as error:
        form.add_error(FIELD_NAME, refusal_message(error))
        return None


def _change_fields(posted: QueryDict) -> QueryDict:
    """Return the posted fields of the change, without those of the password page."""
    fields = posted.copy()
    for name in (FIELD_NAME, "csrfmiddlewaretoken"):
        fields.pop(name, None)
    return fields
