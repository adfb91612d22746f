"""Pages about an account that is deleted while they are made: before any of their queries."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from tests.admin.browser import Browser
from tests.factories import AccountFactory, ProfileFactory, ResetCodeFactory, SecondFactorFactory, SessionFactory
from tests.interruptions import Numbered, interrupted

KINDS = {
    "accounts/account": "reset-session-key",
    "accounts/profile": "",
    "sessions_app/session": "set-session-ended",
    "resetcodes/resetcode": "delete-reset-code",
}
PAGES: dict[str, Callable[[str, str], str]] = {
    "list": lambda kind, pk: f"{kind}/",
    "page of a row": lambda kind, pk: f"{kind}/{pk}/change/",
    "page that confirms": lambda kind, pk: f"{kind}/operations/{KINDS[kind]}/?pk={pk}",
}
CASES = [
    pytest.param(kind, page, id=f"{kind}-{page}")
    for kind, operation in KINDS.items()
    for page in PAGES
    if operation or page != "page that confirms"
] + [pytest.param("accounts/account", "search", id="search")]


def make_rows() -> dict[str, Any]:
    account = AccountFactory()
    rows = {
        "accounts/account": account,
        "accounts/profile": ProfileFactory(account=account),
        "sessions_app/session": SessionFactory(account=account),
        "resetcodes/resetcode": ResetCodeFactory(account=account),
    }
    account.save_fields("profile")
    SecondFactorFactory(account=account)
    return rows


@pytest.mark.parametrize(("kind", "page"), CASES)
def test_page_of_an_account_that_is_deleted_meanwhile(support: Browser, kind: str, page: str, subtests: Any) -> None:
    def path(rows: dict[str, Any]) -> str:
        return f"search/?s={rows[kind].pk}" if page == "search" else PAGES[page](kind, rows[kind].pk)

    rows = make_rows()
    with CaptureQueriesContext(connection) as queries:
        assert support.get(path(rows)).status_code == 200
    for number in range(1, len(queries) + 1):
        rows = make_rows()
        delete = Account.objects.filter(pk=rows["accounts/account"].pk).delete
        with subtests.test(number=number), interrupted(delete, Numbered(number)):
            assert support.get(path(rows)).status_code in {200, 404}
