"""Very many sessions end by one row of their account, and everybody is told the same as if each row were written."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from accounts.services import credentials, deletion
from dashboard.cache.rows import row_cache
from dashboard.core.actor import Actor, ActorKind
from dashboard.core.errors import DashboardError
from events.models import Action
from operations.account_export import export_account
from operations.overview import Overview
from resetcodes.services import reset_codes
from sessions_app import models
from sessions_app.models import Session
from sessions_app.revocations import Revocation
from sessions_app.services import purging, revocation, sessions
from tests.admin.browser import Browser
from tests.client import ApiClient
from tests.commands import run
from tests.factories import PASSWORD, AccountFactory, ResetCodeFactory, SessionFactory

NOW = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)
DAY = timedelta(days=1)
NEW_PASSWORD, CODE = "another long password", "abc123def456"
needs_redis = pytest.mark.skipif(django_settings.REDIS_URL is None, reason="needs REDIS_URL")


class Person:
    """An account that has sessions in every state, of which the first stays where one does."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.account = AccountFactory(username=name, created_at=NOW - 3 * DAY)
        self.code = ResetCodeFactory(account=self.account, secret_code=CODE)
        self.actor = Actor(ActorKind.ACCOUNT, self.account.pk)
        self.sessions = [self.session(number) for number in range(4)]
        self.session(5, expires_at=NOW - DAY)
        self.session(6, ended_at=NOW - DAY, ended_by_action="set-session-ended", ended_by_kind="command line")
        self.session(7, last_seen_at=NOW - DAY)  # idle

    def session(self, number: int, **columns: Any) -> Session:
        at = NOW - 2 * DAY + timedelta(seconds=number)
        columns = {"created_at": at, "updated_at": at, "expires_at": NOW + DAY, "last_verified_at": NOW} | columns
        made: Session = SessionFactory(account=self.account, csrf_token="", **columns)
        return made


Way = Callable[[Person], Any]
WAYS: dict[str, Way] = {
    "reset-session-key": lambda it: credentials.reset_session_key(it.account.pk, it.actor),
    "end-other-sessions": lambda it: sessions.end_other_sessions(it.account.pk, it.sessions[0].pk, it.actor),
    "set-account-password": lambda it: credentials.set_account_password(
        it.account.pk, NEW_PASSWORD, PASSWORD, it.sessions[0].pk, it.actor
    ),
    "reset-account-password": lambda it: reset_codes.reset_account_password(it.name, NEW_PASSWORD, CODE, it.actor),
    "set-account-deleted": lambda it: deletion.set_account_deleted(it.account.pk, it.actor),
}
every_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def _idle_timeout(settings: Any) -> None:
    settings.SESSION_IDLE_TIMEOUT = 3600


@pytest.fixture(params=[0, 1], ids=lambda rows: f"{rows} rows at once")
def by_account(monkeypatch: pytest.MonkeyPatch, request: Any) -> Iterator[Callable[[], None]]:
    """Lets everything that has more sessions than this be ended by its account."""
    return lambda: monkeypatch.setattr(models, "ROWS_AT_ONCE", request.param)


def observed(person: Person, administrator: ApiClient) -> str:
    """Return what anybody is told of the account and its sessions, without ids, which differ between accounts."""
    now, account = timezone.now(), Account.objects.get(pk=person.account.pk)
    pages = [
        administrator.get("administrator/account", accountid=account.pk),
        administrator.get("administrator/sessions", accountid=account.pk),
        administrator.get("administrator/sessions-count", accountid=account.pk),
        *[administrator.get("administrator/session", sessionid=it.pk) for it in person.sessions],
    ]
    told = [
        [page.json() for page in pages],
        [ApiClient(it).get("user/session", sessionid=it.pk).status_code for it in person.sessions],
        [session.as_json() for session in administrator_list(account)],
        json.loads(b"".join(export_account(account))),
        Overview.of(account).as_json(),
        run("export_list", "sessions").said.splitlines(),
        account.sessions.active(now).count(),
        account.sessions.ended(now).count(),
        revocation.count_sessions(revocation.Selection(now, account.pk)),
    ]
    return anonymous(json.dumps(told, sort_keys=True, default=str), person)


def administrator_list(account: Account) -> list[Session]:
    return [Session.objects.get(pk=it.pk) for it in account.sessions.all().newest_first()]


def anonymous(text: str, person: Person) -> str:
    for number, session in enumerate(person.account.sessions.all().order_by("created_at")):
        text = text.replace(session.pk, f"session {number}")
    text = text.replace(person.code.pk, "the code")
    return text.replace(person.account.pk, "the account").replace(person.account.username_hash, "the name")


def rows(person: Person) -> list[dict[str, Any]]:
    ignored = {"sessionid", "account_id", "token_hash", "session_key_number", "ended_by_accountid"}
    found = person.account.sessions.order_by("created_at").values()
    return [{name: value for name, value in row.items() if name not in ignored} for row in found]


@every_way
def test_everybody_is_told_the_same(
    way: Way, by_account: Callable[[], None], clock: Any, administrator: ApiClient
) -> None:
    one, other = Person("first-person"), Person("second-person")
    way(one)
    clock.shift(10)
    expected = comparable(observed(one, administrator))
    clock.move_to(NOW)
    by_account()
    way(other)
    clock.shift(10)
    assert Revocation.objects.get().account == other.account
    assert comparable(observed(other, administrator)) == expected
    assert list(purging.write_revocations())
    assert rows(other) == rows(one)
    assert comparable(observed(other, administrator)) == expected


def comparable(told: str) -> Any:
    """Leave out the ids of events, and the other account from the CSV of all sessions."""
    parts = json.loads(told)
    mine = [line for line in parts.pop(5) if "the account" in line]
    for events in (parts[3]["events"], parts[4]["events"]):
        for event in events:
            event.pop("eventid")
    return parts, mine


@every_way
def test_rows_are_not_written_and_only_the_account_is_marked(
    way: Way, by_account: Callable[[], None], db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, marked = Person("first-person"), []
    before = rows(person)
    by_account()
    monkeypatch.setattr(row_cache, "mark_dirty", lambda *keys: marked.extend(keys))
    way(person)
    assert rows(person) == before
    keys = {key for key in marked if key.startswith("session:")}
    assert keys <= {Session.cache_key(person.sessions[0].pk)}
    assert Account.cache_key(person.account.pk) in marked


def test_answer_is_how_many_they_were(by_account: Callable[[], None], db: None) -> None:
    person = Person("first-person")
    by_account()
    assert WAYS["end-other-sessions"](person) == 4
    assert WAYS["end-other-sessions"](person) == 0


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("stays", [True, False])
def test_they_are_counted_up_to_a_limit(by_account: Callable[[], None], db: None, limit: int, stays: bool) -> None:
    person = Person("first-person")
    by_account()
    with transaction.atomic():
        account = Account.objects.get_for_update(person.account.pk)
        but = person.sessions[0].pk if stays else ""
        ended = account.sessions.end_all(account, Action.END_OTHER_SESSIONS, person.actor, NOW, but=but, limit=limit)
    assert ended == min(limit, 4 if stays else 5)


def test_number_on_the_wire_counts_resets_only(by_account: Callable[[], None], administrator: ApiClient) -> None:
    person = Person("first-person")
    by_account()
    WAYS["end-other-sessions"](person)
    assert Account.objects.get(pk=person.account.pk).as_json()["sessionKeyNumber"] == 1
    SessionFactory.create_batch(2, account=Account.objects.get(pk=person.account.pk))
    answer = administrator.patch("administrator/reset-session-key", accountid=person.account.pk)
    assert answer.json()["sessionKeyNumber"] == 2


def test_each_session_has_the_time_and_reason_of_its_own_end(
    by_account: Callable[[], None], clock: Any, db: None
) -> None:
    person = Person("first-person")
    by_account()
    first = [it.pk for it in person.sessions]
    WAYS["reset-session-key"](person)
    clock.shift(60)
    account = Account.objects.get(pk=person.account.pk)
    second = [it.pk for it in SessionFactory.create_batch(2, account=account)]
    WAYS["set-account-deleted"](person)
    clock.shift(60)
    for _ in range(2):
        found = {it.pk: it.ending for it in Session.objects.with_revocations()}
        assert {(found[pk].at, found[pk].action) for pk in first} == {(NOW, "reset-session-key")}
        assert {(found[pk].at, found[pk].action) for pk in second} == {
            (NOW + timedelta(minutes=1), "set-account-deleted")
        }
        sum(purging.write_revocations())


def test_a_cancelled_deletion_revives_none(by_account: Callable[[], None], db: None) -> None:
    person = Person("first-person")
    by_account()
    WAYS["set-account-deleted"](person)
    deletion.reset_account_deleted(person.account.pk, person.actor)
    statuses = [ApiClient(it).get("user/session", sessionid=it.pk).status_code for it in person.sessions]
    assert statuses == [401] * 4
    assert not person.account.sessions.active(timezone.now()).exists()


def test_an_ended_session_cannot_be_ended_again(by_account: Callable[[], None], administrator: ApiClient) -> None:
    person = Person("first-person")
    by_account()
    WAYS["end-other-sessions"](person)
    ended = administrator.patch("administrator/set-session-ended", sessionid=person.sessions[1].pk)
    assert (ended.status_code, ended.json()["message"]) == (409, "invalid-session")
    with pytest.raises(DashboardError, match="invalid-session"):
        sessions.set_own_session_ended(person.sessions[2].pk, person.account.pk, person.actor)
    assert list(revocation.end_sessions(revocation.Selection(timezone.now(), person.account.pk), person.actor)) == [1]


def test_an_application_server_is_refused_for_it(by_account: Callable[[], None], db: None) -> None:
    person = Person("first-person")
    by_account()
    WAYS["end-other-sessions"](person)
    now = timezone.now()
    valid = [sessions.get_session_for_server(person.account.pk, it.pk, now) is not None for it in person.sessions]
    assert valid == [True, False, False, False]


def test_the_site_shows_them_as_ended(by_account: Callable[[], None], db: None) -> None:
    person, browser = Person("first-person"), Browser(SessionFactory(account=AccountFactory(owner=True)))
    by_account()
    WAYS["reset-session-key"](person)
    every, active = browser.get("sessions_app/session/"), browser.get("sessions_app/session/?state=active")
    assert every.content.decode().count("All sessions ended, by") >= 5
    assert not [it for it in person.sessions if it.pk in active.content.decode()]
    account = browser.get(f"accounts/account/{person.account.pk}/change/")
    assert account.content.decode().count("All sessions ended, by") == 3  # of the five that it shows


@needs_redis
def test_what_the_cache_had_before_is_not_believed(by_account: Callable[[], None], administrator: ApiClient) -> None:
    person = Person("first-person")
    by_account()

    def seen() -> list[bool]:
        return [
            administrator.get("administrator/session", sessionid=it.pk).json()["ended"]
            for it in person.sessions
            for _ in "ab"
        ]

    assert seen() == [False] * 8
    WAYS["end-other-sessions"](person)
    row_cache.store.delete(Account.cache_key(person.account.pk))  # the mark has gone, the account is cached again
    assert seen() == [False] * 2 + [True] * 6


# Writing the rows


def test_purge_writes_them_and_deletes_what_is_old(by_account: Callable[[], None], clock: Any, db: None) -> None:
    person = Person("first-person")
    by_account()
    WAYS["end-other-sessions"](person)
    assert run("purge_sessions", "--older-than", "90d").said == "0 sessions deleted\n"
    assert person.account.sessions.filter(ended_at=NOW, ended_by_action="end-other-sessions").count() == 4
    assert Revocation.objects.get().written_at == NOW
    clock.shift(91 * DAY)
    assert run("purge_sessions", "--older-than", "90d", "--dry-run").said == "7 sessions would be deleted\n"
    assert run("purge_sessions", "--older-than", "90d").said == "7 sessions deleted\n"
    assert not Revocation.objects.exists()


def test_purge_counts_those_that_are_not_written(by_account: Callable[[], None], clock: Any, db: None) -> None:
    person = Person("first-person")
    Session.objects.filter(pk__in=[it.pk for it in person.sessions]).update(expires_at=NOW + 1000 * DAY)
    by_account()
    WAYS["end-other-sessions"](person)
    clock.shift(91 * DAY)
    assert run("purge_sessions", "--older-than", "90d", "--dry-run").said == "6 sessions would be deleted\n"


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_an_interruption_does_no_harm(
    limit: int, by_account: Callable[[], None], monkeypatch: pytest.MonkeyPatch, clock: Any, administrator: ApiClient
) -> None:
    person = Person("first-person")
    by_account()
    WAYS["reset-session-key"](person)
    before = comparable(observed(person, administrator))
    monkeypatch.setattr(purging, "ROWS_AT_ONCE", limit)
    written = 0
    while Revocation.objects.get().written_at is None:
        work = purging.write_revocations()
        written += next(work, 0)
        work.close()
        assert comparable(observed(person, administrator)) == before
        if written == 5:
            sum(purging.write_revocations())
    assert written == 5


def test_rows_of_another_appid_are_left_alone(by_account: Callable[[], None], settings: Any, db: None) -> None:
    person = Person("first-person")
    by_account()
    WAYS["reset-session-key"](person)
    settings.APPID = "another"
    assert list(purging.write_revocations()) == []
    assert Revocation.objects.get().written_at is None


@every_way
def test_the_release_before_refuses_them(way: Way, by_account: Callable[[], None], db: None) -> None:
    """It compares the numbers and the state of the row, and knows no revocations."""
    person = Person("first-person")
    by_account()
    way(person)
    account, now = Account.objects.get(pk=person.account.pk), timezone.now()
    accepted = [
        it.ended_at is None
        and it.expires_at > now
        and it.session_key_number == account.session_key_number
        and it.is_proven_by(person.sessions[0].token or "")
        for it in Session.objects.filter(pk__in=[it.pk for it in person.sessions]).order_by("created_at")
    ]
    assert accepted[1:] == [False] * 3


@pytest.mark.django_db
def test_a_session_that_is_kept_never_looks_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others end between an administrator's reading it and reading its account."""
    monkeypatch.setattr(models, "ROWS_AT_ONCE", 0)
    person = Person("somebody")
    kept = person.sessions[0]
    read = Account.objects.get_cached

    def read_later(*given: Any) -> Account:
        sessions.end_other_sessions(person.account.pk, kept.pk, person.actor)
        return read(*given)

    monkeypatch.setattr(Account.objects, "get_cached", read_later)
    found = Session.objects.get_cached(kept.pk)
    assert found.session_key_number == found.account.session_key_number == 2
    assert not found.is_ended(NOW)
    assert "endedAt" not in found.as_json()
