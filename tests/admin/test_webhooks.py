"""The owner's pages of webhooks: create one, see its secret once, change it, and send again what was given up."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from dashboard.core.actor import Actor
from events.models import Action, Event
from sessions_app.models import Session
from tests.admin.browser import Browser, text
from tests.cases import everything
from tests.factories import PASSWORD
from webhooks.models import Delivery, Webhook
from webhooks.services import webhooks
from webhooks.services.webhooks import secrets_of

PAGES = "webhooks/"
URL = "https://app.example.com/hooks"
CHANGES = ("rotate-webhook-secret", "disable-webhook", "enable-webhook", "send-again", "delete-webhook")


@pytest.fixture
def webhook(db: None) -> Webhook:
    return webhooks.create_webhook(URL, [Action.DELETE_ACCOUNT], Actor.command_line())


def secret_in(page: Any) -> str:
    found = re.search(r'value="(whsec_[^"]+)"', page.content.decode())
    assert found, text(page)
    return found[1]


def dead_letter(webhook: Webhook) -> Delivery:
    return Delivery.objects.create(
        webhook=webhook,
        event_id=17,
        action="delete-account",
        accountid="acct_0123456789abcdef",
        body="{}",
        attempts=17,
        last_error="The answer was 500.",
        died_at=timezone.now(),
    )


def test_secret_is_shown_once(owner: Browser) -> None:
    page = owner.submit(f"{PAGES}add/", url=URL, actions=["delete-account", "create-account"], in_order="on")
    secret = secret_in(page)
    assert "no-store" in page["Cache-Control"]
    webhook = Webhook.objects.get()
    assert (webhook.url, webhook.actions, webhook.in_order) == (URL, "create-account delete-account", True)
    assert secrets_of(webhook) == [secret]
    overview = owner.get(PAGES)
    assert URL in text(overview)
    assert secret not in overview.content.decode() + str(everything())
    event = Event.objects.get(action=Action.CREATE_WEBHOOK)
    assert (event.actor_accountid, event.targetid, event.details) == (owner.account.pk, webhook.pk, "app.example.com")


def test_refusal_stands_beside_the_field(owner: Browser) -> None:
    page = owner.submit(f"{PAGES}add/", url="http://app.example.com/")
    assert "The URL must begin with https://" in text(page)
    assert not Webhook.objects.exists()


def test_changes(owner: Browser, webhook: Webhook) -> None:
    assert (
        secret_in(owner.submit(f"{PAGES}{webhook.pk}/rotate-webhook-secret/")) == secrets_of(Webhook.objects.get())[0]
    )
    for name, said, state in (("disable", "disabled", "disabled"), ("enable", "enabled", "enabled")):
        answer = owner.submit(f"{PAGES}{webhook.pk}/{name}-webhook/")
        assert answer.status_code == 302
        assert f"{URL}: {said}." in text(owner.get(PAGES))
        assert Webhook.objects.get().state == state
    owner.submit(f"{PAGES}{webhook.pk}/delete-webhook/")
    assert not Webhook.objects.exists()


def test_what_was_given_up_is_listed_and_sent_again(owner: Browser, webhook: Webhook) -> None:
    assert "Send again" not in text(owner.get(PAGES))
    dead = dead_letter(webhook)
    page = text(owner.get(PAGES))
    assert dead.eventid in page
    assert "The answer was 500." in page
    assert "Send again" in page
    owner.submit(f"{PAGES}{webhook.pk}/send-again/")
    dead.refresh_from_db()
    assert (dead.died_at, dead.attempts) == (None, 0)


def test_unknown_webhook_and_change(owner: Browser, webhook: Webhook) -> None:
    assert owner.get(f"{PAGES}hook_0123456789abcdef/delete-webhook/").status_code == 302
    assert "No webhook has this webhookid." in text(owner.get(PAGES))
    assert owner.get(f"{PAGES}{webhook.pk}/something/").status_code == 404
    owner.submit(f"{PAGES}{webhook.pk}/disable-webhook/")
    owner.submit(f"{PAGES}{webhook.pk}/disable-webhook/")
    assert "The webhook is disabled already." in text(owner.get(PAGES))


def test_other_administrators_neither_see_nor_change_them(support: Browser, webhook: Webhook) -> None:
    assert "Webhooks" not in text(support.get(""))
    for page in ("", "add/", *(f"{webhook.pk}/{name}/" for name in CHANGES)):
        assert support.get(f"{PAGES}{page}").status_code == 403
        assert support.client.post(f"/admin/{PAGES}{page}").status_code == 403
    assert Webhook.objects.get().state == "enabled"


def test_change_asks_for_the_password(owner: Browser, webhook: Webhook) -> None:
    Session.objects.update(last_verified_at=timezone.now() - timedelta(days=1))
    page = owner.submit(f"{PAGES}{webhook.pk}/delete-webhook/")
    assert Webhook.objects.exists()
    owner.resubmit(page, f"{PAGES}{webhook.pk}/delete-webhook/", **{"password-again": PASSWORD})
    assert not Webhook.objects.exists()
