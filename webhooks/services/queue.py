"""The queue of deliveries: fill it from the feed, lease what may be sent, and store the outcomes.

Any number of workers share it. A worker leases a delivery by setting its next attempt into the future, and sends it
outside any transaction; if it is killed, another takes over when the lease is over. So a message may be sent twice,
with the same id, and is never lost. SQLite has one writer at a time, and so needs no SKIP LOCKED.
"""

import logging
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import orjson
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from dashboard.core.errors import DashboardError, ErrorCode
from events.models import Event, FeedReader
from events.services import feed, feed_readers
from events.services.feed_cursors import Cursor
from webhooks.models import READER, Delivery, Webhook
from webhooks.services.sending import Message, Outcome
from webhooks.services.webhooks import secrets_of

logger = logging.getLogger(__name__)

QUEUE_LENGTH = 1000  # of a webhook; what comes after that waits in the feed
PAGE = 500
LEASE = timedelta(seconds=30)  # longer than an attempt takes
CONFIRM = timedelta(seconds=30)  # between two writes of the cursor of a webhook that has no new events
OVERLAP = timedelta(hours=1)  # what is sent again after a restore of the database, in case its latest events were lost

# After how many seconds a failed attempt is made again: three days in all.
MINUTE, HOUR = 60, 3600
RETRIES = (5, 30, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, *[8 * HOUR] * 8)
JITTER = 0.2  # of it, more or less

# A webhook that keeps failing is called less often.
FAILURES_BEFORE_REST = 5
LONGEST_REST = 300  # seconds


def fetch_all() -> int:
    """Put new events into the queues of all webhooks. Return how many."""
    webhooks = Webhook.objects.enabled().order_by("pk")
    return sum(_fetch(webhook.pk) for webhook in webhooks if _has_room(webhook.pk) and _has_news(webhook))


def _has_room(webhookid: str) -> bool:
    """Whether the queue has room for a whole page: a few events at a time would cost a read of the feed each."""
    return Delivery.objects.pending().filter(webhook=webhookid).count() <= QUEUE_LENGTH - PAGE


def _has_news(webhook: Webhook) -> bool:
    """Return, without a lock, whether there is anything to fetch, so that nothing is written when nothing happens."""
    reader = FeedReader.objects.filter(owner=webhook.pk, name=READER).first()
    if reader is None:
        return True
    try:
        cursor, is_there = feed.peek(Cursor.decode(reader.cursor))
    except DashboardError:
        return True
    return is_there or (timezone.now() - reader.confirmed_at > CONFIRM and cursor.encode() != reader.cursor)


@transaction.atomic
def _fetch(webhookid: str) -> int:
    """Put the next events into the queue of a webhook, and its cursor behind them, both or neither."""
    webhook = Webhook.objects.enabled().select_for_update(skip_locked=True).filter(pk=webhookid).first()
    if webhook is None or not _has_room(webhookid):
        return 0
    reader, _ = FeedReader.objects.get_or_create(
        owner=webhookid, name=READER, defaults={"cursor": feed.from_now().encode()}
    )
    page = _read(reader, webhook, PAGE)
    Delivery.objects.bulk_create((_delivery(webhook, it) for it in page.events), ignore_conflicts=True)
    reader.cursor, reader.confirmed_at = page.cursor.encode(), timezone.now()
    reader.save()
    return len(page.events)


def _read(reader: FeedReader, webhook: Webhook, limit: int) -> feed.Page:
    """Read the feed. If it refuses the cursor, start again: better to send something twice than not at all."""
    actions = webhook.actions.split()
    try:
        return feed.read(Cursor.decode(reader.cursor), actions, limit)
    except DashboardError as error:
        logger.error("The feed of %s begins again: %s", webhook.pk, error)  # noqa: TRY400
        overtaken = error.error_code is ErrorCode.FEED_OVERTAKEN
        cursor = feed.from_beginning() if overtaken else feed.from_time(reader.confirmed_at - OVERLAP)
        return feed.read(cursor, actions, limit, is_new=True)


def _delivery(webhook: Webhook, event: Event) -> Delivery:
    data = event.as_json()
    body = orjson.dumps({"type": event.action, "timestamp": data["createdAt"], "data": data}).decode()
    return Delivery(webhook=webhook, event_id=event.pk, action=event.action, accountid=event.accountid, body=body)


@transaction.atomic
def lease(free: int, sending: Iterable[str] = ()) -> list[Delivery]:
    """Return deliveries that may be sent now, and keep other workers from them for LEASE.

    Those of a webhook are in the order of the feed. `free` is how many messages the worker has room for, and `sending`
    has the webhook of each that is on its way.
    """
    now, held = timezone.now(), Counter(sending)
    leased: list[Delivery] = []
    is_complete = False
    while not is_complete:
        room = free - len(leased)
        full = [webhookid for webhookid, count in held.items() if not _may_send_more(count, room)]
        found = list(_due(now).exclude(webhook__in=full)[:room])
        taken = _share(found, held, room)
        _take(taken, now)
        leased += taken
        is_complete = len(taken) == len(found)
    return leased


def _due(now: datetime) -> QuerySet[Delivery]:
    due = Delivery.objects.due(now).order_by("pk")
    if connection.vendor == "postgresql":
        due = due.select_for_update(skip_locked=True, of=("self",))
    return due.select_related("webhook")


def _may_send_more(held: int, room: int) -> bool:
    """Whether a webhook with so many messages on their way may have another one.

    It may have half as many as there is room for, so that a slow receiver leaves room for all others: it fills a third,
    and the next slow one a third of the rest (Choudhury and Hahne, "Dynamic Queue Length Thresholds", 1998).
    """
    return 2 * held < room


def _share(found: Sequence[Delivery], held: Counter[str], room: int) -> list[Delivery]:
    """Return those for which their webhooks may have the room, and count them as held."""
    taken: list[Delivery] = []
    for delivery in found:
        if _may_send_more(held[delivery.webhook_id], room - len(taken)):
            held[delivery.webhook_id] += 1
            taken.append(delivery)
    return taken


def _take(deliveries: Sequence[Delivery], now: datetime) -> None:
    for delivery in deliveries:
        delivery.attempts += 1
        delivery.last_attempt_at, delivery.next_attempt_at = now, now + LEASE
    Delivery.objects.bulk_update(deliveries, ["attempts", "last_attempt_at", "next_attempt_at"])


def message_of(delivery: Delivery) -> Message:
    """Return the message to send. Raises UnreadableSecretError if no key decrypts the secret."""
    return Message(delivery.eventid, delivery.webhook.url, delivery.body.encode(), secrets_of(delivery.webhook))


@transaction.atomic
def finish(outcomes: Sequence[tuple[Delivery, Outcome]]) -> None:
    """Store the outcomes of attempts, unless other workers have taken over meanwhile."""
    now = timezone.now()
    webhookids = sorted({delivery.webhook_id for delivery, _ in outcomes})
    _lock(webhookids)
    arrived = [delivery for delivery, outcome in outcomes if outcome.is_success]
    for attempts in {it.attempts for it in arrived}:
        pks = [it.pk for it in arrived if it.attempts == attempts]
        Delivery.objects.pending().filter(pk__in=pks, attempts=attempts).delete()
    for webhookid in webhookids:
        if any(it.webhook_id == webhookid for it in arrived):
            _note_success(webhookid, now)
        for delivery, outcome in outcomes:
            if delivery.webhook_id == webhookid and not outcome.is_success:
                _fail(delivery, outcome, now)


def _lock(webhookids: Sequence[str]) -> None:
    """Lock webhooks in one order, before their deliveries, as the operations of the owner do."""
    list(Webhook.objects.select_for_update().filter(pk__in=webhookids).order_by("pk").values_list("pk"))


def _fail(delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    logger.warning("Not delivered: %s to %s. %s", delivery.eventid, delivery.webhook_id, outcome.reason)
    is_over = delivery.attempts > len(RETRIES)
    Delivery.objects.pending().filter(pk=delivery.pk, attempts=delivery.attempts).update(
        last_error=outcome.reason,
        next_attempt_at=now + wait_after(delivery.attempts),
        died_at=now if is_over else None,
    )
    _note_failure(delivery.webhook_id, outcome, now)


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts, with random jitter, so that not all retry at once."""
    seconds = RETRIES[min(attempts, len(RETRIES)) - 1]
    return timedelta(seconds=seconds * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311  no secret


def _note_success(webhookid: str, now: datetime) -> None:
    """Write only what has changed, at most once a second: successes are many."""
    webhook = Webhook.objects.filter(pk=webhookid)
    webhook.exclude(failures=0).update(failures=0, failing_since=None, resting_until=None)
    webhook.exclude(last_delivered_at__gt=now - timedelta(seconds=1)).update(last_delivered_at=now)


def _note_failure(webhookid: str, outcome: Outcome, now: datetime) -> None:
    webhook = Webhook.objects.filter(pk=webhookid).first()
    if webhook is None:
        return
    webhook.failures = webhook.failures + 1
    webhook.failing_since = webhook.failing_since or now
    if webhook.failures >= FAILURES_BEFORE_REST:
        seconds = min(2 ** min(webhook.failures - FAILURES_BEFORE_REST, 10), LONGEST_REST)
        webhook.resting_until = now + timedelta(seconds=seconds)
    if outcome.is_gone and webhook.disabled_at is None:
        logger.error("%s is disabled: it has answered 410.", webhookid)
        webhook.disabled_at = now
    webhook.save(update_fields=["failures", "failing_since", "resting_until", "disabled_at"])


def counts(webhook: Webhook) -> tuple[int, int]:
    """Return how many deliveries of a webhook are pending, and how many were given up."""
    deliveries = Delivery.objects.filter(webhook=webhook)
    return deliveries.pending().count(), deliveries.dead().count()


def never_tried(since: datetime) -> bool:
    """Return whether an event has waited since then without an attempt, or without being queued."""
    pending = Delivery.objects.pending().filter(webhook__disabled_at=None, attempts=0, created_at__lt=since)
    if pending.exclude(webhook__failures__gt=0).exists():
        return True
    owners = Webhook.objects.enabled().filter(created_at__lt=since).values("pk")
    readers = FeedReader.objects.filter(owner__in=owners, confirmed_at__lt=since)
    return any(feed_readers.unread(reader, 1) for reader in readers)


def waiting_since() -> datetime | None:
    """Return since when the oldest event has waited for a webhook that is enabled: in its queue, or in the feed.

    They stay in the feed without a worker, which fills the queue.
    """
    pending = Delivery.objects.pending().filter(webhook__disabled_at=None)
    queued = pending.order_by("created_at").values_list("created_at", flat=True).first()
    webhooks = {webhook.pk: webhook for webhook in Webhook.objects.enabled()}
    readers = FeedReader.objects.filter(owner__in=webhooks, name=READER)
    unread = (_unread_since(reader, webhooks[reader.owner]) for reader in readers)
    return min((moment for moment in (queued, *unread) if moment), default=None)


def _unread_since(reader: FeedReader, webhook: Webhook) -> datetime | None:
    """Return when the first event was recorded that this webhook is to get, and that came after its last reading.

    One query by an index, because it is made at each scrape: reading the feed takes longer the more there is.
    """
    events = Event.objects.filter(created_at__gt=reader.confirmed_at)
    if actions := webhook.actions.split():
        events = events.filter(action__in=actions)
    return events.order_by("created_at").values_list("created_at", flat=True).first()


def forget_dead(older_than: timedelta) -> int:
    """Delete deliveries that were given up this long ago. Return how many."""
    deleted, _ = Delivery.objects.dead().filter(died_at__lt=timezone.now() - older_than).delete()
    return deleted
