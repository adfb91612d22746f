"""The owner's pages of webhooks: list, create, change and delete them, and send again what was given up.

Each change is a POST, before which the site asks for the password if that was not verified recently.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.views.decorators.http import require_GET, require_http_methods
from unfold.widgets import UnfoldAdminSelectMultipleWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from admin_site.actions.base import VERBATIM_INPUT
from admin_site.custom_views import ServiceForm, View, owner_urls, render_page
from admin_site.pages.labels import refusal_message
from admin_site.pages.tables import local_time
from admin_site.requests import AdminRequest, actor_of
from dashboard.core.actor import Actor
from dashboard.core.errors import DashboardError, ErrorCode
from events.models import Action
from webhooks.models import Delivery, Webhook
from webhooks.services import queue, webhooks

OVERVIEW = "admin:webhooks"
DEAD_SHOWN = 100


class WebhookForm(ServiceForm):
    url = forms.CharField(
        label="Where to?",
        max_length=500,
        help_text="For example: https://app.example.com/hooks",
        widget=UnfoldAdminTextInputWidget(VERBATIM_INPUT),
    )
    actions = forms.MultipleChoiceField(
        label="Which events?",
        required=False,
        choices=sorted(Action.choices, key=itemgetter(1)),
        help_text="None chosen: all.",
        widget=UnfoldAdminSelectMultipleWidget({"size": 12}),
    )
    in_order = forms.BooleanField(
        label="One after another, of all accounts",
        required=False,
        help_text="Slower; one that fails holds up all others. Otherwise only those of the same account wait.",
        widget=UnfoldBooleanWidget,
    )

    FIELD_OF: ClassVar = {ErrorCode.WEBHOOK_URL: "url", ErrorCode.ACTION_INVALID: "actions"}


@dataclass(frozen=True)
class Change:
    """A change of a webhook: its button, what it means, what to say when it is done, and the service."""

    title: str
    description: str
    done: str
    call: Callable[[str, Actor], Any]
    is_destructive: bool = False


CHANGES = {
    "rotate-webhook-secret": Change(
        "New secret",
        "Messages get another secret, which is shown once. For 24 hours they are signed with the present one, too.",
        "",
        webhooks.rotate_webhook_secret,
    ),
    "disable-webhook": Change(
        "Disable",
        "Nothing is sent until it is enabled. What happens meanwhile waits.",
        "disabled",
        webhooks.disable_webhook,
    ),
    "enable-webhook": Change("Enable", "What has waited is sent at once.", "enabled", webhooks.enable_webhook),
    "send-again": Change(
        "Send again", "All events that were given up are sent again.", "sent again soon", webhooks.send_again
    ),
    "delete-webhook": Change(
        "Delete",
        "Nothing more is sent, and what waits is forgotten. This cannot be undone.",
        "deleted",
        webhooks.delete_webhook,
        is_destructive=True,
    ),
}


def urls(site: AdminSite) -> list[URLPattern]:
    """Return the URLs of these pages."""
    return owner_urls(site, "webhooks/", PAGES)


@require_GET
def overview(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """List the webhooks, the newest first, and what was given up."""
    shown = [_described(row) for row in Webhook.objects.order_by("-created_at", "-pk")]
    dead = list(Delivery.objects.dead().select_related("webhook").order_by("-died_at", "-pk")[:DEAD_SHOWN])
    labels = dict(Action.choices)
    letters = [(row, local_time(row.died_at), labels.get(row.action, row.action)) for row in dead]
    return render_page(site, request, "webhooks", {"webhooks": shown, "letters": letters, "title": "Webhooks"})


def _described(webhook: Webhook) -> dict[str, Any]:
    waiting, dead = queue.counts(webhook)
    names = ["rotate-webhook-secret", "enable-webhook" if webhook.disabled_at else "disable-webhook", "delete-webhook"]
    if dead:
        names.insert(0, "send-again")
    return {
        "row": webhook,
        "actions": webhook.actions.split(),
        "waiting": waiting,
        "dead": dead,
        "buttons": [(name, CHANGES[name]) for name in names],
        "created": local_time(webhook.created_at),
        "delivered": local_time(webhook.last_delivered_at),
        "failing": local_time(webhook.failing_since),
        "disabled": local_time(webhook.disabled_at),
        "former_until": local_time(webhook.former_secret_until),
    }


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Ask where a new webhook leads; create it, and show its secret once."""
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data, actor = form.cleaned_data, actor_of(cast("AdminRequest", request))
        try:
            webhook = webhooks.create_webhook(data["url"], data["actions"], actor, in_order=data["in_order"])
        except DashboardError as error:
            form.add_refusal(error)
        else:
            return _secret_page(site, request, webhook)
    context = {"form": form, "title": "Create a webhook", "back": reverse(OVERVIEW)}
    return render_page(site, request, "webhook_add", context)


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, webhookid: str, name: str, *, site: AdminSite) -> HttpResponse:
    """Ask whether to make a change, and make it. Raises Http404 for an unknown one."""
    if name not in CHANGES:
        raise Http404
    wanted = CHANGES[name]
    try:
        webhook = Webhook.objects.get_or_refuse(webhookid)
        if request.method == "POST":
            result = wanted.call(webhookid, actor_of(cast("AdminRequest", request)))
            if name == "rotate-webhook-secret":
                return _secret_page(site, request, result)
            messages.success(request, f"{webhook.url}: {wanted.done}.")
            return redirect(OVERVIEW)
    except DashboardError as error:
        messages.error(request, refusal_message(error))
        return redirect(OVERVIEW)
    return render_page(site, request, "webhook_change", {"webhook": webhook, "change": wanted, "title": wanted.title})


def _secret_page(site: AdminSite, request: HttpRequest, webhook: Webhook) -> HttpResponse:
    context = {"webhook": webhook, "title": "Secret of the webhook", "back": reverse(OVERVIEW)}
    return render_page(site, request, "webhook_secret", context)


PAGES: list[tuple[str, View, str]] = [
    ("", overview, "webhooks"),
    ("add/", add, "webhook_add"),
    ("<slug:webhookid>/<slug:name>/", change, "webhook_change"),
]
