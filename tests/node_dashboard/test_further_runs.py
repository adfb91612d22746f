"""Later runs import what is new or changed in the source."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Account
from events.models import Event
from sessions_app.models import Session
from sessions_app.services import sessions
from tests import node
from tests.client import outcome
from tests.node_dashboard.further_runs import (
    KEPT,
    LATER,
    NEW_HASH,
    OPERATOR,
    PERSON,
    PERSONID,
    everything,
    imported_counts,
    skipped,
)
from tests.node_dashboard.test_people import asked, sign_in

pytestmark = pytest.mark.django_db


def test_preview_reports_what_the_import_does(original: Any) -> None:
    before = everything()
    assert imported_counts(original) == {
        "accounts": {"new": 12}, "profiles": {"new": 12}, "sessions": {"new": 24}, "resetCodes": {"new": 6},
        "metrics": {"new": 5},
    }  # fmt: skip
    assert before == {"metrics": []}


def test_preview_writes_nothing(original: Any) -> None:
    original.preview()
    assert everything() == {"metrics": []}
    assert not Event.objects.exists()


def test_second_run_finds_everything_unchanged(moved: Any) -> None:
    before, events = everything(), Event.objects.count()
    assert imported_counts(moved) == {}
    assert everything() == before
    assert Event.objects.count() == events


def test_every_imported_account_has_an_event(moved: Any) -> None:
    columns = ("action", "accountid", "actor_kind")
    assert sorted(Event.objects.values_list(*columns)) == sorted(
        ("import-node-dashboard", account["accountid"], "command line") for account in node.ACCOUNTS
    )


def test_change_in_the_source_is_imported(moved: Any) -> None:
    moved.change(
        'update accounts set "passwordHash" = ?, "updatedAt" = ? where accountid = ?', NEW_HASH, LATER, PERSONID
    )
    moved.change('update profiles set "fullName" = ?, "updatedAt" = ? where accountid = ?', "New", LATER, PERSONID)
    assert imported_counts(moved) == {"accounts": {"changed": 1}, "profiles": {"changed": 1}}
    account = Account.objects.get(pk=PERSONID)
    assert account.password.endswith(NEW_HASH)
    assert account.profile
    assert account.profile.full_name == "New"
    assert outcome(sign_in(PERSON)) == (401, "invalid-password")
    assert imported_counts(moved) == {}


def test_new_row_of_the_source_is_imported(moved: Any) -> None:
    columns = 'appid, accountid, "tokenHash", duration, "csrfToken", "lastVerifiedAt", "endedAt", "createdAt"'
    moved.change(
        f'insert into sessions (sessionid, {columns}, "updatedAt") select ?, {columns}, ? from sessions'
        " where accountid = ? limit 1",
        "sess_0123456789abcdef",
        LATER,
        PERSONID,
    )
    assert imported_counts(moved) == {"sessions": {"new": 1}}
    session = {"sessionid": "sess_0123456789abcdef", "token": PERSON["sessions"][0]["token"]}
    assert asked(PERSON, session) == (200, "")


def test_new_default_profile_is_imported(moved: Any) -> None:
    moved.change(
        'insert into profiles (profileid, appid, accountid, "fullName", "createdAt", "updatedAt")'
        " values (?, ?, ?, ?, ?, ?)",
        "prof_0123456789abcdef", moved.appid, PERSONID, "New", LATER, LATER,
    )  # fmt: skip
    moved.change(
        'update accounts set profileid = ?, "updatedAt" = ? where accountid = ?',
        "prof_0123456789abcdef",
        LATER,
        PERSONID,
    )
    moved.change("delete from profiles where profileid = ?", PERSON["profileid"])
    assert imported_counts(moved) == {"accounts": {"changed": 1}, "profiles": {"new": 1, "gone": 1}}
    profile = Account.objects.get(pk=PERSONID).profile
    assert profile
    assert profile.full_name == "New"


def test_session_key_reset_in_the_source_ends_earlier_sessions(moved: Any) -> None:
    assert {asked(PERSON, session)[0] for session in PERSON["sessions"]} == {200}
    moved.change(
        'update accounts set "sessionKey" = ?, "sessionKeyNumber" = 2, "sessionKeyLastResetAt" = ?, "updatedAt" = ?'
        " where accountid = ?", "f" * 64, LATER, LATER, PERSONID,
    )  # fmt: skip
    assert imported_counts(moved) == {"accounts": {"changed": 1}, "sessions": {"changed": 2}}
    assert {asked(PERSON, session)[0] for session in PERSON["sessions"]} == {401}
    assert not Session.objects.filter(account=PERSONID).active(timezone.now()).exists()
    ended = set(Session.objects.filter(account=PERSONID).values_list("ended_by_action", "ended_by_kind"))
    assert ended == {("import-node-dashboard", "command line")}


def test_session_that_ended_in_the_source_ends_here_even_if_it_was_changed_here(moved: Any) -> None:
    (session, other) = PERSON["sessions"]
    sessions._verify(Account.objects.get(pk=PERSONID), session["sessionid"], OPERATOR, renew_token=False)
    moved.change('update sessions set "endedAt" = ?, "updatedAt" = ? where accountid = ?', LATER, LATER, PERSONID)
    assert (session["sessionid"], KEPT) in skipped(moved)
    assert [asked(PERSON, it)[0] for it in (session, other)] == [401, 401]


def test_run_with_the_right_key_repairs_a_run_with_a_wrong_one(original: Any, settings: Any) -> None:
    settings.DASHBOARD_ENCRYPTION_KEY = ["our key", "a wrong key"]
    original.import_()
    settings.DASHBOARD_ENCRYPTION_KEY = ["our key", "node:none"]
    assert outcome(sign_in(PERSON)) == (401, "invalid-password")
    assert imported_counts(original) == {"accounts": {"changed": 12}}
    assert outcome(sign_in(PERSON)) == (200, "")
    assert imported_counts(original) == {}


def test_overdue_deletion_is_imported_unchanged(original: Any) -> None:
    original.change('update accounts set "deletedAt" = "createdAt" where accountid = ?', PERSONID)
    original.import_()
    account = Account.objects.get(pk=PERSONID)
    assert account.deleted_at == account.created_at < timezone.now() - timedelta(minutes=5)
    assert {asked(PERSON, session)[0] for session in PERSON["sessions"]} == {401}
