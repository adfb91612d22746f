"""Every operation is written down once, with whoever did it, and stays as it is."""

from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from accounts.models import Account
from events.models import AppendOnlyError, Event
from service_credentials.models import ServiceCredential
from tests.api.cases import CASES
from tests.cases import apart_from_guesses, each_case, everything
from tests.client import outcome
from tests.factories import PASSWORD, TOKEN, AccountFactory, ResetCodeFactory, SessionFactory

NOW = datetime(2022, 6, 24, 2, 42, 51, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"

WRITES = tuple(case for case in CASES if case.method != "GET")
READS = tuple(case for case in CASES if case.method == "GET")

TARGETS = {
    "create-profile": lambda context, answer: answer["profileid"],
    "update-profile": lambda context, answer: context.query["profileid"],
    "delete-profile": lambda context, answer: context.query["profileid"],
    "set-account-profile": lambda context, answer: context.body["profileid"],
    "create-session": lambda context, answer: answer["sessionid"],
    "set-session-ended": lambda context, answer: context.query["sessionid"],
    "set-session-verified": lambda context, answer: context.query["sessionid"],
    "end-other-sessions": lambda context, answer: context.caller.session.sessionid,
    "create-reset-code": lambda context, answer: answer["codeid"],
    "delete-reset-code": lambda context, answer: context.query["codeid"],
    "reset-account-password": lambda context, answer: context.codeid,
    "create-second-factor": lambda context, answer: answer["factorid"],
    "confirm-second-factor": lambda context, answer: context.query["factorid"],
    "update-second-factor": lambda context, answer: context.query["factorid"],
    "delete-second-factor": lambda context, answer: context.query["factorid"],
}
WRITTEN_AS = {"complete-session": "create-session"}


def sent(case, settings):
    """The context of a request from a browser, and its answer."""
    context = case.context(settings)
    context.codeid = next(iter(context.account.reset_codes.values_list("codeid", flat=True)), None)
    context.caller.client.defaults |= {"REMOTE_ADDR": "203.0.113.7", "HTTP_USER_AGENT": FIREFOX}
    response = context.send()
    assert outcome(response) == (200, "")
    return context, response.json()


@each_case(WRITES)
def test_operation_is_written_down_once(case, settings, db):
    with time_machine.travel(NOW, tick=False):
        context, answer = sent(case, settings)
    name = case.route.split("/")[1]
    action = WRITTEN_AS.get(name, name)
    event = Event.objects.values().get()
    assert (event.pop("transaction_id") is not None) is (connection.vendor == "postgresql")
    accountid = answer["accountid"] if action == "create-account" else context.account.accountid
    by_service = case.caller == "service"
    assert event == {
        "id": event["id"],
        "appid": "dashboard",
        "action": action,
        "accountid": accountid,
        "refusal": "",
        "details": "",
        "targetid": TARGETS[action](context, answer) if action in TARGETS else "",
        "actor_kind": "service credential" if by_service else "account",
        "actor_credentialid": ServiceCredential.objects.get().pk if by_service else "",
        "actor_accountid": accountid if case.caller == "guest" else "" if by_service else context.caller.account.pk,
        "ip_address": "203.0.113.7",
        "user_agent": "Firefox 128 on Windows",
        "created_at": NOW,
    }


@each_case(WRITES)
def test_event_has_no_secret(case, settings, db):
    context, answer = sent(case, settings)
    given = [value for name, value in context.body.items() if name != "profileid"]
    made = [
        answer[name] for name in ("token", "csrfToken", "secretCode") if isinstance(answer, dict) and name in answer
    ]
    hashes = Account.objects.values_list("username_hash", "password", "session_key")
    columns = [str(value) for value in Event.objects.values_list().get()]
    for secret in (*given, *made, PASSWORD, TOKEN, *(value for row in hashes for value in row)):
        assert not any(secret in column for column in columns)


@contextmanager
def events_cannot_be_written():
    def refuse(execute, sql, params, many, context):
        if 'INSERT INTO "events_event"' in sql:
            raise DatabaseError("the disk is full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        yield


@each_case(WRITES)
def test_operation_that_cannot_be_written_down_is_not_done(case, settings, db):
    context = case.context(settings)
    before = everything()
    with events_cannot_be_written():
        assert outcome(context.send()) == (500, "unknown-error")
    assert apart_from_guesses(everything()) == apart_from_guesses(before)  # an attempt is counted before it is judged
    assert not Event.objects.exists()


@each_case(READS)
def test_reading_is_not_written_down(case, settings, db):
    assert outcome(case.context(settings).send()) == case.success
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("header", "name"),
    [(None, ""), ("", ""), ("curl/8.5.0", "curl 8"), ("no browser that anybody knows", ""), ("a" * 10_000, "")],
)
def test_browser_is_written_as_a_person_says_it(header, name, guest):
    AccountFactory(username="somebody")
    headers = {} if header is None else {"User-Agent": header}
    guest.call("POST", "user/create-session", {"username": "somebody", "password": PASSWORD}, headers)
    assert Event.objects.get().user_agent == name


def save_again(event):
    event.action = "another"
    event.save()


def save_another_under_its_id(event):
    Event(id=event.pk, action="another", accountid="", actor_kind="").save()


def update_or_create(event):
    Event.objects.update_or_create(pk=event.pk, defaults={"action": "another"})


def bulk_update(event):
    event.action = "another"
    Event.objects.bulk_update([event], ["action"])


def bulk_create(event):
    event.action = "another"
    Event.objects.bulk_create([event], update_conflicts=True, update_fields=["action"], unique_fields=["id"])


WAYS_TO_CHANGE = {
    "save": save_again,
    "save under its id": save_another_under_its_id,
    "update": lambda event: Event.objects.filter(pk=event.pk).update(action="another"),
    "update all": lambda event: Event.objects.update(action="another"),
    "update or create": update_or_create,
    "bulk update": bulk_update,
    "bulk create": bulk_create,
    "delete": lambda event: event.delete(),
    "delete all": lambda event: Event.objects.all().delete(),
    "delete of a query": lambda event: Event.objects.filter(pk=event.pk).order_by("pk").delete(),
}


@pytest.mark.parametrize("way", WAYS_TO_CHANGE)
def test_event_stays_as_it_is(way, user):
    user.patch("user/reset-session-key", accountid=user.account.accountid)
    before = Event.objects.values().get()
    with pytest.raises((AppendOnlyError, DatabaseError)), transaction.atomic():
        WAYS_TO_CHANGE[way](Event.objects.get())
    assert Event.objects.values().get() == before


def test_events_of_a_deleted_account_stay(administrator):
    account = AccountFactory()
    ResetCodeFactory(account=account)
    SessionFactory(account=account)
    administrator.patch("administrator/reset-session-key", accountid=account.accountid)
    administrator.delete("administrator/delete-account", accountid=account.accountid)
    actions = list(Event.objects.filter(accountid=account.accountid).order_by("pk").values_list("action", flat=True))
    assert actions == ["delete-reset-code", "reset-session-key", "delete-account"]
