"""What pages say while the database cannot be reached."""

from itertools import count
from typing import Any

import pytest

from events.models import Event
from tests.admin.browser import Browser, text
from tests.factories import AccountFactory
from tests.outages import assert_told_in_one_line, dying_after


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("statements", [0, 1], ids=["who is signed in", "what is on the page"])
@pytest.mark.parametrize("path", ["", "accounts/account/", "events/event/", "search/?s=somebody"])
def test_page_says_so(
    support: Browser, settings: Any, caplog: pytest.LogCaptureFixture, path: str, statements: int, *, debug: bool
) -> None:
    settings.DEBUG = debug
    with dying_after(statements):
        response = support.get(path)
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert text(response) == (
        "Service Unavailable | Dashboard Service Unavailable The server cannot reach its database at the moment."
        " Wait a little, and look what has been done before you repeat it. Go to the start page"
    )
    assert "no-store" in response["Cache-Control"]
    assert response["Content-Security-Policy"].startswith("default-src 'self';")
    assert_told_in_one_line(caplog)


@pytest.mark.parametrize(("path", "status"), [("/api/docs", 200), ("/static/nothing.css", 404), ("/nothing", 404)])
def test_what_is_no_page_of_the_site_asks_the_database_for_nobody(support: Browser, path: str, status: int) -> None:
    """A browser sends the cookie to the site alone; whoever sends it elsewhere is not answered worse than without."""
    with dying_after(0):
        assert support.client.get(path).status_code == status


def test_operation_is_done_or_not_wherever_the_database_goes_away(
    support: Browser, caplog: pytest.LogCaptureFixture
) -> None:
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
