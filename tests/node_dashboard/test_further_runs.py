"""Later runs import what is new, changed or gone in the source, and keep changes made here."""

from datetime import timedelta
from typing import Any

import pytest
from django.forms.models import model_to_dict
from django.utils import timezone

from accounts.models import Account, Profile
from accounts.services.credentials import reset_session_key
from accounts.services.deletion import delete_account
from accounts.services.profiles import update_profile
from accounts.services.roles import force_owner_account
from dashboard.core.actor import Actor
from dashboard.models import Record
from events.models import Event
from events.services.metric_keys import metric_keys
from node_dashboard.source import CannotImportError
from resetcodes.models import ResetCode
from resetcodes.services.reset_codes import delete_reset_code
from sessions_app.models import Session
from sessions_app.services import sessions
from tests import node
from tests.client import outcome
from tests.factories import AccountFactory
from tests.node_dashboard.test_people import asked, sign_in, with_cookies

OPERATOR = Actor.command_line()
MODELS: tuple[type[Record], ...] = (Account, Profile, Session, ResetCode)
OWNER, ADMINISTRATOR = node.ACCOUNTS[0], node.ACCOUNTS[1]
PERSON = node.ACCOUNTS[4]
PERSONID = PERSON["accountid"]
LATER = "2026-11-21 02:00:00.000 +00:00"
KEPT = "it was changed both here and in the source since it was imported; it is kept as it is here"
NEW_HASH = "$2b$04$" + "a" * 21 + "." + "a" * 31

pytestmark = pytest.mark.django_db


def everything() -> dict[str, Any]:
    rows = {
        row.pk: (model_to_dict(row), row.appid, row.created_at, row.updated_at)
        for m in MODELS
        for row in m.objects.all()
    }
    return {**rows, "metrics": [str(it) for it in metric_keys(",".join(node.rows("metrics")))]}


def imported_counts(original: Any) -> dict[str, dict[str, int]]:
    """Return the counts of a run except unchanged rows. Its preview has the same."""
    preview, report = original.preview().as_json(), original.import_().as_json()
    assert preview == report
    counts = {
        table: {outcome: rows for outcome, rows in counts.items() if rows and outcome != "unchanged"}
        for table, counts in report["tables"].items()
    }
    return {table: counted for table, counted in counts.items() if counted}


def skipped(original: Any) -> list[tuple[str, str]]:
    return [(row.rowid, row.reason) for row in original.import_().skipped]


@pytest.fixture
def moved(original: Any, db: None) -> Any:
    original.import_()
    return original


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


# Rows that are gone from the source


def test_account_that_is_gone_from_the_source_is_deleted_with_everything(moved: Any) -> None:
    moved.change("delete from accounts where accountid = ?", PERSONID)
    for table in ("profiles", "sessions"):
        moved.change(f"delete from {table} where accountid = ?", PERSONID)
    assert imported_counts(moved) == {"accounts": {"gone": 1}, "profiles": {"gone": 1}, "sessions": {"gone": 2}}
    assert not Account.objects.filter(pk=PERSONID).exists()
    assert not Session.objects.filter(account=PERSONID).exists()
    assert outcome(sign_in(PERSON)) == (401, "invalid-username")
    assert metric_keys("account-deleted/total") == []
    assert imported_counts(moved) == {}


def test_freed_username_can_be_taken_by_another_account(moved: Any) -> None:
    moved.change("update accounts set accountid = ? where accountid = ?", "acct_0000000000000000", PERSONID)
    for table in ("profiles", "sessions"):
        moved.change(f"update {table} set accountid = ? where accountid = ?", "acct_0000000000000000", PERSONID)
    moved.import_()
    assert sign_in(PERSON).json()["accountid"] == "acct_0000000000000000"


def test_reset_code_that_was_used_in_the_source_is_deleted_here(moved: Any) -> None:
    account = node.ACCOUNTS[5]
    (code,) = account["resetCodes"]
    moved.change("delete from resetCodes where codeid = ?", code["codeid"])
    assert imported_counts(moved) == {"resetCodes": {"gone": 1}}
    body = {"username": account["username"], "new-password": "another password", "secret-code": code["code"]}
    answer = with_cookies(OWNER["sessions"][0]).patch("user/reset-account-password", body)
    assert outcome(answer) == (401, "invalid-reset-code")


def test_account_that_is_gone_from_the_source_but_was_used_here_is_kept(moved: Any) -> None:
    sign_in(PERSON)
    moved.change("delete from accounts where accountid = ?", PERSONID)
    assert (PERSONID, "it is gone from the source, but was changed here; it is kept") in skipped(moved)
    assert Account.objects.filter(pk=PERSONID).exists()


def test_another_database_with_the_same_app_id_is_refused(moved: Any) -> None:
    before = everything()
    moved.change("update accounts set accountid = replace(accountid, '0', '1')")
    moved.change(
        "delete from accounts where accountid in (select accountid from accounts where accountid not like '%1%')"
    )
    for account in node.ACCOUNTS:
        moved.change("delete from accounts where accountid = ?", account["accountid"])
    for run in (moved.preview, moved.import_):
        with pytest.raises(CannotImportError, match="none of the accounts that were imported before"):
            run()
    assert everything() == before


# Changes made here


@pytest.mark.parametrize(
    ("change_here", "rowid", "change_there"),
    [
        (
            lambda: reset_session_key(PERSONID, OPERATOR),
            PERSONID,
            ('update accounts set "updatedAt" = ? where accountid = ?', LATER, PERSONID),
        ),
        (
            lambda: update_profile(
                PERSON["profileid"], PERSONID, {"full-name": "Ours", "contact-email": "a@example.com"}, OPERATOR
            ),
            PERSON["profileid"],
            ('update profiles set "fullName" = ?, "updatedAt" = ? where accountid = ?', "Theirs", LATER, PERSONID),
        ),
    ],
    ids=["account", "profile"],
)
def test_row_that_was_changed_here_is_kept(moved: Any, change_here: Any, rowid: str, change_there: Any) -> None:
    change_here()
    after = everything()
    assert imported_counts(moved) == {}
    moved.change(*change_there)
    assert skipped(moved) == [(rowid, KEPT)]
    assert everything() == after


def test_session_is_not_imported_after_a_session_key_reset_here(moved: Any) -> None:
    reset_session_key(PERSONID, OPERATOR)
    moved.change('update accounts set "updatedAt" = ? where accountid = ?', LATER, PERSONID)
    session = PERSON["sessions"][0]["sessionid"]
    moved.change("update sessions set sessionid = ? where sessionid = ?", "sess_0123456789abcdef", session)
    assert ("sess_0123456789abcdef", "the session key of its account was reset here") in skipped(moved)


def test_deleted_rows_do_not_come_back(moved: Any) -> None:
    account = node.ACCOUNTS[5]
    delete_reset_code(account["resetCodes"][0]["codeid"], OPERATOR)
    delete_account(PERSONID, OPERATOR)
    reasons = dict(skipped(moved))
    deleted = "it was deleted here since it was imported"
    assert reasons == {
        PERSONID: deleted,
        account["resetCodes"][0]["codeid"]: deleted,
        PERSON["profileid"]: f"its account {PERSONID} was rejected",
        **{session["sessionid"]: f"its account {PERSONID} was rejected" for session in PERSON["sessions"]},
    }
    assert not Account.objects.filter(pk=PERSONID).exists()


def test_session_that_was_ended_here_stays_ended(moved: Any) -> None:
    session = PERSON["sessions"][0]
    sessions.set_session_ended(session["sessionid"], OPERATOR)
    moved.change('update sessions set "lastVerifiedAt" = ?, "updatedAt" = ?', LATER, LATER)
    moved.import_()
    assert asked(PERSON, session)[0] == 401


def test_renewed_hashes_do_not_count_as_changes(moved: Any) -> None:
    account = Account.objects.get(pk=PERSONID)
    assert account.check_password(PERSON["password"])
    account.renew_username_hash(PERSON["username"])
    assert imported_counts(moved) == {}
    assert outcome(sign_in(PERSON)) == (200, "")


def test_change_in_the_source_keeps_columns_of_this_server(moved: Any) -> None:
    until = timezone.now() + timedelta(minutes=1)
    seen = Session.objects.filter(account=PERSONID)
    Account.objects.filter(pk=PERSONID).update(failed_sign_ins=9, locked_until=until)
    seen.update(last_seen_at=until, ip_address="192.0.2.1", user_agent="Firefox")
    tokens = list(seen.order_by("pk").values_list("csrf_token", flat=True))
    for table in ("accounts", "sessions"):
        moved.change(f'update {table} set "updatedAt" = ?', LATER)
    assert imported_counts(moved) == {"accounts": {"changed": 12}, "sessions": {"changed": 24}}
    account = Account.objects.get(pk=PERSONID)
    assert (account.failed_sign_ins, account.locked_until) == (9, until)
    assert set(seen.values_list("last_seen_at", "ip_address", "user_agent")) == {(until, "192.0.2.1", "Firefox")}
    assert list(seen.order_by("pk").values_list("csrf_token", flat=True)) == tokens


# Ownership


def test_owner_here_remains_the_owner(original: Any) -> None:
    ours = AccountFactory(owner=True)
    report = original.import_()
    assert report.notes == [f"{OWNER['accountid']} is the owner in the source; {ours.pk} remains the owner here."]
    assert Account.objects.owner().get() == ours
    assert Account.objects.get(pk=OWNER["accountid"]).administrator_since


def test_ownership_that_was_transferred_in_the_source_is_transferred_here(moved: Any) -> None:
    moved.change(
        'update accounts set "ownerSince" = null, "updatedAt" = ? where accountid = ?', LATER, OWNER["accountid"]
    )
    moved.change(
        'update accounts set "ownerSince" = ?, "updatedAt" = ? where accountid = ?',
        LATER,
        LATER,
        ADMINISTRATOR["accountid"],
    )
    assert moved.import_().notes == []
    owner = Account.objects.owner().get()
    assert (owner.pk, owner.as_json()["ownerSince"]) == (ADMINISTRATOR["accountid"], "2026-11-21T02:00:00.000Z")
    assert imported_counts(moved) == {}


def test_ownership_that_was_transferred_here_is_kept(moved: Any) -> None:
    force_owner_account(PERSONID, OPERATOR)
    assert len(moved.import_().notes) == 1
    assert Account.objects.owner().get().pk == PERSONID


def test_first_of_several_owners_becomes_the_owner(original: Any) -> None:
    original.change('update accounts set "ownerSince" = ? where accountid = ?', LATER, PERSONID)
    assert original.import_().notes == [f"{PERSONID} is another owner in the source, and an administrator here."]
    assert Account.objects.owner().get().pk == OWNER["accountid"]
    assert Account.objects.get(pk=PERSONID).administrator_since


def test_source_without_an_owner(original: Any) -> None:
    original.change('update accounts set "ownerSince" = null')
    (note,) = original.import_().notes
    assert note.startswith("There is no owner.")
    assert not Account.objects.owner().exists()


# Metrics


def test_metrics_grow_by_as_much_as_in_the_source(moved: Any) -> None:
    sign_in(PERSON)
    moved.change("update metrics set value = 30 where metricid like 'sessions-created/%'")
    assert imported_counts(moved) == {"metrics": {"changed": 1}}
    (figure,) = metric_keys("sessions-created/2026-11-21")
    assert figure["value"] == 30 + 1
    assert imported_counts(moved) == {}


def test_totals_that_differ_from_the_sum_of_days_are_noted(original: Any) -> None:
    original.change("update metrics set value = 13 where metricid = 'accounts-created/total'")
    assert original.import_().notes == [
        "accounts-created/total is 13 in the source; here it is the sum of its days, 12."
    ]


def test_overdue_deletion_is_imported_unchanged(original: Any) -> None:
    original.change('update accounts set "deletedAt" = "createdAt" where accountid = ?', PERSONID)
    original.import_()
    account = Account.objects.get(pk=PERSONID)
    assert account.deleted_at == account.created_at < timezone.now() - timedelta(minutes=5)
    assert {asked(PERSON, session)[0] for session in PERSON["sessions"]} == {401}
