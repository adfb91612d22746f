"""The administrators' site in a real browser, as support staff use it."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Account
from admin_site.actions import admin
from admin_site.actions.base import perform
from sessions_app.models import Session
from tests.admin.test_pages import pages
from tests.browser.screens import DESKTOP, PHONE, fits
from tests.factories import PASSWORD, AccountFactory, ProfileFactory, SessionFactory

NEW_PASSWORD = "another long enough password"

pytestmark = pytest.mark.django_db(transaction=True)


class Site:
    """The site in a browser that records requests to other hosts, and errors."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context, self.address = context, address
        self.page: Page = context.new_page()
        self.page.set_default_timeout(60_000)
        self.foreign_requests: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self._record(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda said: said.type == "error" and self.errors.append(said.text))

    def _record(self, url: str) -> None:
        if not url.startswith((f"{self.address}/", "data:")):
            self.foreign_requests.append(url)

    def open(self, path: str = "") -> Page:
        self.page.goto(f"{self.address}/admin/{path}")
        return self.page

    def open_account(self, account: Account) -> Page:
        return self.open(f"accounts/account/{account.pk}/change/")

    def sign_in(self, account: Account) -> None:
        """Set the cookie of a new session. One test signs in with the form instead."""
        session = SessionFactory(account=account)
        cookie = f"{session.sessionid}.{session.token}"
        self.context.add_cookies([{"name": "dashboard_admin", "value": cookie, "url": f"{self.address}/admin/"}])

    def confirm(self, action: str) -> Page:
        """Press the button of an action, and that of its confirmation page."""
        self.page.get_by_role("link", name=action, exact=True).click()
        self.page.get_by_role("button", name=action, exact=True).click()
        return self.page

    def call(self, method: str, route: str, **options: Any) -> tuple[int, str]:
        """Call the API, and return the status and the message of a refusal."""
        response = self.context.request.fetch(f"{self.address}/api/{route}", method=method, **options)
        answer = response.json()
        return response.status, answer.get("message", "") if isinstance(answer, dict) else ""

    def own_account_as(self, session: Session) -> tuple[int, str]:
        token = {"Authorization": f"Bearer {session.sessionid}.{session.token}"}
        return self.call("GET", f"user/account?accountid={session.account_id}", headers=token)


@pytest.fixture
def site(chromium: Browser, live_server: LiveServer) -> Iterator[Site]:
    """Fail a test at the end if a page had an error or requested anything from another host."""
    context = chromium.new_context(viewport=DESKTOP)
    site = Site(context, live_server.url)
    yield site
    context.close()
    assert (site.errors, site.foreign_requests) == ([], [])


@pytest.fixture
def support(site: Site) -> Site:
    """The site with a signed-in administrator who is not the owner."""
    site.sign_in(AccountFactory(administrator=True))
    return site


@pytest.fixture
def ada() -> Account:
    """The account of a person who asks for help."""
    account = AccountFactory(username="ada")
    account.profile = ProfileFactory(account=account, full_name="Ada Lovelace", contact_email="Ada@Example.com")
    account.save()
    return account


def test_administrator_signs_in_and_reads_the_home_page_on_a_phone(site: Site) -> None:
    AccountFactory(username="supporter", administrator=True)
    page = site.open()
    expect(page.get_by_label("Username")).to_be_focused()
    page.keyboard.type("supporter")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Active sessions 1 signed in now")).to_be_visible()
    expect(page.get_by_role("img", name="Sign-ins: 1 in 90 days")).to_be_visible()
    assert page.evaluate("Object.keys(Chart.instances).length") == 4
    assert fits(page, DESKTOP)
    assert fits(page, PHONE)


def test_locked_account_is_found_and_unlocked_with_the_keyboard(support: Site, ada: Account) -> None:
    for _ in range(10):
        support.call("POST", "user/create-session", form={"username": "ada", "password": "mistyped"})
    page = support.open()
    page.keyboard.press("Control+k")
    expect(page.get_by_placeholder("Type to search")).to_be_focused()
    page.keyboard.type("ada@example")
    expect(page.locator("#command-results-list .active")).to_contain_text("Ada Lovelace")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ada Lovelace")).to_be_visible()
    expect(page.get_by_role("region", name="Can they sign in?")).to_contain_text("10 wrong passwords or codes in a row")
    assert fits(page, PHONE)
    tab_to(page, "Unlock")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Unlock?")).to_be_visible()
    tab_to(page, "Unlock")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Can they sign in?")).to_contain_text("Nothing prevents signing in")
    assert support.call("POST", "user/create-session", form={"username": "ada", "password": PASSWORD})[0] == 200


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the element with this text has the focus, at most a hundred times."""
    for _ in range(100):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText").split("\n")[-1].strip() == name:
            return
    raise AssertionError(name, page.evaluate("document.activeElement.outerHTML"))


def test_ended_session_is_refused_by_the_api(support: Site, ada: Account) -> None:
    session = SessionFactory(account=ada)
    assert support.own_account_as(session)[0] == 200
    page = support.open(f"sessions_app/session/{session.pk}/change/")
    support.confirm("End session")
    expect(page.get_by_text("The session has ended.")).to_be_visible()
    assert support.own_account_as(session) == (401, "Sign in required")


def test_reset_code_sets_a_new_password(support: Site, ada: Account) -> None:
    page = support.open_account(ada)
    support.confirm("Create reset code")
    code = page.get_by_label("Reset code").input_value()
    assert code
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    form = {"username": "ada", "secret-code": code, "new-password": NEW_PASSWORD}
    assert support.call("PATCH", "user/reset-account-password", form=form)[0] == 200
    assert support.call("POST", "user/create-session", form={"username": "ada", "password": NEW_PASSWORD})[0] == 200


def test_reset_code_is_shown_in_full_on_a_phone(support: Site, ada: Account) -> None:
    page = support.open_account(ada)
    page.set_viewport_size(PHONE)
    page.get_by_role("link", name="Create reset code").click()
    assert page.get_by_text("on the telephone").evaluate("it => it.scrollWidth <= it.clientWidth")
    page.get_by_role("button", name="Create reset code").click()
    assert page.get_by_label("Reset code").evaluate("it => it.scrollWidth <= it.clientWidth")


def test_second_click_before_the_answer_creates_no_other_reset_code(
    support: Site, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def perform_slowly(*arguments: Any) -> Any:
        time.sleep(1)
        return perform(*arguments)

    monkeypatch.setattr(admin, "perform", perform_slowly)
    page = support.open_account(ada)
    page.get_by_role("link", name="Create reset code").click()
    button = page.get_by_role("button", name="Create reset code")
    button.evaluate("it => { it.click(); setTimeout(() => it.click(), 200); }")
    expect(page.get_by_label("Reset code", exact=True)).to_be_visible()
    assert ada.reset_codes.count() == 1


def test_reset_code_is_selected_where_nothing_may_be_copied(support: Site, ada: Account) -> None:
    page = support.open_account(ada)
    support.confirm("Create reset code")
    page.evaluate("navigator.clipboard.writeText = () => Promise.reject(); document.execCommand = () => false")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("The code is selected.")).to_be_visible()
    assert page.evaluate("getSelection().toString()") == page.get_by_label("Reset code").input_value()


def test_reset_code_is_hidden_in_the_background_and_forgotten_on_leaving(support: Site, ada: Account) -> None:
    page = support.open_account(ada)
    support.confirm("Create reset code")
    field = page.get_by_label("Reset code", exact=True)
    code = field.input_value()
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(field).to_have_value("-".join(["••••"] * 7))
    page.get_by_role("button", name="Show").click()
    expect(field).to_have_value(code)
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    expect(field).to_have_value("-".join(["••••"] * 7))
    expect(page.get_by_role("button", name="Show")).to_be_hidden()
    assert code not in page.content()


def test_deletion_is_scheduled_and_cancelled(support: Site, ada: Account) -> None:
    credentials = {"username": "ada", "password": PASSWORD}
    page = support.open_account(ada)
    support.confirm("Schedule deletion")
    expect(page.get_by_role("region", name="Can they sign in?")).to_contain_text("scheduled for deletion on")
    assert support.call("POST", "user/create-session", form=credentials)[0] != 200
    support.confirm("Cancel deletion")
    expect(page.get_by_role("region", name="Can they sign in?")).to_contain_text("Nothing prevents signing in")
    assert support.call("POST", "user/create-session", form=credentials)[0] == 200


def test_owner_transfers_ownership(site: Site, ada: Account) -> None:
    owner = AccountFactory(owner=True)
    site.sign_in(owner)
    page = site.open_account(ada)
    site.confirm("Transfer ownership")
    expect(page.get_by_text("Owner", exact=True)).to_be_visible()
    ada.refresh_from_db()
    owner.refresh_from_db()
    assert (bool(ada.owner_since), bool(owner.owner_since), bool(owner.administrator_since)) == (True, False, True)


def test_actions_of_the_owner_are_refused_to_others(support: Site, ada: Account) -> None:
    page = support.open_account(ada)
    expect(page.get_by_role("link", name="Schedule deletion")).to_be_visible()
    for action in ("Delete now", "Transfer ownership"):
        expect(page.get_by_text(f"{action} (owner only)")).to_be_visible()
        assert page.get_by_role("link", name=action).count() == 0
    support.open(f"accounts/account/operations/set-owner-account/?pk={ada.pk}")
    page.get_by_role("button", name="Transfer ownership").click()
    expect(page.get_by_text("Only the owner can do this.")).to_be_visible()
    ada.refresh_from_db()
    assert ada.owner_since is None


def test_lists_fit_a_phone(support: Site, ada: Account) -> None:
    SessionFactory(account=ada, user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
    support.page.set_viewport_size(PHONE)
    for path in ("accounts/account/", "sessions_app/session/", "events/event/"):
        assert fits(support.open(path), PHONE), path


def test_every_page_runs_under_its_policy(support: Site) -> None:
    """No expression of the theme needs what the Content-Security-Policy forbids; the fixture fails on any error."""
    for path in (it for it in pages() if not it.startswith("search/")):
        page = support.open(path)
        page.wait_for_function("document.querySelectorAll('[x-cloak]').length === 0")


def test_inline_scripts_are_blocked(support: Site) -> None:
    page = support.open()
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))")
    assert page.evaluate("window.ran") is None
    assert len(support.errors) == 1
    support.errors.clear()
