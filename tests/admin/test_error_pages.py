"""Errors are pages in the look of the site: with its menu for administrators, and without the database for faults."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.admin.browser import Browser, text
from tests.factories import AccountFactory
from tests.outages import dying_after

MENU = "Find an account"
UNKNOWN = "acct_0000000000000000"


def test_unknown_account_keeps_the_menu_and_leads_to_its_events(support: Browser) -> None:
    response = support.get(f"accounts/account/{UNKNOWN}/change/")
    assert response.status_code == 404
    assert MENU in text(response)
    assert "Nothing has this ID. It may have been deleted; its events stay recorded." in text(response)
    assert f'href="/admin/events/event/?accountid={UNKNOWN}"' in response.content.decode()


@pytest.mark.parametrize("path", ["sessions_app/session/sess_0000000000000000/change/", "nothing", "auth/group/"])
def test_other_unknown_pages_keep_the_menu(support: Browser, path: str) -> None:
    response = support.get(path)
    assert response.status_code == 404
    assert MENU in text(response)
    assert "Its events" not in text(response)


@pytest.mark.parametrize("path", ["nothing", f"accounts/account/{UNKNOWN}/nothing"])
def test_anonymous_browser_sees_no_menu(anonymous: Browser, path: str) -> None:
    response = anonymous.client.get(f"/admin/{path}", follow=True)
    assert MENU not in text(response)


def test_browser_of_another_account_sees_no_menu(db: None, anonymous: Browser) -> None:
    from tests.factories import SessionFactory  # noqa: PLC0415

    response = Browser(SessionFactory(account=AccountFactory())).client.post("/admin/login/")
    assert (response.status_code, MENU in text(response)) == (403, False)


def test_form_without_a_token_says_that_it_expired(support: Browser) -> None:
    response = support.client.post("/admin/accounts/account/", {"action": "reset-session-key"})
    assert response.status_code == 403
    assert "Form expired The form was open for too long" in text(response)
    assert MENU in text(response)


def test_refused_page_says_so(support: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> None:
        raise PermissionDenied

    monkeypatch.setattr("admin_site.site.home_context", refuse)
    response = support.get("")
    assert response.status_code == 403
    assert "No access You may not open this page." in text(response)
    assert "Form expired" not in text(response)


def test_page_of_a_fault_asks_the_database_nothing(support: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(now: Any) -> None:
        raise ZeroDivisionError

    support.get("")  # the session is cached from now on
    monkeypatch.setattr("admin_site.site.home_context", fail)
    with CaptureQueriesContext(connection) as queries:
        response = support.get("")
    assert response.status_code == 500
    assert "Something went wrong on the server." in text(response)
    assert MENU not in text(response)
    assert len(queries) <= 2  # the session and the name in the menu of the page that failed


@pytest.mark.parametrize("statements", range(1, 4))
def test_unknown_page_needs_no_database(support: Browser, statements: int) -> None:
    with dying_after(statements):
        response = support.get("nothing")
    assert response.status_code in (404, 503)


def test_other_host_is_refused_without_a_menu(support: Browser) -> None:
    response = support.client.get("/admin/", headers={"host": "evil.example"})
    assert (response.status_code, MENU in text(response)) == (400, False)


def test_page_has_landmarks_and_a_link_to_skip_the_menu(support: Browser) -> None:
    content = support.get("accounts/account/").content.decode()
    assert content.index('href="#content" class="skip-link"') < content.index("<nav")
    assert all(content.count(f"<{landmark}") == 1 for landmark in ("header", "main"))


def test_empty_site_says_what_to_do_next(owner: Browser) -> None:
    assert "Yours is the only account so far." in text(owner.get(""))
    AccountFactory()
    assert "Yours is the only account so far." not in text(owner.get(""))


def test_filters_and_states_are_explained(support: Browser) -> None:
    page = text(support.get("accounts/account/"))
    for sentence in ("Most accounts are in none of these states.", "The deletion can be cancelled until it is due."):
        assert sentence in page
    assert "Neither ended nor expired, nor idle for too long" in text(support.get("sessions_app/session/"))
    assert "What was done, through the API" in text(support.get("events/event/"))


def test_account_page_has_no_empty_facts(support: Browser) -> None:
    page = text(support.get(f"accounts/account/{AccountFactory().pk}/change/"))
    assert "All sessions ended" not in page.partition("Profiles All")[0].replace("End all sessions", "")
    assert "Reset code used" not in page
