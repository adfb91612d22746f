"""administrator/events, user/events and their counts: what happened."""

from datetime import UTC, datetime

import pytest
from django.conf import settings as current

from events.models import Event
from tests.client import outcome
from tests.factories import AccountFactory, EventFactory

AT = datetime(2022, 6, 24, 2, 43, 2, 624_321, tzinfo=UTC)
FROM = {"ip_address": "203.0.113.7", "user_agent": "Firefox 151 on Windows"}


def actions(response):
    assert outcome(response) == (200, "")
    return [event["action"] for event in response.json()]


def own_events(user):
    return user.get("user/events", accountid=user.account.accountid)


def test_event_is_answered_with_all_that_is_known_of_it(administrator):
    event = EventFactory(
        action="set-session-ended", targetid="sess_0123456789abcdef", created_at=AT, actor_kind="account", **FROM
    )
    assert administrator.get("administrator/events").json() == [
        {
            "eventid": f"evnt_{event.pk:016x}",
            "object": "event",
            "appid": current.APPID,
            "action": "set-session-ended",
            "accountid": event.accountid,
            "targetid": "sess_0123456789abcdef",
            "actorKind": "account",
            "actorAccountid": event.accountid,
            "ipAddress": "203.0.113.7",
            "userAgent": "Firefox 151 on Windows",
            "createdAt": "2022-06-24T02:43:02.624Z",
        }
    ]


def test_refused_sign_in_with_an_unknown_name_is_answered(guest, administrator):
    guest.post("user/create-session", {"username": "nobody", "password": "anything"})
    event = administrator.get("administrator/events").json()[0]
    assert event.keys() == {
        *("eventid", "object", "appid", "action", "refusal", "actorKind", "ipAddress", "createdAt"),
    }
    assert (event["action"], event["refusal"]) == ("refuse-sign-in", "invalid-username")


@pytest.fixture
def ada(db):
    """An account of three events, beside those of others."""
    account = AccountFactory()
    for action in ("create-account", "create-session", "create-session"):
        EventFactory(account=account, action=action)
    EventFactory(action="create-session")
    EventFactory(action="delete-profile", accountid="", actor_accountid=account.accountid)
    return account


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, 5),
        ({"accountid": ""}, 5),
        ({"accountid": "ADA"}, 3),
        ({"action": ""}, 5),
        ({"action": "create-session"}, 3),
        ({"action": "create-session", "accountid": "ADA"}, 2),
        ({"action": "delete-account"}, 0),
        ({"action": "no-such-action"}, 0),
        ({"action": "CREATE-SESSION"}, 0),
        ({"action": ["create-session", "create-session"]}, 0),
        ({"action": "\0"}, 0),
        ({"accountid": "acct_0123456789abcdef"}, 0),
        ({"accountid": "%"}, 0),
        ({"accountid": "\0"}, 0),
    ],
)
def test_administrators_filter_by_account_and_action(query, expected, ada, administrator):
    asked = {name: ada.accountid if value == "ADA" else value for name, value in query.items()}
    events = administrator.get("administrator/events", **asked).json()
    assert administrator.get("administrator/events-count", **asked).json() == len(events) == expected
    if asked.get("accountid"):
        assert {event["accountid"] for event in events} <= {ada.accountid}


def test_pages_of_a_filtered_list_are_linked(ada, administrator):
    response = administrator.get("administrator/events", accountid=ada.accountid, action="create-session", limit=1)
    first = response.json()[0]["eventid"]
    assert f"accountid={ada.accountid}" in response["Link"]
    assert "action=create-session" in response["Link"]
    second = administrator.get(
        "administrator/events", accountid=ada.accountid, action="create-session", limit=1, after=first
    )
    assert "Link" not in second
    assert second.json()[0]["eventid"] < first


@pytest.mark.parametrize("eventid", ["evnt_ffffffffffffffff", "evnt_0000000000000000", "evnt_1", "1", "evnt_%"])
def test_page_does_not_come_after_what_is_no_event(eventid, administrator):
    assert outcome(administrator.get("administrator/events", after=eventid)) == (404, "invalid-eventid")


def test_everybody_sees_what_happened_to_their_own_account_only(user):
    EventFactory(account=user.account, action="create-session")
    EventFactory(action="create-account")
    EventFactory(action="set-account-deleted", actor_accountid=user.account.accountid)
    assert actions(own_events(user)) == ["create-session"]
    assert user.get("user/events-count", accountid=user.account.accountid).json() == 1


@pytest.mark.parametrize("everything", ["true", "false"])
def test_from_where_an_administrator_did_something_is_not_theirs_to_know(everything, user, administrator):
    accountid = user.account.accountid
    EventFactory(accountid=accountid, actor_accountid=administrator.account.accountid, **FROM)
    EventFactory(accountid=accountid, **FROM)
    EventFactory(accountid=accountid, actor_accountid="", actor_kind="anybody", **FROM)
    response = user.get("user/events", accountid=accountid, all=everything)
    rows = response.getvalue()
    assert rows.count(b"203.0.113.7") == rows.count(b"Firefox 151") == 2
    assert (rows.count(b'"another account"'), rows.count(administrator.account.accountid.encode())) == (1, 0)
    assert administrator.get("administrator/events").content.count(b"203.0.113.7") == 3


def test_reading_events_is_no_event(user, administrator):
    own_events(user)
    administrator.get("administrator/events")
    assert not Event.objects.exists()
