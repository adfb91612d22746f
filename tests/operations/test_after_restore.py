"""manage.py after_restore: what a restored backup has brought back to life ends, and everybody notices the restore."""

from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Account
from dashboard.cache.epoch_table import EpochTable
from dashboard.core.actor import Actor
from dashboard.core.errors import DashboardError, ErrorCode
from events.models import Action, Event, FeedReader
from events.services import feed
from events.services.feed_cursors import Cursor
from events.services.recording import record
from operations import restored_backup
from resetcodes.models import ResetCode
from second_factors.models import SignInChallenge
from sessions_app import models as session_models
from sessions_app.models import Session
from sessions_app.revocations import Revocation
from sessions_app.services import revocation
from tests.cases import everything
from tests.client import ApiClient, outcome
from tests.commands import run
from tests.factories import (
    AccountFactory,
    ResetCodeFactory,
    ServiceCredentialFactory,
    SessionFactory,
    SignInChallengeFactory,
)
from webhooks.models import READER, Delivery, Webhook
from webhooks.services import queue

pytestmark = pytest.mark.django_db

ACTOR = Actor.command_line()
committing = pytest.mark.django_db(transaction=True)  # what a transaction has not committed is not in the feed
EARLIER = "2026-11-21T06:00Z"


@pytest.fixture
def revived() -> Session:
    """A session that works, one of another application, and a reset code and a challenge of the same account."""
    session = SessionFactory()
    SessionFactory(account=session.account, is_ended_by_request=True)
    ResetCodeFactory(account=session.account)
    SignInChallengeFactory(account=session.account)
    stranger = AccountFactory(appid="another")
    SessionFactory(account=stranger, appid="another")
    ResetCodeFactory(account=stranger, appid="another")
    return session


def happened() -> int:
    """Record an event; return its id."""
    record(Action.UPDATE_PROFILE, AccountFactory().accountid, ACTOR)
    return Event.objects.latest("pk").pk


def test_sessions_and_reset_codes_end(revived: Session) -> None:
    client = ApiClient(revived)
    assert outcome(client.get("user/session", sessionid=revived.sessionid)) == (200, "")
    result = run("after_restore", "--yes", "--json")
    assert (result.status, result.complained) == (0, "")
    assert {name: result.wire[name] for name in ("sessions", "resetCodes")} == {"sessions": 1, "resetCodes": 1}
    assert outcome(client.get("user/session", sessionid=revived.sessionid)) == (401, "Sign in required")
    assert not ResetCode.objects.exists()
    assert not SignInChallenge.objects.exists()


def test_other_applications_of_the_database_stay(revived: Session) -> None:
    run("after_restore", "--yes")
    assert ResetCode._base_manager.get().appid == "another"
    assert Session._base_manager.get(ended_at=None).appid == "another"


def test_it_is_recorded_before_it_begins_and_each_end_after_it(revived: Session) -> None:
    run("after_restore", "--yes")
    events = Event.objects.order_by("pk").values_list("action", "targetid", "details", "actor_kind")
    assert list(events) == [
        ("after-restore", "", "to be ended: 1 sessions, 1 reset codes", "command line"),
        ("end-sessions", revived.sessionid, "", "command line"),
        ("delete-reset-code", mock.ANY, "", "command line"),
    ]


def test_many_sessions_of_an_account_end_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revocation, "ROWS_AT_ONCE", 2)
    monkeypatch.setattr(session_models, "ROWS_AT_ONCE", 2)
    heavy, light = AccountFactory.create_batch(2)
    SessionFactory.create_batch(3, account=heavy)
    SessionFactory.create_batch(2, account=light)
    assert run("after_restore", "--yes", "--json").wire["sessions"] == 5
    assert not Session.objects.active(timezone.now()).exists()
    assert Revocation.objects.get().account == heavy
    ended = Event.objects.filter(action=Action.END_SESSIONS)
    assert ended.filter(accountid=heavy.accountid).count() == 1
    assert ended.filter(accountid=light.accountid).count() == 2


def test_account_that_is_deleted_meanwhile_has_no_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revocation, "ROWS_AT_ONCE", 1)
    SessionFactory.create_batch(2, account=AccountFactory())
    ending = revocation.end_sessions_of_heavy_accounts(ACTOR)
    Account.objects.all().delete()
    assert list(ending) == [0]


def test_what_is_newer_than_the_restore_stays() -> None:
    account = AccountFactory()
    old = {"account": account, "created_at": timezone.now() - timedelta(days=400)}
    for factory in (SessionFactory, ResetCodeFactory):
        factory(**old)
    new = SessionFactory(account=account), ResetCodeFactory(account=account)
    at = (timezone.now() - timedelta(days=1)).isoformat()
    result = run("after_restore", "--yes", "--json", "--created-before", at).wire
    assert (result["sessions"], result["resetCodes"]) == (1, 1)
    assert (Session.objects.active(timezone.now()).get(), ResetCode.objects.get()) == new


@pytest.mark.parametrize("given", ["yesterday", "9999-12-31T23:59-23:00", ""])
def test_a_time_is_a_time(given: str) -> None:
    result = run("after_restore", "--created-before", given)
    assert result.status != 0
    assert f"{given!r} is not a time such as 2026-11-21T06:00Z" in result.complained


def test_times_without_a_zone_are_in_utc(revived: Session) -> None:
    for given in (EARLIER, "2026-11-21T06:00", "2026-11-21"):
        assert run("after_restore", "--dry-run", "--json", "--created-before", given).status == 0


def test_question_says_how_many(revived: Session) -> None:
    before = everything()
    result = run("after_restore")
    assert (result.status, result.said) == (1, "")
    assert result.complained == (
        "Failed: End 1 session and 1 reset code, and have the readers of the feed start over? "
        "There is no terminal to answer at: give --yes.\n"
    )
    assert everything() == before


def test_dry_run_changes_nothing(revived: Session) -> None:
    before, epoch = everything(), EpochTable().read().epoch
    assert run("after_restore", "--dry-run").said.startswith("1 session and 1 reset code would be ended\n")
    assert run("after_restore", "--dry-run", "--json").wire == {
        "dryRun": True,
        "sessions": 1,
        "resetCodes": 1,
        "standing": {"serviceCredentials": 0, "administrators": 0, "recoveryCodes": 0},
    }
    assert (everything(), EpochTable().read().epoch) == (before, epoch)


def test_operators_are_told_what_else_to_look_at() -> None:
    AccountFactory(administrator=True)
    ServiceCredentialFactory.create_batch(2)
    assert run("after_restore", "--yes").said == (
        "0 sessions and 0 reset codes ended. The cache and the feed start over.\n"
        "Check what else may have been revoked or changed since the backup: 2 service credentials, 1 administrator, "
        "0 recovery codes, and passwords.\n"
    )


def test_cache_begins_a_new_epoch() -> None:
    before = EpochTable().read().epoch
    run("after_restore", "--yes")
    assert EpochTable().read().epoch > before


def test_interruption_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revocation, "SESSIONS_PER_TRANSACTION", 1)
    SessionFactory.create_batch(3, account=AccountFactory())
    ResetCodeFactory.create_batch(2, account=AccountFactory())
    real, calls = revocation._end, []

    def end(*args: Any, **options: Any) -> set[str]:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args, **options)

    monkeypatch.setattr(revocation, "_end", end)
    result = run("after_restore", "--yes")
    assert (result.status, "Interrupted: 1 session of 3 ended" in result.complained) == (130, True)
    again = run("after_restore", "--yes", "--json").wire
    assert (again["sessions"], again["resetCodes"]) == (2, 2)


def test_codes_end_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restored_backup, "CODES_PER_TRANSACTION", 2)
    ResetCodeFactory.create_batch(5, account=AccountFactory())
    assert list(restored_backup.end_reset_codes(timezone.now(), ACTOR)) == [2, 2, 1]


# The feed


def lost(since: int) -> None:
    """Take the events after this one away, and give their ids again, as a restored backup does."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM events_event WHERE id > %s", [since])
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval(pg_get_serial_sequence('events_event', 'id'), %s)", [since])
        else:
            cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = 'events_event'", [since])


@committing
@pytest.mark.parametrize("is_in_a_batch", [False, True])
def test_cursors_of_before_are_refused(is_in_a_batch: bool) -> None:
    begin = feed.from_now()
    in_backup = happened()
    [happened() for _ in range(3)]
    cursor = feed.read(begin, limit=2).cursor if is_in_a_batch else feed.from_now()
    lost(in_backup)
    run("after_restore", "--yes")
    for given in (cursor, begin):
        with pytest.raises(DashboardError) as refused:
            feed.read(given)
        assert refused.value.error_code is ErrorCode.FEED_RESTARTED


@committing
def test_lost_ids_are_given_to_no_other_event() -> None:
    in_backup = happened()
    gone = [happened() for _ in range(3)]
    lost(in_backup)
    run("after_restore", "--yes")
    events = [Event.objects.get(action=Action.AFTER_RESTORE).pk, happened(), happened()]
    assert events == sorted(events)
    assert not {*gone} & {*events}


@committing
def test_readers_who_begin_again_miss_nothing() -> None:
    in_backup = happened()
    lost(in_backup)
    run("after_restore", "--yes")
    page = feed.read(feed.from_time(timezone.now() - timedelta(hours=1)), is_new=True)
    assert [event.action for event in page.events][-1] == Action.AFTER_RESTORE
    new = happened()
    assert [event.pk for event in feed.read(page.cursor).events] == [new]
    assert Cursor.decode(page.cursor.encode()) == page.cursor


@committing
def test_a_second_restore_is_noticed_too() -> None:
    run("after_restore", "--yes")
    cursor = feed.from_now()
    run("after_restore", "--yes")
    with pytest.raises(DashboardError):
        feed.read(cursor)


@committing
def test_webhooks_are_told() -> None:
    webhook = Webhook.objects.create(url="https://app.example.com/hooks", encrypted_secret="secret")
    queue.fetch_all()
    before = FeedReader.objects.get(owner=webhook.pk, name=READER).cursor
    in_backup = happened()
    lost(in_backup)
    run("after_restore", "--yes")
    queue.fetch_all()
    assert Action.AFTER_RESTORE in set(Delivery.objects.values_list("action", flat=True))
    assert FeedReader.objects.get(owner=webhook.pk, name=READER).cursor != before


@pytest.mark.postgresql
def test_role_of_the_server_is_refused_and_changes_nothing(revived: Session) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE role_of_a_server")
        cursor.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO role_of_a_server")
        cursor.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO role_of_a_server")
        before = everything()
        cursor.execute("SET LOCAL ROLE role_of_a_server")
        result = run("after_restore", "--yes")
        cursor.execute("RESET ROLE")
    assert (result.status, result.complained) == (
        1,
        "Failed: Run it with the DATABASE_URL of the role that owns the tables, as for migrate.\n",
    )
    assert everything() == before
