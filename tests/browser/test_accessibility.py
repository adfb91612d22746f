"""No page of the administrators' site violates a rule of axe, in either theme, on a desktop or a phone."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Account
from events.models import Action
from sessions_app.models import Session
from tests.browser.axe import violations
from tests.browser.screens import DESKTOP, PHONE
from tests.factories import (
    AccountFactory,
    EventFactory,
    ProfileFactory,
    ResetCodeFactory,
    ServiceCredentialFactory,
    SessionFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)

Open = Callable[[str], Page]
LISTS = ["accounts/account", "accounts/profile", "sessions_app/session", "resetcodes/resetcode", "events/event"]
FIREFOX = "Firefox 151 on Windows"


@pytest.fixture(params=[(theme, size) for theme in ("light", "dark") for size in ("desktop", "phone")], ids="-".join)
def page(request: Any, chromium: Browser) -> Iterator[Page]:
    theme, size = request.param
    context = chromium.new_context(viewport=DESKTOP if size == "desktop" else PHONE, color_scheme=theme)
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


@pytest.fixture
def open_(page: Page, live_server: LiveServer) -> Open:
    def open_path(path: str) -> Page:
        page.goto(f"{live_server.url}/admin/{path}", wait_until="networkidle")
        return page

    return open_path


@pytest.fixture
def session(page: Page, live_server: LiveServer) -> Session:
    """The signed-in owner's session."""
    session = SessionFactory(account=AccountFactory(owner=True))
    cookie = {"name": "dashboard_admin", "value": f"{session.sessionid}.{session.token}"}
    page.context.add_cookies([{**cookie, "url": f"{live_server.url}/admin/"}])
    return session


@pytest.fixture
def ada() -> Account:
    """An account with rows of every kind and in every state, and with a long name."""
    soon = timezone.now() + timedelta(days=2)
    account = AccountFactory(username="ada", administrator=True, deleted_at=soon, failed_sign_ins=12, locked_until=soon)
    account.profile = ProfileFactory(account=account, full_name="Ada King, Countess of Lovelace", phone="+44 20 7946 0")
    account.save()
    SessionFactory(account=account, ip_address="2001:db8:6661:885a::1c28", user_agent=FIREFOX)
    SessionFactory(
        account=account, ended_at=timezone.now(), ended_by_action=Action.SET_SESSION_ENDED, user_agent=FIREFOX
    )
    ResetCodeFactory(account=account)
    for action in Action:
        EventFactory(account=account, action=action, targetid=account.sessions.all()[0].pk, user_agent=FIREFOX)
    return account


def paths(account: Account) -> list[str]:
    """Return the paths of the pages that open without a click."""
    rows = {
        "accounts/account": account,
        "accounts/profile": account.profile,
        "sessions_app/session": account.sessions.all()[0],
        "resetcodes/resetcode": account.reset_codes.all()[0],
        "events/event": EventFactory(account=account),
    }
    lists = [*rows]
    operations = "accounts/account/operations"
    return [
        "",
        *(f"{name}/" for name in lists),
        *(f"{name}/?accountid=acct_0000000000000000" for name in lists[1:]),
        "accounts/account/?q=nobody",
        *(f"{name}/{row.pk}/change/" for name, row in rows.items()),
        f"{operations}/create-reset-code/?pk={account.pk}",
        f"{operations}/delete-account/?pk={account.pk}",
        f"{operations}/reset-session-key/?pk={account.pk}&pk={Account.objects.owner().get().pk}",
        "nothing",
        "accounts/account/acct_0000000000000000/change/",
    ]


def test_pages(open_: Open, session: Session, ada: Account) -> None:
    found = {path: violations(open_(path)) for path in paths(ada)}
    assert {path: messages for path, messages in found.items() if messages} == {}


def test_signed_out_pages(open_: Open) -> None:
    assert violations(open_("login/")) == []
    page = open_("login/")
    page.get_by_label("Username").fill("nobody")
    page.get_by_label("Password").fill("a wrong password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("No account has this username.")).to_be_visible()
    assert violations(page) == []
    assert violations(open_("nothing")) == []


def test_open_menus(open_: Open, session: Session, ada: Account) -> None:
    page = open_("accounts/account/")
    if page.get_by_role("button", name="Menu").get_attribute("aria-expanded") != "true":
        page.get_by_role("button", name="Menu").click()
    page.locator(".user-button").click()
    assert violations(page) == []
    page = open_("accounts/account/")
    page.get_by_role("button", name="Filters").click()
    assert violations(page) == []
    page = open_("accounts/account/")
    page.keyboard.press("Control+k")
    expect(page.locator("#search-input-command")).to_be_focused()
    page.keyboard.type("ada king")
    expect(page.locator("#command-results-list")).to_contain_text("Ada King")
    assert violations(page) == []


def test_selected_rows(open_: Open, session: Session, ada: Account) -> None:
    page = open_("accounts/account/")
    page.locator("input.action-select").first.check()
    page.wait_for_timeout(500)  # the colours of the row change in a transition
    assert violations(page) == []


def test_operations(open_: Open, session: Session, ada: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_(f"accounts/account/operations/create-reset-code/?pk={ada.pk}")
    page.get_by_label("On the telephone").check()
    page.get_by_role("button", name="Create reset code").click()
    expect(page.get_by_role("heading", name="Reset code for")).to_be_visible()
    assert violations(page) == []
    page = open_(f"accounts/account/operations/unlock-account/?pk={ada.pk}")
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_text("The account is unlocked.")).to_be_visible()
    assert violations(page) == []
    page = open_(f"accounts/account/operations/set-account-administrator/?pk={ada.pk}&pk={AccountFactory().pk}")
    page.get_by_role("button", name="Make administrator").click()
    expect(page.get_by_role("heading", name="1 done, 1 refused")).to_be_visible()
    assert violations(page) == []
    session.last_verified_at = timezone.now() - timedelta(days=1)
    session.save_fields("last_verified_at")
    page = open_(f"accounts/account/operations/reset-account-deleted/?pk={ada.pk}")
    page.get_by_role("button", name="Cancel deletion").click()
    expect(page.get_by_role("heading", name="Confirm your password")).to_be_visible()
    assert violations(page) == []


def test_service_credentials(open_: Open, session: Session) -> None:
    ServiceCredentialFactory(revoked=True)
    credential = ServiceCredentialFactory(name="Web application of the company", networks="2001:db8::/32")
    assert violations(open_("service-credentials/")) == []
    assert violations(open_(f"service-credentials/{credential.pk}/revoke/")) == []
    page = open_("service-credentials/add/")
    assert violations(page) == []
    page.get_by_label("Which program is it for?").fill("Copy of events")
    page.get_by_label("Read all events").check()
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_label("Token")).to_have_value(re.compile("dsk_"))
    assert violations(page) == []
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    expect(page.get_by_text("The token is no longer shown.")).to_be_visible()
    expect(page.get_by_label("Token")).not_to_have_value(re.compile("dsk_"))


def test_faults(open_: Open, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_(f"accounts/account/operations/unlock-account/?pk={session.account_id}")
    page.evaluate("document.querySelectorAll('[name=csrfmiddlewaretoken]').forEach((field) => field.remove())")
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_role("heading", name="Form expired")).to_be_visible()
    assert violations(page) == []
    monkeypatch.setattr("admin_site.site.home_context", lambda now: 1 / 0)
    page = open_("")
    expect(page.get_by_role("heading", name="Something went wrong")).to_be_visible()
    assert violations(page) == []


def test_rows_of_lists_are_short_on_a_phone(open_: Open, session: Session, ada: Account) -> None:
    if open_("").viewport_size != PHONE:
        pytest.skip("a table on a desktop")
    for name in LISTS:
        rows = open_(f"{name}/").locator("#result_list .data-row")
        heights = [rows.nth(index).bounding_box()["height"] for index in range(rows.count())]
        assert heights
        assert max(heights) <= 120, (name, heights)
        assert rows.locator(".empty:visible").count() == 0
    assert open_(f"accounts/account/{ada.pk}/change/").locator("section .data-row .empty:visible").count() == 0
