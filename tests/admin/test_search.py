"""The search of the site: over the list, and in the dialog."""

import logging

import pytest

from accounts.models import Account
from admin_site.admin import accounts as accounts_admin
from dashboard.core.actor import Actor
from sessions_app.services import sessions
from tests.admin.browser import Browser, text
from tests.factories import AccountFactory, ProfileFactory


@pytest.fixture
def ada(db: None) -> Account:
    account = AccountFactory(username="Countess-1815")
    account.profile = ProfileFactory(account=account, full_name="Ada Lovelace", contact_email="ada@example.com")
    account.save()
    ProfileFactory(full_name="Adam Smith", contact_email="adam@other.example")
    return account


@pytest.mark.parametrize("path", ["accounts/account/?q={}", "search/?s={}&extended=1"])
@pytest.mark.parametrize("term", ["ada@example", "lovelace", "example.com", "Countess-1815"])
def test_account_is_found_from_a_page(support: Browser, ada: Account, path: str, term: str) -> None:
    page = support.get(path.format(term))
    assert f"/admin/accounts/account/{ada.pk}/change/" in page.content.decode()
    assert "Adam Smith" not in text(page)


def test_email_is_beside_the_name(support: Browser, ada: Account) -> None:
    assert f"Ada Lovelace {ada.pk} ada@example.com" in text(support.get("accounts/account/", q="lovelace"))
    assert f"Ada Lovelace · ada@example.com · {ada.pk}" in text(support.get("search/", s="lovelace"))


def test_exact_match_is_first_in_the_dialog(support: Browser, ada: Account) -> None:
    newer = ProfileFactory(contact_email="ada@example.com.au").account
    page = support.get("search/", s="ada@example.com").content.decode()
    assert page.index(ada.pk) < page.index(newer.pk)


def test_dialog_of_a_browser_that_was_signed_out_loads_its_page_again(support: Browser, ada: Account) -> None:
    assert "HX-Refresh" not in support.client.get("/admin/search/?s=ada", headers={"HX-Request": "true"})
    assert support.session
    sessions.set_session_ended(support.session.sessionid, Actor.command_line())
    response = support.client.get("/admin/search/?s=ada", headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Refresh"], "Location" in response) == (204, "true", False)
    assert support.get("search/", s="ada")["Location"] == "/admin/login/?next=/admin/search/%3Fs%3Dada"


def test_empty_result_says_what_was_searched_and_what_else_to_try(support: Browser, ada: Account) -> None:
    page = text(support.get("accounts/account/", q="<nobody>"))
    assert "No accounts match “<nobody>” The search looked for an account or profile with this ID" in page
    assert "Try fewer letters or one word alone" in page
    assert "Search without filters" not in page
    page = text(support.get("accounts/account/", q="lovelace", state="locked"))
    assert "No accounts match “lovelace” with these filters" in page
    assert "Search without filters" in page
    assert "No accounts match these filters" in text(support.get("accounts/account/", state="locked"))
    assert "There are no reset codes" in text(support.get("resetcodes/resetcode/"))


def test_search_term_is_not_logged(
    support: Browser, ada: Account, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    assert ada.pk in text(support.get("accounts/account/", q="Countess-1815"))
    monkeypatch.setattr(accounts_admin, "search_for", lambda *arguments: 1 / 0)
    assert support.get("accounts/account/", q="Countess-1815").status_code == 500
    assert caplog.records
    assert "Countess" not in caplog.text
