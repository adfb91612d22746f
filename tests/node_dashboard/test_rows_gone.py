"""Later runs delete what is gone from the source, and nothing else."""

from typing import Any

import pytest

from accounts.models import Account
from events.services.metric_keys import metric_keys
from node_dashboard.source import CannotImportError
from sessions_app.models import Session
from tests import node
from tests.client import outcome
from tests.node_dashboard.further_runs import OWNER, PERSON, PERSONID, everything, imported_counts, skipped
from tests.node_dashboard.test_people import sign_in, with_cookies

pytestmark = pytest.mark.django_db


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
