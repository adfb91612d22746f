"""There is one owner after an import, whoever owned the source."""

from typing import Any

import pytest

from accounts.models import Account
from accounts.services.roles import force_owner_account
from tests.factories import AccountFactory
from tests.node_dashboard.further_runs import (
    ADMINISTRATOR,
    LATER,
    OPERATOR,
    OWNER,
    PERSONID,
    imported_counts,
)

pytestmark = pytest.mark.django_db


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
