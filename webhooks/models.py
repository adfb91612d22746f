"""Webhooks: addresses to which events are sent, and the events that wait to be sent there."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, Min, OuterRef, Q
from django.utils import timezone

from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.json import JSON, isoformat, without_none
from dashboard.models import ID_PATTERN, IdField, TenantManager, current_appid

READER = "webhook"  # the name under which a webhook is a reader of the feed; its owner is the webhook's id


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def enabled(self) -> Self:
        return self.filter(disabled_at=None)

    def get_or_refuse(self, given: str) -> "Webhook":
        """Return the webhook with this id. Raises invalid-webhookid (400 missing, 404 unknown)."""
        if not given:
            raise DashboardError(ErrorCode.WEBHOOKID_MISSING)
        webhook = self.filter(pk=given).first() if ID_PATTERN.fullmatch(given) else None
        if webhook is None:
            raise DashboardError(ErrorCode.WEBHOOKID_UNKNOWN)
        return webhook


class Webhook(models.Model):
    """An address, which events are sent there, and its state. Secrets are encrypted for its id."""

    webhookid = IdField("hook")
    appid = models.CharField(max_length=255, default=current_appid)
    url = models.CharField(max_length=500)
    actions = models.TextField(blank=True, help_text="Which events, separated by spaces; empty: all.")
    in_order = models.BooleanField(
        default=False, help_text="Whether to send one event after another, not only those of one account."
    )
    encrypted_secret = models.CharField(max_length=255)
    encrypted_former_secret = models.CharField(max_length=255, blank=True)
    former_secret_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    disabled_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0, help_text="In a row, of whichever events.")
    failing_since = models.DateTimeField(null=True, blank=True)
    resting_until = models.DateTimeField(null=True, blank=True, help_text="Until then it is left alone.")
    last_delivered_at = models.DateTimeField(null=True, blank=True)

    secret: str | None = None  # set only when it is made

    objects = TenantManager.from_queryset(WebhookQuerySet)()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["appid", "-created_at", "-webhookid"], name="webhook_newest")]

    def __str__(self) -> str:
        return str(self.webhookid)

    @property
    def state(self) -> str:
        """The state, in a word."""
        if self.disabled_at:
            return "disabled"
        return "failing" if self.failing_since else "enabled"

    def as_json(self) -> JSON:
        return without_none(
            {
                "webhookid": self.webhookid,
                "object": "webhook",
                "appid": self.appid,
                "url": self.url,
                "actions": self.actions.split() or None,
                "inOrder": self.in_order or None,
                "secret": self.secret,
                "formerSecretUntil": isoformat(self.former_secret_until),
                "createdAt": isoformat(self.created_at),
                "disabledAt": isoformat(self.disabled_at),
                "failingSince": isoformat(self.failing_since),
                "lastDeliveredAt": isoformat(self.last_delivered_at),
            }
        )


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def pending(self) -> Self:
        return self.filter(died_at=None)

    def dead(self) -> Self:
        return self.filter(died_at__isnull=False)

    def due(self, now: datetime) -> Self:
        """Select what may be sent now. An account's event waits for the pending ones before it."""
        pending = Delivery.objects.pending()
        heads = pending.filter(webhook__in_order=True).values("webhook").annotate(head=Min("pk")).values("head")
        of_account = pending.filter(webhook=OuterRef("webhook"), accountid=OuterRef("accountid"), pk__lt=OuterRef("pk"))
        return self.pending().filter(
            Q(webhook__in_order=True, pk__in=heads)
            | Q(webhook__in_order=False) & (Q(accountid="") | ~Exists(of_account)),
            Q(webhook__resting_until=None) | Q(webhook__resting_until__lte=now),
            next_attempt_at__lte=now,
            webhook__disabled_at=None,
        )


class Delivery(models.Model):
    """An event that waits to be sent to a webhook, or could not be. Ids are in the order of the feed.

    It is deleted when it has arrived. The worker that sends it sets `next_attempt_at` to the time from which another
    worker may take it over.
    """

    appid = models.CharField(max_length=255, default=current_appid)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    event_id = models.BigIntegerField()
    action = models.CharField(max_length=40)
    accountid = models.CharField(max_length=21, blank=True)
    body = models.TextField(help_text="What is sent.")
    created_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    last_attempt_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=255, blank=True)
    died_at = models.DateTimeField(null=True, blank=True, help_text="When it was given up.")

    objects = TenantManager.from_queryset(DeliveryQuerySet)()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints: ClassVar = [models.UniqueConstraint(fields=["webhook", "event_id"], name="delivery_of_event")]
        indexes: ClassVar = [
            models.Index(fields=["webhook", "accountid", "id"], condition=Q(died_at=None), name="delivery_of_account"),
            models.Index(fields=["webhook", "id"], condition=Q(died_at=None), name="delivery_pending"),
            models.Index(fields=["appid", "-died_at"], condition=Q(died_at__isnull=False), name="delivery_dead"),
        ]

    def __str__(self) -> str:
        return self.eventid

    @property
    def eventid(self) -> str:
        """The id of the event on the wire, and of the message."""
        return f"evnt_{self.event_id:016x}"

    def as_json(self) -> JSON:
        return without_none(
            {
                "deliveryid": self.pk,
                "object": "delivery",
                "appid": self.appid,
                "webhookid": self.webhook_id,
                "eventid": self.eventid,
                "action": self.action,
                "accountid": self.accountid or None,
                "attempts": self.attempts,
                "lastError": self.last_error or None,
                "createdAt": isoformat(self.created_at),
                "diedAt": isoformat(self.died_at),
            }
        )
