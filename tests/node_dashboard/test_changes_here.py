"""Later runs keep what was changed here."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Account
from accounts.services.credentials import reset_session_key
from accounts.services.deletion import delete_account
from accounts.services.profiles import update_profile
from resetcodes.services.reset_codes import delete_reset_code
from sessions_app.models import Session
from sessions_app.services import sessions
from tests import node
from tests.client import outcome
from tests.node_dashboard.further_runs import (
    KEPT,
    LATER,
    OPERATOR,
    PERSON,
    PERSONID,
    everything,
    imported_counts,
    skipped,
)
from tests.node_dashboard.test_people import asked, sign_in

pytestmark = pytest.mark.django_db


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
