"""The owner's pages of service credentials: list, create and revoke them. A new token is shown once.

Each change is a POST, before which the site asks for the password if that was not verified recently.
"""

from datetime import datetime, timedelta
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from admin_site.actions.base import VERBATIM_INPUT
from admin_site.custom_views import ServiceForm, View, owner_urls, render_page
from admin_site.pages.labels import refusal_message
from admin_site.pages.references import References
from admin_site.pages.tables import local_time
from admin_site.requests import AdminRequest, actor_of
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.services import Scope
from service_credentials.models import ServiceCredential
from service_credentials.services import credentials

OVERVIEW = "admin:service_credentials"
UNUSABLE_ROWS = 200  # on the page, of those that were revoked or have expired: nothing deletes them
SCOPES = [
    (Scope.ACT_FOR_USERS, "Act for users who are signed in, as the application server does"),
    (Scope.CREATE_RESET_CODES, "Create reset codes for accounts without a role"),
    (Scope.READ_EVENTS, "Read all events"),
    (Scope.ADMINISTER, "Do what administrators do to accounts without a role"),
]
LIFETIMES = {"90": "90 days", "365": "A year", "": "Until it is revoked"}


class CredentialForm(ServiceForm):
    name = forms.CharField(
        label="Which program is it for?",
        max_length=credentials.NAME_LENGTH,
        help_text="For example: Web application",
        widget=UnfoldAdminTextInputWidget,
    )
    scopes = forms.MultipleChoiceField(
        label="What may it do?", choices=SCOPES, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )
    networks = forms.CharField(
        label="From where?",
        required=False,
        help_text="Networks or addresses of the program, one in a line. Empty: from anywhere.",
        widget=UnfoldAdminTextareaWidget({"rows": 3, **VERBATIM_INPUT}),
    )
    lifetime = forms.ChoiceField(
        label="How long?",
        required=False,
        choices=[*LIFETIMES.items()],
        initial="365",
        widget=UnfoldAdminRadioSelectWidget,
    )

    FIELD_OF: ClassVar = {
        ErrorCode.CREDENTIAL_NAME: "name",
        ErrorCode.CREDENTIAL_SCOPES: "scopes",
        ErrorCode.CREDENTIAL_NETWORKS: "networks",
    }

    @property
    def expires_at(self) -> datetime | None:
        days: str = self.cleaned_data["lifetime"]
        return timezone.now() + timedelta(days=int(days)) if days else None


def urls(site: AdminSite) -> list[URLPattern]:
    """Return the URLs of these pages."""
    return owner_urls(site, "service-credentials/", PAGES)


@require_GET
def overview(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """List the credentials, the newest first: all that can be used, and then the others."""
    now = timezone.now()
    usable = ServiceCredential.objects.usable(now)
    others = ServiceCredential.objects.exclude(pk__in=usable.values("pk"))
    rows = [*usable.newest_first(), *others.newest_first()[:UNUSABLE_ROWS]]
    references = References.of_accounts(row.created_by for row in rows)
    shown = [_described(row, now, references) for row in rows]
    return render_page(site, request, "service_credentials", {"credentials": shown, "title": "Service credentials"})


def _described(row: ServiceCredential, now: datetime, references: References) -> dict[str, Any]:
    return {
        "row": row,
        "scopes": row.scopes.split(),
        "networks": row.networks.split(),
        "is_expired": row.is_expired(now),
        "created": local_time(row.created_at),
        "created_by": references.account(row.created_by),
        "used": local_time(row.last_used_at),
        "expires": local_time(row.expires_at),
        "revoked": local_time(row.revoked_at),
    }


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Ask what a new credential is for; create it, and show its token once."""
    current, form = cast("AdminRequest", request), CredentialForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            credential, token = credentials.create_credential(
                data["name"], data["scopes"], data["networks"].split(), form.expires_at, actor_of(current)
            )
        except DashboardError as error:
            form.add_refusal(error)
        else:
            return _token_page(site, request, credential, token)
    context = {"form": form, "title": "Create a service credential", "back": reverse(OVERVIEW)}
    return render_page(site, request, "service_credential_add", context)


def _token_page(site: AdminSite, request: HttpRequest, credential: ServiceCredential, token: str) -> HttpResponse:
    context = {
        "title": f"Token of {credential.name}",
        "credential": credential,
        "token": token,
        "expires": local_time(credential.expires_at),
        "back": reverse(OVERVIEW),
    }
    return render_page(site, request, "service_credential_token", context)


@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, credentialid: str, *, site: AdminSite) -> HttpResponse:
    """Ask whether to revoke a credential, and revoke it."""
    try:
        credential = ServiceCredential.objects.get_or_refuse(credentialid)
        if request.method == "POST":
            credentials.revoke_credential(credentialid, actor_of(cast("AdminRequest", request)))
            messages.success(request, f"{credential.name}: the credential is revoked.")
            return redirect(OVERVIEW)
    except DashboardError as error:
        messages.error(request, refusal_message(error))
        return redirect(OVERVIEW)
    context = {"credential": credential, "used": local_time(credential.last_used_at)}
    return render_page(site, request, "service_credential_revoke", {**context, "title": f"Revoke {credential.name}?"})


PAGES: list[tuple[str, View, str]] = [
    ("", overview, "service_credentials"),
    ("add/", add, "service_credential_add"),
    ("<slug:credentialid>/revoke/", revoke, "service_credential_revoke"),
]
