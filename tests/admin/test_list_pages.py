"""Pages, sorting, columns, filters and the search of lists."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Account
from admin_site.admin import base
from events.models import Action, Event
from tests.admin.browser import Browser, text
from tests.factories import AccountFactory, EventFactory, ProfileFactory, ResetCodeFactory, SessionFactory

LISTS: dict[str, Any] = {
    "accounts/account": AccountFactory,
    "accounts/profile": ProfileFactory,
    "sessions_app/session": SessionFactory,
    "resetcodes/resetcode": ResetCodeFactory,
    "events/event": EventFactory,
}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SORT_LINK = re.compile(r'<a href="(\?[^"]*\bo=[^"]*)">\s*([\w ]+?)\s*</a>')


@pytest.fixture(autouse=True)
def _short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base.ReadOnlyAdmin, "list_per_page", 3)


def ids(page: Any, name: str) -> list[str]:
    """Return the ids of the rows of a page, in order."""
    assert page.status_code == 200
    html = page.content.decode()
    rows = html.partition('id="result_list"')[2].partition("</table>")[0].split("<tbody")[1:]
    return [re.findall(rf"/admin/{name}/(\w+)/change/", row)[0] for row in rows]


def link(page: Any, label: str) -> str:
    """Return the query of the link to another page, or an empty text."""
    match = re.search(rf'href="(\?[^"]*)">{label}</a>', page.content.decode())
    return match[1].replace("&amp;", "&") if match else ""


def sort_links(page: Any) -> dict[str, str]:
    """Return the queries that the headings of columns link to, by heading."""
    return {label: url.replace("&amp;", "&") for url, label in SORT_LINK.findall(page.content.decode())}


def pages(browser: Browser, name: str, query: str = "", label: str = "Next") -> list[list[str]]:
    """Return the ids of each page, following the links with this label."""
    found = []
    while True:
        page = browser.get(f"{name}/{query}")
        found.append(ids(page, name))
        query = link(page, label)
        if not query:
            return found


def last_page(browser: Browser, name: str, query: str) -> Any:
    page = browser.get(f"{name}/{query}")
    while following := link(page, "Next"):
        page = browser.get(f"{name}/{following}")
    return page


def some(factory: Any, count: int = 8) -> list[str]:
    """Create rows, pairs of which have one time; return their ids, newest first."""
    rows = [factory(created_at=LONG_AGO + timedelta(minutes=number // 2)) for number in range(count)]
    return [str(row.pk) for row in sorted(rows, key=lambda row: (row.created_at, row.pk), reverse=True)]


@pytest.mark.parametrize("name", LISTS)
def test_pages_have_every_row_once_in_order(support: Browser, name: str) -> None:
    expected = some(LISTS[name])
    query = "?until=2020-01-02"
    forward = pages(support, name, query)
    assert [len(page) for page in forward] == [3, 3, 2]
    assert [row for page in forward for row in page] == expected
    last = last_page(support, name, query)
    assert pages(support, name, link(last, "Previous"), "Previous") == forward[1::-1]
    assert link(last, "First") == query


@pytest.mark.parametrize("name", LISTS)
def test_oldest_rows_come_first_on_demand(support: Browser, name: str) -> None:
    expected = some(LISTS[name])
    (query,) = sort_links(support.get(f"{name}/", until="2020-01-02")).values()
    found = pages(support, name, query)
    assert [row for page in found for row in page] == expected[::-1]


def test_new_and_deleted_rows_move_no_row_to_another_page(support: Browser) -> None:
    expected = some(AccountFactory)
    first = support.get("accounts/account/", until="2020-01-02")
    AccountFactory(created_at=LONG_AGO + timedelta(hours=1))
    Account.objects.get(pk=expected[2]).delete()
    assert ids(support.get(f"accounts/account/{link(first, 'Next')}"), "accounts/account") == expected[3:6]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "~",
        "\0",
        "2020-01-01T00:00:00+00:00",
        "2020-01-01T00:00:00+00:00~x",
        "0001-01-01T00:00:00+00:00~acct_0123456789abcdef",
        "2020-13-01T00:00:00+00:00~acct_0123456789abcdef",
        "2020-01-01T00:00:00+00:00~acct_0123456789abcdef",
        "none~2020-01-01T00:00:00+00:00~acct_0123456789abcdef",
        "none~2020-01-01T00:00:00+00:00~12",
        "2020-01-01T00:00:00~1",
        f"2020-01-01T00:00:00+00:00~{'9' * 18}",
        f"2020-01-01T00:00:00+00:00~{'9' * 19}",
        "2020-01-01T00:00:00+00:00~\u0661",
    ],
)
@pytest.mark.parametrize(
    "name",
    [
        name if name in ("accounts/account", "events/event") else pytest.param(name, marks=pytest.mark.exhaustive)
        for name in LISTS  # the others are listed as accounts are
    ],
)
def test_no_cursor_is_a_fault(support: Browser, name: str, cursor: str) -> None:
    LISTS[name]()
    for parameter in ("after", "before"):
        assert support.get(f"{name}/", **{parameter: cursor}).status_code == 200


# Sorting


def signed_in(days: list[int | None]) -> list[str]:
    """Create accounts that signed in so many days after LONG_AGO, or never; return their ids."""
    times = [None if day is None else LONG_AGO + timedelta(days=day) for day in days]
    return [AccountFactory(created_at=LONG_AGO, last_signed_in_at=time).pk for time in times]


@pytest.mark.parametrize("is_descending", [True, False])
def test_accounts_are_sorted_by_their_last_sign_in(support: Browser, is_descending: bool) -> None:
    accounts = signed_in([2, None, 1, None, 3, 2, None])
    never = sorted((accounts[1], accounts[3], accounts[6]), reverse=True)
    expected = [accounts[4], *sorted((accounts[0], accounts[5]), reverse=True), accounts[2], *never]
    query = sort_links(support.get("accounts/account/"))["Last signed in"]
    query = query.replace("o=", "o=-") if is_descending else query
    listed = pages(support, "accounts/account", query)
    mine = support.account.pk  # never signed in, and created last
    expected.insert(4, mine)
    assert [row for page in listed for row in page] == (expected if is_descending else expected[::-1])
    last = last_page(support, "accounts/account", query)
    assert pages(support, "accounts/account", link(last, "Previous"), "Previous") == listed[-2::-1]


def test_lists_are_sorted_by_nothing_else(support: Browser) -> None:
    for name in ("Zoe", "Ada"):
        ProfileFactory(full_name=name, created_at=LONG_AGO)
    page = support.get("accounts/profile/")
    expected = ids(page, "accounts/profile")
    assert list(sort_links(page)) == ["Created"]
    for number in range(-9, 10):
        assert ids(support.get("accounts/profile/", o=str(number)), "accounts/profile") in (expected, expected[::-1])


# Filters


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1", [0]), ("7", [0, 1]), ("30", [0, 1]), ("before-90", [3, 2]), ("before-365", [3]), ("never", [4])],
)
def test_accounts_by_their_last_sign_in(support: Browser, value: str, expected: list[int]) -> None:
    now = timezone.now()
    days: list[int | None] = [0, 3, 100, 400, None]
    times = [None if day is None else now - timedelta(days=day, minutes=1) for day in days]
    accounts = [AccountFactory(last_signed_in_at=time).pk for time in times]
    Account.objects.filter(pk=support.account.pk).update(last_signed_in_at=now - timedelta(days=50))
    found = ids(support.get("accounts/account/", **{"signed-in": value}), "accounts/account")
    assert set(found) == {accounts[it] for it in expected}


def test_list_is_sorted_by_the_time_that_is_filtered(support: Browser) -> None:
    accounts = signed_in([1, 3, 2])
    page = support.get("accounts/account/", **{"signed-in": "before-90"})
    assert list(sort_links(page)) == ["Last signed in"]
    assert ids(page, "accounts/account") == [accounts[1], accounts[2], accounts[0]]
    assert list(sort_links(support.get("accounts/account/", since="2020-01-01"))) == ["Created"]
    assert list(sort_links(support.get("accounts/account/"))) == ["Last signed in", "Created"]


# Columns


def test_columns_are_chosen_and_kept(support: Browser) -> None:
    account = AccountFactory()
    account.profile = ProfileFactory(account=account, phone="030 5678")
    account.save()
    assert "030 5678" not in text(support.get("accounts/account/"))
    response = support.get("accounts/account/", columns=["phone", "created", "nonsense"], state="", o="2")
    assert (response.status_code, response["Location"]) == (302, "/admin/accounts/account/?state=")
    page = support.get("accounts/account/")
    assert "030 5678" in text(page)
    headings = re.findall(r'<th[^>]*scope="col".*?</th>', page.content.decode(), re.DOTALL)
    words = [" ".join(re.sub("<[^>]*>", " ", it).split()) for it in headings]
    names = [it.replace(" arrow_circle_up cancel", "") for it in words]
    assert [name for name in names if name in {"Account", "Email", "Phone", "State", "Created"}] == [
        "Account",
        "Phone",
        "Created",
    ]


def test_unknown_columns_of_the_cookie_are_ignored(support: Browser) -> None:
    support.client.cookies["dashboard_admin_columns_account"] = "password.nonsense"
    page = text(support.get("accounts/account/"))
    assert "Email" in page
    assert "bcrypt" not in page


# Search


@pytest.fixture
def ada(db: None) -> Account:
    account = AccountFactory(username="Countess-1815")
    account.profile = ProfileFactory(account=account, full_name="Ada Lovelace", contact_email="ada@example.com")
    account.save()
    return account


@pytest.mark.parametrize("term", ["lovelace", "example.com", "Countess-1815", "ID", "ACCOUNT"])
@pytest.mark.parametrize("name", [name for name in LISTS if name != "accounts/account"])
def test_rows_are_found_by_their_account(support: Browser, ada: Account, name: str, term: str) -> None:
    is_event = name == "events/event"
    row = EventFactory(accountid=ada.pk) if is_event else LISTS[name](account=ada, created_at=timezone.now())
    other = EventFactory() if is_event else LISTS[name](account=AccountFactory())
    if name == "accounts/profile":
        other.contact_email = "other@other.example"
        other.save()
    page = support.get(f"{name}/", q=term.replace("ID", row.public_id).replace("ACCOUNT", ada.pk))
    found = ids(page, name)
    assert str(row.pk) in found
    assert str(other.pk) not in found
    assert "Ada Lovelace ada@example.com" in text(page)


def test_events_are_found_by_what_they_are_about(support: Browser, ada: Account) -> None:
    session = SessionFactory(account=ada)
    event = EventFactory(accountid=ada.pk, targetid=session.pk, action=Action.CREATE_SESSION)
    EventFactory(accountid=ada.pk)
    assert ids(support.get("events/event/", q=session.pk), "events/event") == [str(event.pk)]


@pytest.mark.parametrize("term", ["evnt_ffffffffffffffff", "evnt_0000000000000000", "sess_0123456789abcdef", "nobody"])
@pytest.mark.parametrize("name", LISTS)
def test_empty_result_says_what_was_searched(support: Browser, name: str, term: str) -> None:
    LISTS[name]()
    assert "The search looked for" in text(support.get(f"{name}/", q=term))


def test_events_of_deleted_accounts_show_the_id(support: Browser) -> None:
    event = EventFactory(accountid="acct_0123456789abcdef", actor_accountid="acct_fedcba9876543210")
    page = support.get("events/event/")
    assert "acct_0123456789abcdef" in text(page)
    assert "accounts/account/acct_0123456789abcdef" not in page.content.decode()
    assert "acct_0123456789abcdef" in text(support.get(f"events/event/{event.pk}/change/"))
    assert Event.objects.count() == 1


def test_list_says_that_the_search_matches_more(support: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("admin_site.admin.accounts.MATCHES_LIMIT", 2)
    ProfileFactory.create_batch(3, full_name="Lovelace")
    page = text(support.get("accounts/account/", q="lov"))
    assert "2 accounts: the first matches of many. Add a word or letters" in page


def test_empty_result_says_that_not_all_was_compared(support: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.services.search.CANDIDATES_LIMIT", 2)
    ProfileFactory.create_batch(2, full_name="Ada Byron")
    ProfileFactory.create_batch(2, full_name="Augusta Lovelace")
    page = text(support.get("accounts/account/", q="ada lovelace"))
    assert "No accounts match “ada lovelace”" in page
    assert "too many names and addresses to compare all" in page
    assert "first matches of many" not in page
