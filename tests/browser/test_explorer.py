"""The API explorer at /api/docs in a real browser."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from tests.browser.screens import DESKTOP, PHONE, fits
from tests.factories import PASSWORD, AccountFactory

SIGN_IN_REQUIRED = {"object": "auth", "message": "Sign in required"}

pytestmark = pytest.mark.django_db(transaction=True)


class ExplorerView:
    """The explorer in a page that records requests and errors."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.requests: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        page.goto(f"{address}/api/docs")
        page.wait_for_selector(".opblock")

    def call(self, operation: str, **values: str) -> tuple[int, Any]:
        """Fill in an operation, send it, and return the status and the body."""
        block = self.page.locator(f'.opblock[id$="-{operation}"]')
        if not block.locator(".opblock-body").count():
            block.locator(".opblock-summary-control").click()
        if (clear := block.locator("button.btn-clear")).count():
            clear.click()  # the previous response
        for name, value in values.items():
            block.locator(f'[data-param-name="{name}"], [data-property-name="{name}"]').locator(
                "input, textarea"
            ).first.fill(value)
        block.locator("button.execute").click()
        answer = block.locator(".live-responses-table")
        status = answer.locator(".response-col_status").nth(1).inner_text()
        return int(status.split()[0]), json.loads(answer.locator(".highlight-code code").first.inner_text())


@pytest.fixture
def explorer(chromium: Browser, live_server: LiveServer, settings: Any) -> Iterator[ExplorerView]:
    """Open the explorer at a public host name, where Swagger UI could send the document to an external validator."""
    settings.ALLOWED_HOSTS = ["dashboard.example.com"]
    context = chromium.new_context(viewport=DESKTOP)
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield ExplorerView(page, f"http://dashboard.example.com:{urlsplit(live_server.url).port}")
    context.close()


def test_signing_in_authenticates_later_calls(explorer: ExplorerView) -> None:
    account = AccountFactory(username="somebody")
    assert explorer.call("user-account", accountid=account.accountid) == (401, SIGN_IN_REQUIRED)
    status, session = explorer.call("user-create-session", username="somebody", password=PASSWORD)
    assert (status, session["accountid"]) == (200, account.accountid)
    status, answer = explorer.call("user-account", accountid=account.accountid)
    assert (status, answer["accountid"]) == (200, account.accountid)
    assert all(url.startswith((f"{explorer.address}/", "data:")) for url in explorer.requests)
    assert [error for error in explorer.errors if "401 (Unauthorized)" not in error] == []
    assert fits(explorer.page, DESKTOP)
    assert fits(explorer.page, PHONE)
