"""Create webhooks, replace their secrets, turn them on and off, and delete them: by operators, and by the owner."""

import secrets
from base64 import b64encode
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.services.authority import require_owner
from dashboard.core.actor import Actor
from dashboard.core.crypto.encryption import UnreadableSecretError, decrypt, encrypt
from dashboard.core.errors import DashboardError, ErrorCode
from events.models import Action, FeedReader
from events.services import feed
from events.services.recording import record_details
from webhooks.models import READER, Delivery, Webhook

SECRET_PREFIX, SECRET_BYTES = "whsec_", 32
FORMER_SECRET_FOR = timedelta(hours=24)


@transaction.atomic
def create_webhook(url: str, actions: Iterable[str], actor: Actor, *, in_order: bool = False) -> Webhook:
    """Create a webhook for the events from now on. Its `secret` is set, and cannot be read again.

    Raises invalid-account (403) for anybody but the owner and operators, invalid-url, invalid-action (400).
    """
    require_owner(actor)
    webhook = Webhook(url=_checked_url(url), actions=" ".join(_checked_actions(actions)), in_order=in_order)
    _set_secret(webhook)
    webhook.save(force_insert=True)
    FeedReader.objects.create(owner=webhook.pk, name=READER, cursor=feed.from_now().encode())
    record_details(Action.CREATE_WEBHOOK, actor, _described(webhook), webhook.pk)
    return webhook


@transaction.atomic
def rotate_webhook_secret(webhookid: str, actor: Actor) -> Webhook:
    """Give a webhook a new secret. For 24 hours, messages are signed with the old one, too.

    Raises invalid-account (403), invalid-webhookid (400, 404).
    """
    webhook = _locked(webhookid, actor)
    webhook.encrypted_former_secret = webhook.encrypted_secret
    webhook.former_secret_until = timezone.now() + FORMER_SECRET_FOR
    _set_secret(webhook)
    webhook.save()
    record_details(Action.ROTATE_WEBHOOK_SECRET, actor, _described(webhook), webhook.pk)
    return webhook


@transaction.atomic
def disable_webhook(webhookid: str, actor: Actor) -> Webhook:
    """Send nothing more to a webhook until it is enabled. What happens meanwhile waits, and is not purged.

    Raises invalid-account (403), invalid-webhookid (400, 404), invalid-webhook (409) for one that is disabled.
    """
    webhook = _locked(webhookid, actor)
    if webhook.disabled_at:
        raise DashboardError(ErrorCode.WEBHOOK_DISABLED)
    webhook.disabled_at = timezone.now()
    webhook.save()
    record_details(Action.DISABLE_WEBHOOK, actor, _described(webhook), webhook.pk)
    return webhook


@transaction.atomic
def enable_webhook(webhookid: str, actor: Actor) -> Webhook:
    """Send to a webhook again, at once the events that have waited.

    Raises invalid-account (403), invalid-webhookid (400, 404), invalid-webhook (409) for one that is enabled.
    """
    webhook = _locked(webhookid, actor)
    if webhook.disabled_at is None:
        raise DashboardError(ErrorCode.WEBHOOK_ENABLED)
    webhook.disabled_at = webhook.failing_since = webhook.resting_until = None
    webhook.failures = 0
    webhook.save()
    record_details(Action.ENABLE_WEBHOOK, actor, _described(webhook), webhook.pk)
    return webhook


@transaction.atomic
def delete_webhook(webhookid: str, actor: Actor) -> Webhook:
    """Delete a webhook, with all that waits for it. Raises invalid-account (403), invalid-webhookid (400, 404)."""
    webhook = _locked(webhookid, actor)
    FeedReader.objects.filter(owner=webhook.pk).delete()
    Webhook.objects.filter(pk=webhook.pk).delete()
    record_details(Action.DELETE_WEBHOOK, actor, _described(webhook), webhook.pk)
    return webhook


@transaction.atomic
def send_again(webhookid: str, actor: Actor, deliveryid: int | None = None) -> int:
    """Queue the deliveries again that were given up for a webhook: all, or one. Return how many.

    Raises invalid-account (403), invalid-webhookid (400, 404), invalid-deliveryid (404).
    """
    webhook = _locked(webhookid, actor)
    dead = Delivery.objects.dead().filter(webhook=webhook, **({"pk": deliveryid} if deliveryid is not None else {}))
    count = dead.update(died_at=None, attempts=0, next_attempt_at=timezone.now())
    if deliveryid is not None and not count:
        raise DashboardError(ErrorCode.DELIVERYID_UNKNOWN)
    if count:
        record_details(Action.SEND_AGAIN, actor, f"{_described(webhook)}: {count}", webhook.pk)
    return count


def secrets_of(webhook: Webhook) -> list[str]:
    """Return the secrets with which a message is signed now. Raises UnreadableSecretError, not for the former one."""
    current = [decrypt(webhook.encrypted_secret, webhook.pk)]
    if webhook.former_secret_until and webhook.former_secret_until > timezone.now():
        with suppress(UnreadableSecretError):  # a new secret is what repairs a webhook whose key was lost
            current.append(decrypt(webhook.encrypted_former_secret, webhook.pk))
    return current


def _locked(webhookid: str, actor: Actor) -> Webhook:
    require_owner(actor)
    return Webhook.objects.select_for_update().get_or_refuse(webhookid)


def _set_secret(webhook: Webhook) -> None:
    webhook.secret = SECRET_PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    webhook.encrypted_secret = encrypt(webhook.secret, webhook.pk)


def _checked_url(url: str) -> str:
    """Return a URL to which events may be sent. Whether its address is allowed is found out with each message."""
    schemes = ("https", "http") if settings.WEBHOOK_HTTP else ("https",)
    try:
        parts = urlsplit(url)
        is_complete = bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc and not parts.fragment
    except ValueError:
        is_complete = False
    is_plain = url.isascii() and url.isprintable() and " " not in url  # urlsplit ignores newlines and tabs
    if not is_complete or parts.scheme not in schemes or len(url) > 500 or not is_plain:
        raise DashboardError(ErrorCode.WEBHOOK_URL)
    return url


def _checked_actions(actions: Iterable[str]) -> list[str]:
    given = set(actions)
    if not given <= set(Action.values):
        raise DashboardError(ErrorCode.ACTION_INVALID)
    return sorted(given)


def _described(webhook: Webhook) -> str:
    """Return the address without its path, which may be secret."""
    return urlsplit(webhook.url).netloc
