"""From the feed to the receiver: once each, in order, again after a failure, and to nobody for ever."""

import threading
from collections import Counter
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from benchmarks.feed.receiver import receiving
from dashboard.core.actor import Actor, ActorKind
from dashboard.core.errors import DashboardError, ErrorCode
from events.models import Action, Event, FeedReader
from events.services.purging import purge_events
from events.services.recording import record
from operations.doctor import webhooks as doctor
from operations.doctor.findings import Severity
from tests.commands import run as run_command
from tests.concurrency.concurrent import SOMEBODY, SUCCESS, run_concurrently
from tests.factories import AccountFactory
from webhooks.gauges import count_dead_letters, seconds_undelivered
from webhooks.models import Delivery, Webhook
from webhooks.services import queue
from webhooks.services import webhooks as services
from webhooks.services.sending import CONCURRENCY

pytestmark = pytest.mark.django_db(transaction=True)
OPERATOR = Actor.command_line()
A, B = "acct_000000000000000a", "acct_000000000000000b"


def run(*arguments):
    ended = run_command(*arguments)
    assert ended.status == 0, ended
    return ended.said


def created(receiver, *actions, **options):
    return services.create_webhook(receiver.url, actions, OPERATOR, **options)


def happen(*accountids, action=Action.CREATE_PROFILE):
    for accountid in accountids:
        record(action, accountid, SOMEBODY)


def without_own(receiver):
    """The messages but for those about webhooks themselves."""
    return [it for it in receiver.received if "webhook" not in it.data["action"]]


def make_due():
    Delivery.objects.update(next_attempt_at=timezone.now())
    Webhook.objects.update(resting_until=None)


def test_event_arrives_signed_and_once(worker):
    with receiving() as receiver:
        webhook = created(receiver)
        happen(A)
        worker.run_once()
        worker.run_once()
        (message,) = without_own(receiver)
        event = Event.objects.get(accountid=A)
        assert message.messageid == event.public_id
        assert message.data == event.as_json()
        assert message.is_signed_by(webhook.secret)
        assert not message.is_signed_by("whsec_" + "A" * 44)
        assert not Delivery.objects.exists()


def test_only_wanted_actions_are_sent(worker):
    with receiving() as receiver:
        created(receiver, "delete-profile")
        happen(A, B)
        happen(A, action=Action.DELETE_PROFILE)
        worker.run_once()
        assert [it.data["action"] for it in receiver.received] == ["delete-profile"]


def test_events_of_an_account_wait_for_an_earlier_one_and_others_do_not(worker):
    failing = set()
    with receiving(lambda it: 500 if it.data.get("accountid") in failing else 204) as receiver:
        created(receiver, "create-profile", "delete-profile")
        failing.add(A)
        happen(A, B)
        happen(A, B, action=Action.DELETE_PROFILE)
        worker.run_once()
        assert [(it.data["accountid"], it.data["action"]) for it in receiver.received if it.data["accountid"] == A] == [
            (A, "create-profile")
        ]
        assert [it.data["action"] for it in receiver.received if it.data["accountid"] == B] == [
            "create-profile",
            "delete-profile",
        ]
        failing.clear()
        make_due()
        worker.run_once()
        assert [it.data["action"] for it in receiver.received if it.data["accountid"] == A] == [
            *["create-profile"] * 2,
            "delete-profile",
        ]


def test_webhook_in_order_sends_one_after_another(worker):
    with receiving() as receiver:
        created(receiver, in_order=True)
        happen(*[A, B] * 20)
        worker.run_once()
        assert receiver.ids == sorted(receiver.ids)
        assert len(receiver.ids) >= 40


def test_slow_receiver_does_not_hold_up_others(worker):
    """It answers only when all others have got their events, and has more than a worker sends at once."""
    arrived = [threading.Event() for _ in range(3)]
    with ExitStack() as stack:
        slow = stack.enter_context(
            receiving(
                lambda it: 204 if all(event.wait(15) for event in arrived) else 500
            )  # less than an attempt may take
        )
        created(slow, "create-profile")
        for event in arrived:
            created(stack.enter_context(receiving(lambda it, event=event: event.set() or 204)), "delete-profile")
        happen(*[f"acct_{number:016x}" for number in range(CONCURRENCY * 2)])
        happen(A, action=Action.DELETE_PROFILE)
        worker.run_once()
        assert (worker.delivered, worker.failed) == (CONCURRENCY * 2 + len(arrived), 0)


def test_webhook_has_a_third_of_what_is_sent_at_once_and_the_next_one_a_third_of_the_rest():
    hooks = [services.create_webhook(f"https://{name}.example/", [], OPERATOR).pk for name in "abc"]
    Delivery.objects.bulk_create(
        Delivery(webhook_id=hook, event_id=number, accountid=f"acct_{number:016x}")
        for hook in hooks
        for number in range(40)
    )
    leased = [it.webhook_id for it in queue.lease(32)]
    assert Counter(leased) == dict(zip(hooks, [11, 7, 5], strict=True))
    assert queue.lease(32 - len(leased), leased) == []
    leased.remove(hooks[2])
    assert [it.webhook_id for it in queue.lease(32 - len(leased), leased)] == [hooks[2]]


def test_attempts_go_on_for_three_days_and_then_it_is_given_up(worker):
    assert sum(queue.RETRIES) == pytest.approx(3 * 86_400, rel=0.05)
    with receiving(lambda it: 500) as receiver:
        webhook = created(receiver, "create-profile", "delete-profile")
        happen(A)
        happen(A, action=Action.DELETE_PROFILE)
        for attempts in range(1, len(queue.RETRIES) + 2):
            assert not Delivery.objects.dead().exists()
            make_due()
            worker.run_once()
            assert len(receiver.received) == attempts
        (dead,) = Delivery.objects.dead()
        assert dead.last_error == "The answer was 500."
        assert count_dead_letters() == 1
        receiver.answer = lambda it: 204
        make_due()
        worker.run_once()  # it does not hold the next one up
        assert receiver.received[-1].data["action"] == "delete-profile"
        assert f"{dead.pk}" in run("list_dead_letters")
        assert services.send_again(webhook.pk, OPERATOR) == 1
        worker.run_once()
        assert receiver.received[-1].messageid == dead.eventid
        assert not Delivery.objects.exists()


def test_wait_grows_and_differs():
    waits = [queue.wait_after(attempts).total_seconds() for attempts in (1, 3, 6, 40)]
    assert waits == sorted(waits)
    assert 4 <= waits[0] <= 6
    assert len({queue.wait_after(6) for _ in range(20)}) > 1


def test_failing_webhook_is_left_alone_for_a_while(worker):
    with receiving(lambda it: 503) as receiver:
        webhook = created(receiver, "create-profile")
        happen(*[f"acct_{number:016x}" for number in range(queue.FAILURES_BEFORE_REST + 3)])
        worker.run_once()
        webhook.refresh_from_db()
        assert webhook.failing_since
        assert webhook.resting_until > timezone.now()
        tried = len(receiver.received)
        Delivery.objects.update(next_attempt_at=timezone.now())
        worker.run_once()
        assert len(receiver.received) == tried
        receiver.answer = lambda it: 204
        make_due()
        worker.run_once()
        webhook.refresh_from_db()
        assert (webhook.failures, webhook.failing_since, webhook.resting_until) == (0, None, None)


def test_gone_disables_and_enabling_sends_what_has_waited(worker):
    with receiving(lambda it: 410) as receiver:
        webhook = created(receiver, "create-profile")
        happen(A)
        worker.run_once()
        webhook.refresh_from_db()
        assert webhook.state == "disabled"
        happen(B)
        receiver.answer = lambda it: 204
        make_due()
        worker.run_once()
        assert len(receiver.received) == 1
        services.enable_webhook(webhook.pk, OPERATOR)
        worker.run_once()
        assert [it.data["accountid"] for it in receiver.received] == [A, A, B] or [
            it.data["accountid"] for it in receiver.received
        ] == [A, B, A]


def test_rotation_signs_with_both_secrets_for_a_day(worker):
    with receiving() as receiver:
        webhook = created(receiver, "create-profile")
        rotated = services.rotate_webhook_secret(webhook.pk, OPERATOR)
        assert rotated.secret != webhook.secret
        happen(A)
        worker.run_once()
        assert receiver.received[0].is_signed_by(webhook.secret)
        assert receiver.received[0].is_signed_by(rotated.secret)
        Webhook.objects.update(former_secret_until=timezone.now())
        happen(A)
        worker.run_once()
        assert not receiver.received[1].is_signed_by(webhook.secret)
        assert receiver.received[1].is_signed_by(rotated.secret)


def test_secret_is_stored_encrypted(db):
    webhook = services.create_webhook("https://app.example.com/", [], OPERATOR)
    stored = Webhook.objects.values().get()
    assert webhook.secret not in str(stored)
    assert webhook.secret.removeprefix("whsec_") not in str(list(Event.objects.values()))


def test_secret_that_no_key_decrypts_fails_and_is_kept(worker):
    with receiving() as receiver:
        created(receiver, "create-profile")
        Webhook.objects.update(encrypted_secret="x")
        happen(A)
        worker.run_once()
        assert receiver.received == []
        assert "DASHBOARD_ENCRYPTION_KEY" in Delivery.objects.get().last_error


def test_new_secret_repairs_a_webhook_whose_key_is_lost(worker, settings):
    with receiving() as receiver:
        webhook = created(receiver, "create-profile")
        settings.DASHBOARD_ENCRYPTION_KEY = ["another key, since the first one is lost"]
        rotated = services.rotate_webhook_secret(webhook.pk, OPERATOR)
        happen(A)
        worker.run_once()
        (message,) = receiver.received
        assert message.is_signed_by(rotated.secret)
        assert not message.is_signed_by(webhook.secret)


def test_purge_does_not_overtake_a_webhook(worker):
    with receiving() as receiver:
        created(receiver, "create-profile")
        with time_machine.travel(timezone.now() - timedelta(days=100), tick=False):
            happen(A)
        with pytest.raises(DashboardError) as raised:
            list(purge_events(timedelta(days=30)))
        assert raised.value.error_code is ErrorCode.READERS_BEHIND
        worker.run_once()
        assert sum(purge_events(timedelta(days=30))) == 1


def test_queue_is_bounded_and_the_rest_waits_in_the_feed(worker, monkeypatch):
    monkeypatch.setattr(queue, "QUEUE_LENGTH", 5)
    monkeypatch.setattr(queue, "PAGE", 5)
    with receiving(lambda it: 500) as receiver:
        created(receiver, "create-profile")
        happen(*[A] * 12)
        worker.run_once()
        assert Delivery.objects.count() == 5
        receiver.answer = lambda it: 204
        make_due()
        worker.run_once()
        assert len({it.messageid for it in receiver.received}) == 12


def test_feed_that_begins_again_sends_rather_twice_than_not_at_all(worker):
    with receiving() as receiver:
        created(receiver, "create-profile")
        happen(A)
        worker.run_once()
        FeedReader.objects.update(cursor=queue.Cursor("another database", last=2**50).encode())
        happen(B)
        worker.run_once()
        assert [it.data["accountid"] for it in receiver.first_arrivals()] == [A, B]
        assert len(receiver.received) == 3


def test_delivery_that_another_worker_has_taken_over_is_not_finished(worker):
    with receiving() as receiver:
        created(receiver, "create-profile")
        happen(A)
        queue.fetch_all()
        (leased,) = queue.lease(10)
        assert queue.lease(10) == []
        make_due()
        (taken_over,) = queue.lease(10)
        queue.finish([(leased, queue.Outcome(status=500))])
        assert Delivery.objects.get().last_error == ""
        queue.finish([(leased, queue.Outcome(status=204))])
        assert Delivery.objects.exists()
        queue.finish([(taken_over, queue.Outcome(status=204))])
        assert not Delivery.objects.exists()
        assert receiver.received == []


@contextmanager
def deleted(webhook):
    """Lock a webhook, as its deletion does first, and delete it when the block ends."""
    with transaction.atomic():
        Webhook.objects.select_for_update().get(pk=webhook.pk)
        yield
        services.delete_webhook(webhook.pk, OPERATOR)


@pytest.mark.postgresql
@pytest.mark.parametrize("status", [204, 500])
def test_webhook_is_deleted_while_an_outcome_is_stored(status):
    webhook = services.create_webhook("https://app.example.com/", [], OPERATOR)
    queue.fetch_all()
    (leased,) = queue.lease(1)
    outcomes = [(leased, queue.Outcome(status))]
    assert run_concurrently(deleted(webhook), lambda: queue.finish(outcomes)) == {SUCCESS: 1}
    assert not Delivery.objects.exists()


def test_operations_are_the_owners_and_operators(owner, administrator):
    for client, refused in ((owner, False), (administrator, True)):
        actor = Actor(ActorKind.ACCOUNT, accountid=client.account.pk)
        if refused:
            with pytest.raises(DashboardError, match="invalid-account"):
                services.create_webhook("https://app.example.com/", [], actor)
        else:
            assert services.create_webhook("https://app.example.com/", [], actor).secret


def test_commands():
    AccountFactory()
    shown = run("create_webhook", "https://app.example.com/hooks", "--action", "delete-account")
    webhook = Webhook.objects.get()
    assert "whsec_" in shown
    assert "https://app.example.com/hooks" in run("list_webhooks")
    assert "whsec_" in run("rotate_webhook_secret", webhook.pk)
    assert "disabled" in run("disable_webhook", webhook.pk)
    assert "enabled" in run("enable_webhook", webhook.pk)
    assert "0 events" in run("send_again", webhook.pk)
    assert run("list_dead_letters") == run("list_dead_letters", "--webhook", webhook.pk) == "There are none.\n"
    for unknown in ("hook_0000000000000000", "acct_8485ad4a95d2eac8", "x"):
        refused = run_command("list_dead_letters", "--webhook", unknown)
        assert (refused.status, "invalid-webhookid" in refused.complained) == (1, True)
    assert "0 messages delivered" in run("deliver", "--once")
    assert "deleted" in run("delete_webhook", webhook.pk)
    assert not FeedReader.objects.exists()
    assert run("list_webhooks") == "There are no webhooks.\n"


def test_text_of_others_is_listed_as_it_is():
    webhook = services.create_webhook("https://app.example.com/[/hook]", [], OPERATOR)
    why = "[/x] :no: \x1b[2J"
    webhook.deliveries.create(event_id=1, action="create-profile", last_error=why, died_at=timezone.now())
    assert "https://app.example.com/[/hook]" in run("list_webhooks")
    listed = run("list_dead_letters")
    assert all(word in listed for word in ("[/x]", ":no:", "\N{REPLACEMENT CHARACTER}[2J"))
    assert "\x1b" not in listed


def severities():
    return [finding.severity for finding in doctor.deliveries()]


def test_gauge_has_what_waits_without_a_worker(worker):
    with receiving(lambda it: 200) as receiver:
        webhook = created(receiver, "create-profile")
        worker.run_once()
        FeedReader.objects.filter(owner=webhook.pk).update(confirmed_at=timezone.now() - timedelta(hours=1))
        with time_machine.travel(timezone.now() - timedelta(minutes=10), tick=False):
            happen(A, action=Action.CREATE_SESSION)
        assert seconds_undelivered() == 0
        with time_machine.travel(timezone.now() - timedelta(minutes=5), tick=False):
            happen(A)
        assert 300 <= seconds_undelivered() < 400
        services.disable_webhook(webhook.pk, OPERATOR)
        assert seconds_undelivered() == 0


def test_doctor_and_gauges(worker):
    assert severities() == [Severity.FINE]
    with receiving(lambda it: 500) as receiver:
        webhook = created(receiver, "create-profile")
        assert severities() == [Severity.FINE]
        with time_machine.travel(timezone.now() - timedelta(minutes=10), tick=False):
            happen(A)
            queue.fetch_all()
        assert severities() == [Severity.PROBLEM]
        assert seconds_undelivered() >= 600
        worker.run_once()
        assert severities() == [Severity.FINE]
        Webhook.objects.update(failing_since=timezone.now() - timedelta(hours=2))
        assert severities() == [Severity.WARNING]
        Delivery.objects.update(died_at=timezone.now())
        Webhook.objects.update(failing_since=None)
        assert severities() == [Severity.WARNING]
        assert seconds_undelivered() == 0
        assert queue.forget_dead(timedelta(0)) == 1
        services.delete_webhook(webhook.pk, OPERATOR)


def test_doctor_finds_that_no_worker_has_run_since_a_failover():
    with time_machine.travel(timezone.now() - timedelta(minutes=10), tick=False):
        services.create_webhook("https://app.example.com/", [], OPERATOR)
    FeedReader.objects.update(cursor=queue.Cursor("another database", last=2**50).encode())
    happen(A)
    assert severities() == [Severity.PROBLEM]


@pytest.mark.postgresql
def test_due_deliveries_are_found_without_reading_all(db):
    webhook = services.create_webhook("https://app.example.com/", [], OPERATOR)
    rows = (
        Delivery(webhook=webhook, event_id=number, action="x", accountid=f"acct_{number:016x}", body="")
        for number in range(3000)
    )
    Delivery.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("analyze webhooks_delivery")
    assert "delivery_of_account" in Delivery.objects.due(timezone.now()).order_by("pk")[:10].explain()
