"""The lists of the administrators' site in a real browser: pages, columns, search and export."""

import csv
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Account
from events.models import Action
from tests.browser.screens import DESKTOP, PHONE, fits
from tests.browser.test_admin_site import Site, site, support  # noqa: F401  fixtures
from tests.factories import AccountFactory, EventFactory, ProfileFactory, SessionFactory

LONG_ADDRESS = "2001:db8:85a3:1234:5678:8a2e:370:7334"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people(db: None) -> list[str]:
    """Create 30 accounts with names and addresses; return the names, newest first."""
    now, names = timezone.now(), [f"Person Number{number:02}" for number in range(30)]
    for number, name in enumerate(names):
        account = AccountFactory(password="!", created_at=now - timedelta(days=1, minutes=number))
        email = f"a-rather-long-address-of-person-{number}@mail.example.com"
        account.profile = ProfileFactory(account=account, full_name=name, contact_email=email, phone="+49 30 1234")
        account.save()
    return names


def test_pages_follow_each_other(support: Site, people: list[str]) -> None:  # noqa: F811
    page = support.open("accounts/account/")
    expect(page.get_by_text("31 accounts")).to_be_visible()
    page.get_by_role("link", name="Next", exact=True).click()
    expect(page.get_by_text(people[-1])).to_be_visible()
    expect(page.get_by_text(people[0])).to_have_count(0)
    page.get_by_role("link", name="Previous", exact=True).click()
    expect(page.get_by_text(people[0])).to_be_visible()
    for size in (PHONE, DESKTOP):
        assert fits(page, size)


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_columns_are_chosen(support: Site, people: list[str], size: Any) -> None:  # noqa: F811
    page = support.open("accounts/account/")
    page.set_viewport_size(size)
    page.locator("summary", has_text="Columns").click()
    page.get_by_label("Phone").check()
    page.get_by_label("Email").uncheck()
    assert fits(page, size)
    page.get_by_role("button", name="Show these columns").click()
    expect(page.get_by_text("+49 30 1234").first).to_be_visible()
    expect(page.get_by_text("mail.example.com")).to_have_count(0)


@pytest.mark.parametrize("path", ["events/event/", "sessions_app/session/"])
def test_tables_fit_their_frame(support: Site, people: list[str], path: str) -> None:  # noqa: F811
    account = Account.objects.exclude(profile=None).latest("pk")
    session = SessionFactory(account=account, user_agent="Chrome Mobile 141 on Android", ip_address=LONG_ADDRESS)
    EventFactory(
        action=Action.CREATE_SESSION,
        accountid=account.pk,
        targetid=session.pk,
        user_agent=session.user_agent,
        ip_address=LONG_ADDRESS,
    )
    page = support.open(path)
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        expect(page.get_by_text(LONG_ADDRESS)).to_be_visible()
        frame = page.locator("#result_list").locator("xpath=..")
        assert frame.evaluate("frame => frame.scrollWidth <= frame.clientWidth"), size


def test_empty_search_offers_a_way_out(support: Site, people: list[str]) -> None:  # noqa: F811
    page = support.open("accounts/account/?state=locked&q=number05")
    expect(page.get_by_role("heading", name="No accounts match “number05” with these filters")).to_be_visible()
    assert fits(page, PHONE)
    page.get_by_role("link", name="Search without filters").click()
    expect(page.get_by_text("Person Number05")).to_be_visible()


def test_owner_exports_what_is_filtered(site: Site, people: list[str]) -> None:  # noqa: F811
    site.sign_in(AccountFactory(owner=True))
    page = site.open("accounts/account/?q=number0")
    page.get_by_role("link", name="Export").click()
    expect(page.get_by_role("heading", name="Export 10 accounts?")).to_be_visible()
    assert fits(page, PHONE)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    assert download.value.suggested_filename.startswith("accounts-")
    with open(download.value.path(), newline="", encoding="utf-8") as file:  # noqa: PTH123  playwright's own path
        assert [row["name"] for row in csv.DictReader(file)] == people[:10]
