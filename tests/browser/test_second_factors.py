"""Second factors of administrators in a real browser, with the virtual authenticator of Chromium."""

from collections.abc import Iterator
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Account
from second_factors.models import SecondFactor
from tests.browser.axe import violations
from tests.browser.screens import DESKTOP, PHONE, fits
from tests.factories import PASSWORD, AccountFactory, SecondFactorFactory, SessionFactory

pytestmark = pytest.mark.django_db(transaction=True)

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Site:
    """The site in a browser with an authenticator. It records errors of scripts, and what the policy refuses."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.errors: list[str] = []
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: said.type == "error" and self.errors.append(said.text))
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})

    def open(self, path: str = "") -> Page:
        self.page.goto(f"{self.address}/admin/{path}", wait_until="networkidle")
        return self.page

    def sign_in(self, account: Account) -> None:
        session = SessionFactory(account=account, second_factor_at=account.second_factor_since)
        cookie = {"name": "dashboard_admin", "value": f"{session.sessionid}.{session.token}"}
        self.page.context.add_cookies([{**cookie, "url": f"{self.address}/admin/"}])

    def send_password(self) -> Page:
        page = self.open("login/")
        page.get_by_label("Username").fill("helpdesk")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Your second factor")).to_be_visible()
        return page


@pytest.fixture(params=["light", "dark"])
def site(request: Any, chromium: Browser, live_server: LiveServer, settings: Any) -> Iterator[Site]:
    settings.DASHBOARD_SERVER = live_server.url  # whose pages may use passkeys
    context = chromium.new_context(viewport=DESKTOP, color_scheme=request.param)
    site = Site(context.new_page(), live_server.url)
    yield site
    context.close()
    assert site.errors == []


@pytest.fixture
def helpdesk() -> Account:
    account: Account = AccountFactory(username="helpdesk", administrator=True)
    return account


def test_passkey_is_added_and_signs_in(site: Site, helpdesk: Account) -> None:
    site.sign_in(helpdesk)
    page = site.open("second-factors/")
    page.get_by_label("Name").fill("My laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Set up My laptop")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Create the passkey").click()
    expect(page.get_by_text("My laptop: added.")).to_be_visible()
    assert violations(page) == []
    page.context.clear_cookies()
    page = site.send_password()
    assert violations(page) == []
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/admin/")
    assert SecondFactor.objects.get().last_used_at


def test_device_that_has_a_passkey_already_is_told_so(site: Site, helpdesk: Account) -> None:
    site.sign_in(helpdesk)
    for answer in ("added.", "This device is one of your second factors already."):
        page = site.open("second-factors/")
        page.get_by_role("button", name="Add a passkey").click()
        page.get_by_role("button", name="Create the passkey").click()
        expect(page.get_by_text(answer)).to_be_visible()


def test_app_is_added_and_signs_in(site: Site, helpdesk: Account) -> None:
    site.sign_in(helpdesk)
    page = site.open("second-factors/")
    assert violations(page) == []
    page.get_by_role("button", name="Add an authenticator app").click()
    assert page.get_by_role("img", name="QR code").bounding_box()["width"] > 150
    assert violations(page) == []
    secret = page.get_by_label("Key").input_value().replace(" ", "")
    page.get_by_label("Code that the app shows now").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Authenticator app: added.")).to_be_visible()
    page.get_by_role("button", name="Create recovery codes").click()
    code = page.get_by_role("list", name="Recovery codes").get_by_role("listitem").first.inner_text()
    assert violations(page) == []
    assert fits(page, PHONE)
    page.context.clear_cookies()
    page = site.send_password()
    page.get_by_label("Code of your authenticator app, or a recovery code").fill(code.lower())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin/")


def test_pages_of_one_factor(site: Site, helpdesk: Account) -> None:
    factor = SecondFactorFactory(account=helpdesk, name="The telephone that I had before the one I have now")
    site.sign_in(Account.objects.get())
    for path in ("", f"{factor.pk}/rename/", f"{factor.pk}/remove/"):
        page = site.open(f"second-factors/{path}")
        assert violations(page) == []
        assert fits(page, PHONE)
        assert violations(page) == []
        page.set_viewport_size(DESKTOP)


def test_menu_leads_to_the_page(site: Site, helpdesk: Account) -> None:
    site.sign_in(helpdesk)
    page = site.open()
    page.locator(".user-button").click()
    page.get_by_role("link", name="Your second factors").click()
    expect(page.get_by_role("heading", name="Your second factors")).to_be_visible()
