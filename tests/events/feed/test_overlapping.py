"""Writers that overlap, on PostgreSQL: a reader gets each event once, those of an account in the order of commits."""

import random
import threading
import time

import pytest
from django.db import connection, transaction

from accounts.models import Account
from events.models import Action, Event
from events.services import feed
from events.services.recording import record
from tests.concurrency.concurrent import SOMEBODY, ConcurrentOperations
from tests.factories import AccountFactory

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

WRITERS, EVENTS = 8, 40


def assign_number() -> None:
    """Have PostgreSQL number this transaction now, as an earlier statement of it would."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_current_xact_id()")


def test_late_commit_of_an_early_number_is_not_skipped():
    begun, go = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            record(Action.CREATE_PROFILE, "acct_0000000000000001", SOMEBODY)
            begun.set()
            go.wait(10)

    cursor = feed.from_now()
    race = ConcurrentOperations(slow)
    race.start()
    begun.wait(10)
    record(Action.DELETE_PROFILE, "acct_0000000000000002", SOMEBODY)
    page = feed.read(cursor)  # the other transaction delays nothing
    assert [event.action for event in page.events] == ["delete-profile"]
    go.set()
    race.join()
    later = feed.read(page.cursor)
    assert [event.action for event in later.events] == ["create-profile"]
    assert feed.read(later.cursor).events == []


def test_order_of_an_account_is_that_of_its_lock_not_of_numbers():
    account = AccountFactory()
    numbered, go = threading.Event(), threading.Event()

    def early() -> None:
        with transaction.atomic():
            assign_number()
            numbered.set()
            go.wait(10)
            Account.objects.select_for_update().get(pk=account.pk)
            record(Action.DELETE_PROFILE, account.pk, SOMEBODY)

    cursor = feed.from_now()
    race = ConcurrentOperations(early)
    race.start()
    numbered.wait(10)
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=account.pk)
        record(Action.CREATE_PROFILE, account.pk, SOMEBODY)
        go.set()
    race.join()
    first, second = feed.read(cursor).events
    assert (first.action, second.action) == ("create-profile", "delete-profile")
    assert first.transaction_id > second.transaction_id


def test_reader_beside_overlapping_writers():
    accounts = AccountFactory.create_batch(3)
    committed: dict[str, list[int]] = {account.pk: [] for account in accounts}

    def write(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(EVENTS):
            account = chance.choice(accounts)
            with transaction.atomic():
                if chance.random() < 0.5:
                    assign_number()
                    time.sleep(chance.random() / 100)
                Account.objects.select_for_update().get(pk=account.pk)
                event = Event.objects.create(action=Action.UPDATE_PROFILE, accountid=account.pk, actor_kind="anybody")
                time.sleep(chance.random() / 200)
                if chance.random() < 0.1:
                    transaction.set_rollback(True)
                else:
                    committed[account.pk].append(event.pk)  # under the lock, so in the order of commits

    cursor, got, pages = feed.from_now(), [], 0
    race = ConcurrentOperations(*(lambda seed=seed: write(seed) for seed in range(WRITERS)))
    race.start()
    while True:
        is_over = not any(thread.is_alive() for thread in race.threads)
        page = feed.read(cursor, limit=3)
        cursor, pages = page.cursor, pages + 1
        got += page.events
        if is_over and page.is_last and not page.events:
            break
    race.join()
    race.result()
    assert sorted(event.pk for event in got) == sorted(Event.objects.values_list("pk", flat=True))
    assert {account: [it.pk for it in got if it.accountid == account] for account in committed} == committed
    assert len(got) > WRITERS * EVENTS / 2


def test_reader_finds_its_events_by_an_index():
    """However many events there are: also where the planner believes that the first will be found soon."""
    Event.objects.bulk_create(
        Event(action=Action.CREATE_SESSION, accountid="", actor_kind="anybody") for _ in range(5000)
    )
    cursor = feed.from_now()
    record(Action.DELETE_PROFILE, "acct_0000000000000002", SOMEBODY)
    with connection.cursor() as statement:
        statement.execute("analyze events_event")
    query = Event.objects.filter(cursor.undelivered(), transaction_id__gte=cursor.base.end)
    assert "event_of_transaction" in query.order_by("transaction_id", "pk")[:1001].explain()
