"""Times of the administrators' site, in browsers of several time zones."""

from datetime import UTC, datetime

import pytest
from django.conf import settings as project
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tests.browser.screens import DESKTOP
from tests.factories import AccountFactory, SessionFactory

pytestmark = pytest.mark.django_db(transaction=True)

MOMENT = datetime(2026, 9, 21, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "text", "title"),
    [
        ("UTC", "21 Sep 2026, 20:30", "21 Sep 2026, 20:30 UTC, "),
        ("Asia/Tokyo", "22 Sep 2026, 05:30", "22 Sep 2026, 05:30 Asia/Tokyo\n21 Sep 2026, 20:30 UTC, "),
        ("America/New_York", "21 Sep 2026, 16:30", "21 Sep 2026, 16:30 America/New_York\n21 Sep 2026, 20:30 UTC, "),
    ],
)
def test_times_are_those_of_the_browser(
    chromium: Browser, live_server: LiveServer, zone: str, text: str, title: str
) -> None:
    account = AccountFactory(administrator=True, created_at=MOMENT)
    session = SessionFactory(account=account)
    context = chromium.new_context(viewport=DESKTOP, timezone_id=zone)
    context.add_cookies(
        [
            {
                "name": project.ADMIN_COOKIE_NAME,
                "value": f"{session.sessionid}.{session.token}",
                "url": f"{live_server.url}/admin/",
            }
        ]
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda said: said.type == "error" and errors.append(said.text))
    page.goto(f"{live_server.url}/admin/accounts/account/{account.pk}/change/")
    time = page.locator(f'time[datetime="{MOMENT.isoformat()}"]').first
    assert time.text_content() == text
    assert (time.get_attribute("title") or "").startswith(title)
    assert errors == []
    context.close()
