"""Reading the feed from the database: pages, actions, beginnings, purges, and other databases."""

from datetime import timedelta
from time import monotonic, sleep
from unittest import mock

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.db.models import Max
from django.utils import timezone

from dashboard.core.errors import DashboardError, ErrorCode
from events.models import Action, Event, FeedReader, FeedState
from events.services import feed, feed_readers
from events.services.feed_cursors import Cursor, Snapshot
from events.services.purging import purge_events
from tests.factories import EventFactory

pytestmark = pytest.mark.django_db(transaction=True)
YEAR = timedelta(days=365)


def ids(page):
    return [event.pk for event in page.events]


def everything(cursor, **options):
    """Read to the end; return the ids and the last cursor."""
    found, is_new = [], options.pop("is_new", False)
    while True:
        page = feed.read(cursor, is_new=is_new, **options)
        found += ids(page)
        cursor, is_new = Cursor.decode(page.cursor.encode()), False
        if page.is_last:
            return found, cursor


def written(count, **fields):
    account = fields.pop("accountid", "acct_0123456789abcdef")
    rows = [EventFactory.build(account=None, accountid=account, **fields) for _ in range(count)]
    Event.objects.bulk_create(rows)
    return [row.pk for row in rows]


def test_reader_gets_what_comes_after_its_cursor_once():
    written(2)
    cursor = feed.from_now()
    new = written(3)
    found, cursor = everything(cursor)
    assert found == new
    assert everything(cursor) == ([], mock.ANY)
    newer = written(1)
    assert everything(cursor)[0] == newer


@pytest.mark.parametrize("limit", [1, 2, 7, 1000])
def test_pages_have_everything_once(limit):
    cursor = feed.from_now()
    new = written(15)
    page = feed.read(cursor, limit=limit)
    assert ids(page) == new[:limit]
    later = written(3)
    found, cursor = everything(page.cursor, limit=limit)
    assert new[:limit] + found == new + later
    assert everything(cursor)[0] == []


def test_more_than_one_scan(monkeypatch):
    monkeypatch.setattr(feed, "SCANNED", 4)
    beginning = written(3)
    cursor = feed.from_now()
    new = written(30)
    assert everything(cursor, limit=3)[0] == new
    assert everything(cursor, limit=100)[0] == new
    assert everything(feed.from_beginning(), limit=3, is_new=True)[0] == beginning + new


def test_actions(monkeypatch):
    monkeypatch.setattr(feed, "SCANNED", 4)
    cursor = feed.from_now()
    for _ in range(6):
        written(5, action=Action.CREATE_SESSION)
        written(1, action=Action.DELETE_ACCOUNT)
    wanted = list(Event.objects.filter(action=Action.DELETE_ACCOUNT).order_by("pk").values_list("pk", flat=True))
    assert everything(cursor, actions={Action.DELETE_ACCOUNT}, limit=2)[0] == wanted


def test_beginning_and_time():
    with time_machine.travel(timezone.now() - YEAR, tick=False):
        old = written(2)
    new = written(2)
    assert everything(feed.from_beginning(), is_new=True)[0] == old + new
    assert everything(feed.from_time(timezone.now() - YEAR / 2), is_new=True)[0] == new
    assert everything(feed.from_time(timezone.now() + YEAR), is_new=True)[0] == []


def test_reader_of_the_future_gets_what_comes():
    cursor = feed.from_time(timezone.now() + YEAR)
    page = feed.read(cursor, is_new=True)
    new = written(1)
    assert everything(page.cursor)[0] == new


@pytest.mark.postgresql
def test_events_from_before_the_column_are_for_those_who_begin():
    old = written(2)
    with connection.cursor() as cursor:
        cursor.execute("update events_event set transaction_id = null")
    start = feed.from_now()
    new = written(1)
    assert everything(start)[0] == new
    assert everything(feed.from_beginning(), is_new=True)[0] == old + new


def refusal(cursor):
    with pytest.raises(DashboardError) as raised:
        feed.read(cursor)
    return raised.value.error_code


@pytest.mark.postgresql
def test_cursor_of_another_database_is_refused():
    cursor = feed.from_now()
    assert refusal(Cursor("other.00000001", cursor.base)) is ErrorCode.FEED_RESTARTED
    assert refusal(Cursor(cursor.history, Snapshot(cursor.base.end + 1000))) is ErrorCode.FEED_RESTARTED


def test_cursor_of_the_other_kind_of_database_is_refused():
    other = Cursor("", last=10**9) if connection.vendor == "sqlite" else Cursor("", last=1)
    assert refusal(other) is ErrorCode.FEED_RESTARTED


@pytest.mark.postgresql
def test_restored_into_another_cluster():
    """Numbers of another cluster say nothing here: such events are old, and are not given again later."""
    restored = written(3)
    with connection.cursor() as cursor:
        cursor.execute("update events_event set transaction_id = transaction_id + 1000000 where id > %s", [restored[0]])
    feed._foreign_events_through.cache_clear()
    start = feed.from_now()
    new = written(2)
    assert everything(start)[0] == new
    assert everything(feed.from_beginning(), is_new=True)[0] == restored + new
    with connection.cursor() as cursor:
        cursor.execute("update events_event set transaction_id = %s where id = %s", [start.base.end, restored[1]])
    assert everything(start)[0] == new


@pytest.mark.postgresql
def test_history_begins_anew_with_another_timeline():
    history, _ = feed.present()
    state = feed.feed_state(history)
    FeedState.objects.update(purged_transaction_id=10**6)
    assert feed.feed_state(history).purged_transaction_id == 10**6
    state = feed.feed_state("another")
    assert (state.history, state.purged_transaction_id) == ("another", 0)


@pytest.mark.postgresql
def test_database_that_does_not_tell_its_history():
    with mock.patch.object(feed, "HISTORY", "(SELECT nothing FROM nowhere)"):
        history, snapshot = feed.present()
        assert history == ""
        assert snapshot.end > 0
        cursor = feed.from_now()
        new = written(1)
        assert everything(cursor)[0] == new


def purged(days=30, **options):
    return sum(purge_events(timedelta(days=days), **options))


def old_and_new():
    with time_machine.travel(timezone.now() - YEAR, tick=False):
        cursor = feed.from_now()
        old = written(4)
    new = written(2)
    until_no_other_transaction_is_older()
    return cursor, old, new


def until_no_other_transaction_is_older():
    """Wait for transactions that began before the newest event, also those of other databases of the server.

    While one is in progress, a purge of that event overtakes whoever reads now, to be on the safe side.
    """
    if connection.vendor != "postgresql":
        return
    newest = Event.objects.aggregate(newest=Max("transaction_id"))["newest"]
    end = monotonic() + 60
    while feed.present()[1].oldest <= newest:
        assert monotonic() < end
        sleep(0.01)


def test_reader_that_was_overtaken_is_told():
    behind, _old, new = old_and_new()
    halfway = feed.read(behind, limit=2).cursor
    up_to_date = everything(behind)[1]
    assert purged() == 4
    assert refusal(behind) is ErrorCode.FEED_OVERTAKEN
    assert refusal(halfway) is ErrorCode.FEED_OVERTAKEN
    assert everything(up_to_date)[0] == []
    assert everything(feed.from_beginning(), is_new=True)[0] == new
    assert everything(feed.from_now())[0] == []


def test_reader_that_has_read_what_was_purged_goes_on():
    behind, old, new = old_and_new()
    page = feed.read(behind, limit=5)
    assert ids(page) == [*old, new[0]]
    assert purged() == 4
    assert everything(page.cursor)[0] == new[1:]


def test_reader_that_pages_from_the_beginning_is_told():
    old_and_new()
    page = feed.read(feed.from_beginning(), limit=2, is_new=True)
    assert purged() == 4
    assert refusal(page.cursor) is ErrorCode.FEED_OVERTAKEN


def test_purge_waits_for_registered_readers():
    behind, _old, _new = old_and_new()
    feed_readers.confirm("cred_1", "billing", behind)
    with pytest.raises(DashboardError) as raised:
        purged()
    assert raised.value.error_code is ErrorCode.READERS_BEHIND
    assert Event.objects.count() == 6
    FeedReader.objects.update(cursor=everything(behind)[1].encode())
    assert purged() == 4


def test_purge_overtakes_registered_readers_if_told_so():
    behind, _old, _new = old_and_new()
    feed_readers.confirm("cred_1", "billing", behind)
    assert purged(overtake_readers=True) == 4
    assert refusal(behind) is ErrorCode.FEED_OVERTAKEN


def test_reader_of_new_events_alone_does_not_hold_the_purge_up():
    old_and_new()
    feed_readers.confirm("cred_1", "billing", feed.from_now())
    assert purged() == 4


def test_commands_about_readers(capsys):
    behind, _old, _new = old_and_new()
    feed_readers.confirm("cred_1", "billing", behind)
    call_command("list_feed_readers")
    assert "billing" in (shown := capsys.readouterr().out)
    assert "6" in shown
    with pytest.raises(Exception, match=r"Not all of these events were read by cred_1 billing"):
        call_command("purge_events", "--older-than=30d")
    call_command("purge_events", "--older-than=30d", "--overtake-readers")
    told = capsys.readouterr()
    assert "cred_1 billing has not read" in told.err
    assert "4 events deleted" in told.out
    call_command("delete_feed_reader", "billing")
    assert not FeedReader.objects.exists()
    assert Event.objects.filter(action=Action.DELETE_FEED_READERS, details="billing").exists()
    with pytest.raises(Exception, match="no such reader"):
        call_command("delete_feed_reader", "billing")


FORMER = Cursor("former.00000001", Snapshot(5))


def test_of_a_reader_of_a_former_history_what_came_since_it_was_last_seen_is_unread():
    written(2)
    feed_readers.confirm("cred_1", "billing", FORMER)
    reader = FeedReader.objects.get()
    assert feed_readers.unread(reader, 100) == 0
    written(3)
    assert feed_readers.unread(reader, 100) == 3
    assert feed_readers.unread(reader, 2) == 2


@pytest.mark.postgresql
def test_listing_a_reader_of_a_former_history_forgets_no_purge():
    behind, _old, _new = old_and_new()
    feed_readers.confirm("cred_1", "billing", FORMER)
    assert purged() == 4
    feed._foreign_events_through.cache_clear()
    call_command("list_feed_readers")
    assert FeedState.objects.get().history == behind.history
    assert refusal(behind) is ErrorCode.FEED_OVERTAKEN


def test_reader_is_written_at_most_every_few_seconds():
    first, later = feed.from_beginning(), feed.from_now()
    written(1)
    later = feed.from_now()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        feed_readers.confirm("", "mail", first)
        clock.shift(feed_readers.CONFIRM_SECONDS - 1)
        feed_readers.confirm("", "mail", later)
        assert FeedReader.objects.get().cursor == first.encode()
        clock.shift(1)
        feed_readers.confirm("", "mail", later)
        assert FeedReader.objects.get().cursor == later.encode()
