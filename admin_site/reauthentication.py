"""The password asked again: before a change, once its last proof is older than SESSION_VERIFICATION_DELAY."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django import forms
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from unfold.widgets import UnfoldAdminPasswordWidget

from admin_site.pages.labels import refused
from admin_site.requests import AdminRequest, actor_of
from dashboard.core.errors import DashboardError
from sessions_app.services import sessions

View = Callable[..., HttpResponseBase]
FIELD = "password-again"


class ProofForm(forms.Form):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        widget = UnfoldAdminPasswordWidget({"autofocus": True, "autocomplete": "current-password"})
        self.fields[FIELD] = forms.CharField(label="Your password", strip=False, widget=widget)


def proven(view: View, context: Callable[[HttpRequest], dict[str, Any]]) -> View:
    """The view, behind a page that asks for the password where it is to be proven again before a change.

    That page keeps what was posted, so that with the right password the change goes on as it was begun.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        current = cast("AdminRequest", request)
        if request.method != "POST" or current.auth.is_proof_recent(timezone.now()):
            return view(request, *args, **kwargs)
        form = ProofForm(request.POST if FIELD in request.POST else None)
        if form.is_valid() and _proves(current, form):
            request.POST = _others(request.POST)  # type: ignore[assignment]
            return view(request, *args, **kwargs)
        kept = [(name, value) for name, values in _others(request.POST).lists() for value in values]
        return render(request, "admin_site/reauthenticate.html", {**context(request), "form": form, "kept": kept})

    return wrapped


def _proves(request: AdminRequest, form: ProofForm) -> bool:
    try:
        sessions.set_current_session_verified(request.auth, form.cleaned_data[FIELD], actor_of(request))
    except DashboardError as error:
        form.add_error(FIELD, refused(error))
        return False
    return True


def _others(posted: QueryDict) -> QueryDict:
    others = posted.copy()
    for name in (FIELD, "csrfmiddlewaretoken"):
        others.pop(name, None)
    return others
