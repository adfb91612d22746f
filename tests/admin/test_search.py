"""The search finds accounts by name, email address, username and id."""

import logging
from typing import Any

import pytest
from django.db import connection

from accounts.models import Account, Profile, ProfileQuerySet
from admin_site.pages.search import matching_accountids
from tests.admin.browser import Browser, text
from tests.factories import AccountFactory, ProfileFactory


@pytest.fixture
def ada(db: None) -> Account:
    account = AccountFactory(username="Countess-1815")
    account.profile = ProfileFactory(
        account=account,
        full_name="Ada Lovelace",
        contact_email="Ada@Example.com",
        display_name="The Countess",
        display_email="countess_of_lovelace@example.org",
    )
    account.save()
    ProfileFactory(full_name="Adam Smith", contact_email="adam@example.com")
    return account


@pytest.mark.parametrize(
    ("term", "is_found"),
    [
        ("ada love", True),
        ("ADA@EXAMPLE.COM", True),
        ("ada@", True),
        ("the count", True),
        ("countess_of", True),
        (" Ada Lovelace ", True),
        ("Countess-1815", True),
        ("countess-1815", False),
        ("Countess-181", False),
        ("lovelace", False),
        ("countess%", False),
        ("a_a", False),
        ("", False),
        ("\0", False),
        ("acct_0000000000000000", False),
        ("x" * 5000, False),
    ],
)
def test_account_is_found(ada: Account, term: str, is_found: bool) -> None:
    assert matching_accountids(term) == ({ada.pk} if is_found else set())


def test_account_is_found_by_id(ada: Account) -> None:
    assert matching_accountids(ada.pk) == matching_accountids(ada.profile_id or "") == {ada.pk}


def test_account_of_another_appid_is_not_found(ada: Account, settings: Any) -> None:
    settings.APPID = "another"
    assert not matching_accountids("Countess-1815")
    assert not matching_accountids("ada love")
    assert not matching_accountids(ada.pk)


@pytest.mark.parametrize("path", ["accounts/account/?q={}", "search/?s={}&extended=1"])
def test_account_is_found_from_a_page(support: Browser, ada: Account, path: str) -> None:
    page = support.get(path.format("ada@example"))
    assert f"/admin/accounts/account/{ada.pk}/change/" in page.content.decode()
    assert "Adam Smith" not in text(page)


def test_search_term_is_not_logged(
    support: Browser, ada: Account, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    assert ada.pk in text(support.get("accounts/account/", q="Countess-1815"))
    monkeypatch.setattr("admin_site.admin.accounts.matching_accountids", lambda term: 1 / 0)
    assert support.get("accounts/account/", q="Countess-1815").status_code == 500
    assert caplog.records
    assert "Countess" not in caplog.text


@pytest.fixture
def without_scans(db: None) -> None:
    """Make the planner use an index where it can, although the table is empty."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("DROP INDEX profile_newest, profile_newest_of_account")


@pytest.mark.postgresql
@pytest.mark.usefixtures("without_scans")
@pytest.mark.parametrize("column", [*ProfileQuerySet.EMAILS, *ProfileQuerySet.NAMES])
def test_index_serves_the_start_of_a_column(column: str) -> None:
    """The index serves any collation of the database."""
    plan = Profile.objects.beginning(column, "Ada").explain()
    assert f"profile_{column}_begins" in plan
    assert "~>=~ 'ada'" in plan


@pytest.mark.postgresql
@pytest.mark.usefixtures("without_scans")
@pytest.mark.parametrize("column", ProfileQuerySet.EMAILS)
def test_index_serves_an_email(column: str) -> None:
    plan = Profile.objects.with_email(column, "Ada@Example.com").explain()
    assert f"profile_{column}_begins" in plan
    assert "= 'ada@example.com'" in plan
