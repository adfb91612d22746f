"""GET /api/feed without the gateway."""

import threading

import pytest

from events import views
from events.models import Action, FeedReader
from events.services import feed, feed_signal
from events.services.recording import record
from tests.concurrency.concurrent import SOMEBODY, ConcurrentOperations
from tests.factories import EventFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_feed_has_events_as_administrators_see_them_and_the_next_cursor(administrator):
    first = administrator.get("feed").json()
    assert first == {"object": "feed", "appid": "dashboard", "events": [], "cursor": first["cursor"]}
    event = EventFactory()
    answer = administrator.get("feed", after=first["cursor"]).json()
    assert answer["events"] == [event.as_json()]
    assert administrator.get("feed", after=answer["cursor"]).json()["events"] == []


def test_beginning_limit_and_action(administrator):
    events = [EventFactory(action=action) for action in (Action.CREATE_PROFILE, Action.DELETE_PROFILE) * 2]
    first = administrator.get("feed", after="beginning", action="create-profile,create-account", limit=1).json()
    assert first["events"] == [events[0].as_json()]
    answer = administrator.get("feed", after=first["cursor"], action="create-profile").json()
    assert answer["events"] == [events[2].as_json()]


def test_time(administrator):
    event = EventFactory()
    assert administrator.get("feed", after="2022-06-24T02:43:02.624Z").json()["events"] == [event.as_json()]
    assert administrator.get("feed", after="2122-06-24T02:43:02+02:00").json()["events"] == []


def test_first_and_last_time(administrator):
    event = EventFactory()
    for first in ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00", "0001-01-01T14:00:00+14:00"):
        assert administrator.get("feed", after=first).json()["events"] == [event.as_json()]
    for last in ("9999-12-31T23:59:59.999999Z", "9999-12-31T09:59:59-14:00"):
        assert administrator.get("feed", after=last).json()["events"] == []


def test_reader_is_registered_with_what_it_has_read(administrator):
    cursor = administrator.get("feed", reader="billing").json()["cursor"]
    EventFactory()
    assert administrator.get("feed", after=cursor, reader="billing").json()["events"]
    reader = FeedReader.objects.get(name="billing")
    assert feed.Cursor.decode(reader.cursor).undelivered()


def test_wait_without_the_gateway_ends_with_an_event(administrator):
    cursor = administrator.get("feed").json()["cursor"]
    race = ConcurrentOperations(lambda: record(Action.CREATE_PROFILE, "acct_0123456789abcdef", SOMEBODY))
    timer = threading.Timer(0.3, race.start)
    timer.start()
    answer = administrator.get("feed", after=cursor, wait=30).json()
    timer.join()
    race.join()
    assert [event["action"] for event in answer["events"]] == ["create-profile"]


def test_first_request_is_answered_at_once_whatever_it_waits_for(administrator):
    assert administrator.get("feed", wait=30).json()["events"] == []


def test_a_request_looks_at_a_bounded_number_of_events(administrator, monkeypatch):
    monkeypatch.setattr(feed, "SCANNED", 2)
    monkeypatch.setattr(views, "MAX_READS", 3)
    EventFactory.create_batch(10, action=Action.CREATE_SESSION)
    wanted = EventFactory(action=Action.DELETE_ACCOUNT)
    read, after, answers = feed._read, "beginning", []
    monkeypatch.setattr(feed, "_read", lambda *given: answers[-1].append(1) or read(*given))
    found: list[object] = []
    while not found:
        answers.append([])
        answer = administrator.get("feed", after=after, action="delete-account", wait=30).json()
        found, after = answer["events"], answer["cursor"]
    assert found == [wanted.as_json()]
    assert len(answers) > 1
    assert max(map(len, answers)) == 3


def test_only_few_requests_wait_without_the_gateway(administrator):
    for _ in range(feed_signal.WAITING_THREADS):
        feed_signal._places.acquire()
    try:
        assert administrator.get("feed", after="2122-06-24T02:43:02Z", wait=30).json()["events"] == []
    finally:
        for _ in range(feed_signal.WAITING_THREADS):
            feed_signal._places.release()
