"""Pages answer 503 while the database cannot be reached."""

from itertools import count
from typing import Any

import pytest

from events.models import Event
from tests.admin.browser import Browser, text
from tests.factories import AccountFactory
from tests.outages import assert_told_in_one_line, dying_after


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("statements", [0, 1], ids=["authentication", "content"])
@pytest.mark.parametrize("path", ["", "accounts/account/", "events/event/", "search/?s=somebody"])
def test_page_is_unavailable(
    support: Browser, settings: Any, caplog: pytest.LogCaptureFixture, path: str, statements: int, *, debug: bool
) -> None:
    settings.DEBUG = debug
    with dying_after(statements):
        response = support.get(path)
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    page = text(response)
    assert "Service unavailable The server cannot use its database." in page
    assert "Wait a moment, and check what has been done before you try again." in page
    assert "Find an account" not in page  # no menu
    assert "no-store" in response["Cache-Control"]
    assert response["Content-Security-Policy"].startswith("default-src 'self';")
    assert_told_in_one_line(caplog)


@pytest.mark.parametrize(("path", "status"), [("/api/docs", 200), ("/static/nothing.css", 404), ("/nothing", 404)])
def test_paths_outside_the_site_need_no_database(support: Browser, path: str, status: int) -> None:
    """The cookie is read only for pages of the site, so elsewhere it costs no query."""
    with dying_after(0):
        assert support.client.get(path).status_code == status


def test_action_is_done_completely_or_not_at_all(support: Browser, caplog: pytest.LogCaptureFixture) -> None:
    account = AccountFactory()
    path = f"accounts/account/operations/set-account-deleted/?pk={account.pk}"
    page = support.get(path)
    for statements in count():
        with dying_after(statements):
            response = support.resubmit(page, path)
        if response.status_code != 503:
            break
        account.refresh_from_db()
        assert Event.objects.count() == (account.deleted_at is not None)
        assert_told_in_one_line(caplog)
    assert statements > 0
    assert account.deleted_at is not None
