"""The API explorer at /api/docs in a real browser."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.screens import DESKTOP, PHONE, fits
from tests.factories import PASSWORD, AccountFactory

SIGN_IN_REQUIRED = {"object": "auth", "message": "Sign in required"}

pytestmark = pytest.mark.django_db(transaction=True)


class Explorer:
    """The explorer in a page that records requests and errors."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.requests: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: message.type == "error" and self._record(message.text))
        page.goto(f"{address}/api/docs")
        page.wait_for_selector(".opblock")

    def _record(self, error: str) -> None:
        """Keep an error, but for what Chromium says of this header to every page of a public host without TLS."""
        if not error.startswith("The Cross-Origin-Opener-Policy header has been ignored"):
            self.errors.append(error)

    def open(self, operation: str) -> Locator:
        block = self.page.locator(f'.opblock[id$="-{operation}"]')
        if not block.locator(".opblock-body").count():
            block.locator(".opblock-summary-control").click()
        block.locator("button.execute").wait_for()
        return block

    def call(self, operation: str, **values: str) -> tuple[int, Any]:
        """Fill in an operation, send it, and return the status and the body."""
        block = self.open(operation)
        if (clear := block.locator("button.btn-clear")).count():
            clear.click()  # the previous response
        for name, value in values.items():
            block.locator(f'[data-param-name="{name}"]').locator("input, textarea").first.fill(value)
        block.locator("button.execute").click()
        answer = block.locator(".live-responses-table")
        status = answer.locator(".response-col_status").nth(1).inner_text()
        return int(status.split()[0]), json.loads(answer.locator(".highlight-code code").first.inner_text())

    def sign_in(self, username: str, password: str) -> None:
        self.field("Username").fill(username)
        self.field("Password").fill(password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def field(self, label: str) -> Locator:
        """Return a field of the form to sign in with."""
        return self.page.get_by_role("form", name="Sign in").get_by_label(label)

    def violations(self) -> list[tuple[str, str]]:
        """Return what axe-core finds that is serious or critical: the rule, and the first element that breaks it."""
        found = Axe().run(self.page).response["violations"]
        return [(it["id"], it["nodes"][0]["html"]) for it in found if it["impact"] in ("serious", "critical")]


@pytest.fixture
def address(live_server: LiveServer, settings: Any) -> str:
    """A public host name, where Swagger UI could send the document to an external validator."""
    settings.ALLOWED_HOSTS = ["dashboard.example.com"]
    return f"http://dashboard.example.com:{urlsplit(live_server.url).port}"


@pytest.fixture(params=["light", "dark"])
def explorer(request: pytest.FixtureRequest, chromium: Browser, address: str) -> Iterator[Explorer]:
    context = chromium.new_context(viewport=DESKTOP, color_scheme=request.param)
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield Explorer(page, address)
    context.close()


def test_signing_in_authenticates_later_calls(explorer: Explorer) -> None:
    account = AccountFactory(username="somebody")
    status = explorer.page.get_by_role("status")
    assert explorer.call("user-account", accountid=account.accountid) == (401, SIGN_IN_REQUIRED)
    explorer.sign_in("somebody", "wrong")
    expect(status).to_have_text("The password is wrong.")
    explorer.sign_in("somebody", PASSWORD)
    expect(status).to_contain_text(f"Signed in: accountid {account.accountid}")
    assert explorer.call("user-account", accountid=account.accountid)[0] == 200
    explorer.page.get_by_role("button", name="Sign out", exact=True).click()
    expect(status).to_have_text("Signed out.")
    assert explorer.call("user-account", accountid=account.accountid) == (401, SIGN_IN_REQUIRED)
    assert all(url.startswith((f"{explorer.address}/", "data:")) for url in explorer.requests)
    assert [error for error in explorer.errors if "401 (Unauthorized)" not in error] == []


def test_everybody_can_read_it(explorer: Explorer) -> None:
    explorer.open("user-create-session")
    explorer.open("administrator-sessions")
    assert explorer.page.evaluate("document.documentElement.lang") == "en"
    for size in (DESKTOP, PHONE):
        assert fits(explorer.page, size)
        assert explorer.violations() == []
    assert explorer.errors == []


def test_password_is_masked_and_bodies_have_sensible_values(explorer: Explorer) -> None:
    assert explorer.field("Password").get_attribute("type") == "password"
    assert [explorer.field(label).input_value() for label in ("Username", "Password")] == ["", ""]
    body = json.loads(explorer.open("user-create-session").locator("textarea").input_value())
    assert body == {"username": "ada-example", "password": "change-this", "remember": "hours"}
