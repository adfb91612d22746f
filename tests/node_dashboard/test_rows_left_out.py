"""Rows that are skipped with a reason, while all others are imported."""

from typing import Any

import pytest

from accounts.models import Account
from node_dashboard.report import Report
from resetcodes.models import ResetCode
from sessions_app.models import Session
from tests import node
from tests.client import outcome
from tests.factories import AccountFactory, ResetCodeFactory
from tests.node_dashboard.test_people import sign_in

PERSON, OTHER = node.ACCOUNTS[4], node.ACCOUNTS[6]
PERSONID, OTHERID = PERSON["accountid"], OTHER["accountid"]
USERNAME_HASH = node.rows("accounts")[PERSONID]["usernameHash"]
OF_PERSON = [PERSON["profileid"], *(session["sessionid"] for session in PERSON["sessions"])]

pytestmark = pytest.mark.django_db


def skipped_rows(original: Any) -> dict[str, str]:
    """Return the skipped rows of a run with their reasons. Its preview reports the same."""
    preview, report = original.preview(), original.import_()
    assert preview.as_json() == report.as_json()
    assert_all_counted(report)
    return {row.rowid: row.reason for row in report.skipped}


def assert_all_counted(report: Report) -> None:
    for _, counts in report.lines():
        *outcomes, skipped = counts
        assert sum(outcomes) + skipped > 0
    assert len(report.skipped) == sum(counts["skipped"] for counts in report.counts.values())
    for model, table in ((Account, "accounts"), (Session, "sessions"), (ResetCode, "resetCodes")):
        expected = report.counts[table]["new"]
        assert model.objects.filter(pk__in=node.rows(table)).count() == expected  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "column",
    ['"usernameHash"', '"passwordHash"', '"sessionKey"', '"createdAt"'],
)
def test_rows_of_a_rejected_account_are_skipped(column: str, original: Any) -> None:
    original.change(f"update accounts set {column} = null where accountid = ?", PERSONID)
    reasons = skipped_rows(original)
    assert reasons.pop(PERSONID)
    assert reasons == dict.fromkeys(OF_PERSON, f"its account {PERSONID} was rejected")
    assert outcome(sign_in(OTHER)) == (200, "")


def test_rows_without_an_account(original: Any) -> None:
    original.change("delete from accounts where accountid = ?", PERSONID)
    reasons = skipped_rows(original)
    assert reasons == dict.fromkeys(OF_PERSON, f"its account {PERSONID} is not in the source")


def test_rows_without_an_id(original: Any) -> None:
    original.change("update sessions set sessionid = null where accountid = ?", PERSONID)
    original.change("update accounts set accountid = null where accountid = ?", OTHERID)
    original.change("update metrics set metricid = null where metricid like 'accounts-created/2026-11-21'")
    report = original.import_()
    assert [(it.table, it.rowid) for it in report.skipped if it.rowid == "(no id)"] == [
        ("accounts", "(no id)"), ("sessions", "(no id)"), ("sessions", "(no id)"), ("metrics", "(no id)"),
    ]  # fmt: skip


def test_username_that_exists_here(original: Any) -> None:
    ours = AccountFactory(username_hash=USERNAME_HASH)
    assert skipped_rows(original)[PERSONID] == f"{ours.pk} has its username here"
    assert Account.objects.get(username_hash=USERNAME_HASH) == ours


def test_username_that_two_accounts_of_the_source_have(original: Any) -> None:
    first, second = sorted([PERSONID, OTHERID])
    original.change("create table copy as select * from accounts")
    original.change("drop table accounts")
    original.change("alter table copy rename to accounts")
    original.change('update accounts set "usernameHash" = ? where accountid = ?', USERNAME_HASH, OTHERID)
    assert skipped_rows(original)[second] == f"its username is also that of {first}"
    assert Account.objects.filter(pk=first).exists()


@pytest.mark.parametrize(
    ("appid", "reason"),
    [
        ("another", "a row of another APPID has its id here"),
        ("dashboard", "a row that was not imported has its id here"),
    ],
)
def test_id_that_exists_here(appid: str, reason: str, original: Any) -> None:
    account, code = AccountFactory(pk=PERSONID, appid=appid), node.ACCOUNTS[5]["resetCodes"][0]["codeid"]
    ResetCodeFactory(pk=code, appid=appid, account=account)
    reasons = {row.rowid: row.reason for row in original.import_().skipped}
    assert (reasons[PERSONID], reasons[code]) == (reason, reason)
    assert {reasons[rowid] for rowid in OF_PERSON} == {f"its account {PERSONID} was rejected"}
    assert Account._base_manager.get(pk=PERSONID).username_hash == account.username_hash


def test_default_profile_of_another_account_is_dropped(original: Any) -> None:
    original.change("update accounts set profileid = ? where accountid = ?", OTHER["profileid"], PERSONID)
    assert skipped_rows(original) == {}
    assert Account.objects.get(pk=PERSONID).profile is None
    assert Account.objects.get(pk=OTHERID).profile_id == OTHER["profileid"]


def test_only_the_row_that_the_database_refuses_is_skipped(original: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same happens if a person registers during the import."""
    monkeypatch.setattr("node_dashboard.source.Source.shared_usernames", lambda source: {})
    original.change("create table copy as select * from accounts")
    original.change("drop table accounts")
    original.change("alter table copy rename to accounts")
    original.change('update accounts set "usernameHash" = ? where accountid = ?', USERNAME_HASH, OTHERID)
    report = original.import_()
    second = max(PERSONID, OTHERID)
    assert [it.reason for it in report.skipped if it.rowid == second] == [
        f"{min(PERSONID, OTHERID)} has its username here"
    ]
    assert Account.objects.count() == 11


@pytest.mark.parametrize(
    ("metricid", "value"),
    [("logins/2026-11-21", 1), ("accounts-created/2026-02-30", 1), ("accounts-created/2026-11-21/1", 1),
     ("accounts-created", 1), ("a\0b", 1), ("sessions-created/2026-11-20", -1), ("sessions-created/2026-11-20", None)],
)  # fmt: skip
def test_unknown_metric(metricid: str, value: int | None, original: Any) -> None:
    original.change(
        'insert into metrics (metricid, appid, value, "updatedAt") values (?, ?, ?, ?)',
        metricid, original.appid, value, "2026-11-21 01:33:31.649 +00:00",
    )  # fmt: skip
    assert list(skipped_rows(original)) == [metricid]


def test_custom_fields_are_noted(original: Any) -> None:
    original.change("update profiles set fields = ? where accountid = ?", '{"shoe-size": 43}', PERSONID)
    original.change("update profiles set fields = ? where accountid = ?", "null", OTHERID)
    note = f"{PERSON['profileid']} has custom fields, which are not imported."
    assert original.import_().notes == [note]


def test_rows_of_another_app_id_are_not_imported(original: Any) -> None:
    for table in ("accounts", "profiles", "sessions"):
        original.change(f"update {table} set appid = 'another' where accountid = ?", PERSONID)
    assert skipped_rows(original) == {}
    assert Account.objects.count() == 11
    assert not Account.objects.filter(pk=PERSONID).exists()
