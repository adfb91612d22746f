"""The page at `/` in a real browser."""

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tests.browser.screens import DESKTOP, PHONE, fits

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("scheme", "background"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(15, 23, 42)")])
def test_page_is_styled_and_fits(chromium: Browser, live_server: LiveServer, scheme: str, background: str) -> None:
    page = chromium.new_page(viewport=DESKTOP, color_scheme=scheme)
    errors: list[str] = []
    page.on("console", lambda said: said.type == "error" and errors.append(said.text))
    page.goto(live_server.url)
    assert page.get_by_role("heading", name="Create the first account").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == background
    assert fits(page, DESKTOP)
    assert fits(page, PHONE)
    page.get_by_role("link", name="Administrators' site").click()
    page.wait_for_url(f"{live_server.url}/admin/login/**")
    assert errors == []
    page.close()
