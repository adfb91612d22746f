"""Lists cost the same however long they are: no table is counted completely, and no row costs a query."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from admin_site.admin import base
from dashboard.core.actor import Actor
from dashboard.db.counts import totals
from events.models import Action
from events.services.recording import record
from tests.admin.browser import Browser, text
from tests.factories import AccountFactory, EventFactory, ProfileFactory, ResetCodeFactory, SessionFactory

LISTS = ["accounts/account", "accounts/profile", "sessions_app/session", "resetcodes/resetcode", "events/event"]

PARAMETERS = ("p", "created", "state", "action", "accountid", "signed-in", "since", "after", "before", "columns", "o")


def populate(count: int) -> Any:
    """Create `count` rows for every list, and return the account of the last ones."""
    for _ in range(count):
        account = AccountFactory(password="!")
        account.profile = ProfileFactory(account=account)
        account.save()
        SessionFactory(account=account)
        ResetCodeFactory(account=account)
        record(Action.CREATE_ACCOUNT, account.accountid, Actor.command_line())
    return account


def queries_of(browser: Browser, path: str) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(path).status_code == 200
    return [query["sql"] for query in queries]


def test_no_page_makes_more_queries_for_more_rows(support: Browser) -> None:
    account = populate(2)
    paths = [*(f"{name}/" for name in LISTS), f"accounts/account/{account.pk}/change/", "accounts/account/?q=some"]
    support.get("")  # the session is cached from now on
    queries_of(support, f"accounts/account/{account.pk}/change/")  # the view is recorded once
    before = {path: len(queries_of(support, path)) for path in paths}
    for _ in range(3):
        for factory in (ProfileFactory, SessionFactory, ResetCodeFactory):
            factory(account=account)
    populate(6)
    after = {path: len(queries_of(support, path)) for path in paths}
    assert after == before
    assert max(after[f"{name}/"] for name in LISTS) <= 5
    assert max(after.values()) <= 13


@pytest.mark.parametrize("name", LISTS)
def test_no_list_counts_its_table(support: Browser, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base.ReadOnlyAdmin, "list_per_page", 3)
    monkeypatch.setattr(totals.count, "__defaults__", (4,))
    populate(6)
    path = f"{name}/"
    counts = [sql for sql in queries_of(support, path) if "COUNT(" in sql.upper() and "EXPLAIN" not in sql]
    assert counts
    assert all("LIMIT 5" in sql for sql in counts)
    total = r"(More than 4|About \d+) (accounts|profiles|sessions|reset codes|events)"
    assert re.search(total, text(support.get(path)))


@pytest.mark.parametrize("name", LISTS)
def test_list_of_a_page_counts_nothing(support: Browser, name: str) -> None:
    populate(2)
    assert not [sql for sql in queries_of(support, f"{name}/") if "COUNT(" in sql.upper()]
    noun = {"accounts/account": "3 accounts", "sessions_app/session": "3 sessions"}.get(name, "2 ")
    assert noun in text(support.get(f"{name}/"))


@pytest.mark.parametrize("name", LISTS)
def test_invalid_parameters_are_no_fault(support: Browser, name: str) -> None:
    queries = [
        "p=-1",
        "after=x",
        "before=~",
        "columns=x",
        "p=x",
        "p=999",
        "o=-1",
        "o=1.2",
        "all=",
        "created=x",
        "state=x",
        "action=x",
        "q=%00",
        "e=1",
        "o=99",
        "o=-0.1",
        "signed-in=x",
    ]
    for query in (*queries, "accountid=x", *(f"{it}=%00" for it in PARAMETERS)):
        assert support.get(f"{name}/?{query}").status_code in (200, 302, 400), query


@pytest.mark.parametrize(
    ("state", "mine"),
    [
        ("locked", {"locked_until": timezone.now() + timedelta(hours=1)}),
        ("scheduled", {"scheduled": True}),
        ("administrators", {"administrator": True}),
    ],
)
def test_accounts_of_a_state(support: Browser, state: str, mine: dict[str, Any]) -> None:
    listed, other = AccountFactory(**mine), AccountFactory()
    page = text(support.get("accounts/account/", state=state))
    assert listed.pk in page
    assert other.pk not in page


def test_active_sessions(support: Browser) -> None:
    active, ended, expired = SessionFactory(), SessionFactory(is_ended_by_request=True), SessionFactory(expired=True)
    page = text(support.get("sessions_app/session/", state="active"))
    assert active.pk in page
    assert not any(it.pk in page for it in (ended, expired))


@pytest.mark.parametrize("name", LISTS)
def test_rows_of_the_last_days(support: Browser, name: str) -> None:
    past = timezone.now() - timedelta(days=8)
    account = AccountFactory(created_at=past)
    for factory in (ProfileFactory, SessionFactory, ResetCodeFactory):
        factory(account=account, created_at=past)
    page = support.get(f"{name}/", created="7")
    assert account.pk not in page.content.decode()


@pytest.mark.parametrize("name", [name for name in LISTS if name != "accounts/account"])
def test_rows_of_an_account(support: Browser, name: str) -> None:
    account, other = populate(1), populate(1)
    page = support.get(f"{name}/", accountid=account.pk).content.decode()
    assert f"/admin/accounts/account/{account.pk}/change/" in page
    assert f"/admin/accounts/account/{other.pk}/change/" not in page


@pytest.mark.parametrize("name", LISTS[:-1])
@pytest.mark.parametrize("digits", ["23", "5f"])
def test_row_is_found_whatever_its_id_looks_like(support: Browser, name: str, digits: str) -> None:
    """Django's admin unquotes `_23` in an address."""
    factory = dict(zip(LISTS, (AccountFactory, ProfileFactory, SessionFactory, ResetCodeFactory), strict=False))[name]
    prefix = factory().pk.partition("_")[0]
    row = factory(pk=f"{prefix}_{digits.lower()}00000000000000")
    path = f"{name}/{row.pk}/change/"
    assert f'href="/admin/{path}"' in support.get(f"{name}/").content.decode()
    assert row.pk in text(support.get(path))


def test_rows_of_a_range_of_days(support: Browser, settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    night = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # already 2 March in Berlin
    account = AccountFactory(created_at=night)
    for query, is_listed in (
        ({"since": "2026-03-02"}, True),
        ({"since": "2026-03-03"}, False),
        ({"until": "2026-03-02"}, True),
        ({"until": "2026-03-01"}, False),
        ({"since": "2026-03-02", "until": "2026-03-02", "state": ""}, True),
        ({"since": "no date", "until": "9999-12-31"}, True),
    ):
        page = support.get("accounts/account/", **query)
        assert (account.pk in page.content.decode()) == is_listed, query


def test_no_list_offers_to_count_its_filters(support: Browser) -> None:
    page = support.get("accounts/account/", state="locked", _facets="True")
    assert "Show counts" not in text(page)
    assert not [sql for sql in queries_of(support, "accounts/account/?_facets=True") if "COUNT(" in sql.upper()]


def test_pages_are_titled_as_in_the_menu(support: Browser) -> None:
    for path, title in {"events/event/": "Events", "resetcodes/resetcode/": "Reset codes"}.items():
        assert f"<title> {title} | Dashboard" in support.get(path).content.decode()


def test_event_shows_its_target_and_origin_below(support: Browser) -> None:
    account = ProfileFactory(full_name="Ada Lovelace").account
    EventFactory(accountid=account.pk, targetid="sess_0123456789abcdef", user_agent="Lynx 2", ip_address="192.0.2.7")
    page = text(support.get("events/event/"))
    assert f"Profile created sess_0123456789abcdef {account.pk}" in page
    assert "Lynx 2 192.0.2.7" in page


def test_account_without_a_name_shows_its_id_once(support: Browser) -> None:
    account = AccountFactory()
    page = text(support.get(f"accounts/account/?q={account.pk}"))
    assert f"{account.pk} No name or email" in page
    assert f"{account.pk} {account.pk}" not in page
