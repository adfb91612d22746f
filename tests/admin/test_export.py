"""The export of a list from the site."""

import csv
import io
from typing import Any

import pytest

from events.models import Action, Event
from sessions_app.models import Session
from tests.admin.browser import Browser, text
from tests.factories import PASSWORD, AccountFactory, ProfileFactory, SessionFactory

LISTS = ["accounts/account", "accounts/profile", "sessions_app/session", "resetcodes/resetcode", "events/event"]


def download(response: Any) -> list[dict[str, str]]:
    assert (response.status_code, response["Content-Type"]) == (200, "text/csv; charset=utf-8")
    document = b"".join(response.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(document, newline="")))


@pytest.mark.parametrize("name", LISTS)
def test_owner_exports_every_list(owner: Browser, name: str) -> None:
    ProfileFactory()
    page = owner.get(f"{name}/export/")
    assert "Export " in text(page)
    response = owner.submit(f"{name}/export/")
    assert response["Content-Disposition"].startswith('attachment; filename="')
    assert response["Content-Disposition"].endswith('.csv"')
    assert isinstance(download(response), list)


def test_what_is_filtered_is_exported(owner: Browser) -> None:
    account = AccountFactory(scheduled=True)
    page = owner.get("accounts/account/", state="scheduled", q="")
    assert 'href="export/?q=&amp;state=scheduled"' in page.content.decode()
    path = "accounts/account/export/?state=scheduled"
    assert "Export 1 account? " in text(owner.get(path))
    assert "state=scheduled" in text(owner.get(path))
    assert [row["accountid"] for row in download(owner.submit(path))] == [account.pk]
    started, finished = Event.objects.filter(action__in=[Action.EXPORT_LIST, Action.FINISH_EXPORT]).order_by("pk")
    assert (started.details, finished.details) == ("accounts, state=scheduled", "accounts, 1 row, complete")
    assert started.actor_accountid == owner.account.pk
    assert "List exported: accounts, state=scheduled" in text(owner.get("events/event/"))


def test_search_term_is_not_recorded(owner: Browser) -> None:
    account = AccountFactory(username="Countess-1815")
    rows = download(owner.submit("accounts/account/export/?q=Countess-1815"))
    assert [row["accountid"] for row in rows] == [account.pk]
    assert not Event.objects.filter(details__contains="Countess").exists()
    assert Event.objects.filter(details="accounts, matches of a search").exists()


def test_others_are_neither_offered_nor_given_an_export(support: Browser, settings: Any) -> None:
    path = "accounts/account/export/"
    assert "Export" not in text(support.get("accounts/account/"))
    assert support.get(path).status_code == 403
    assert support.resubmit(support.get("accounts/account/"), path).status_code == 403
    assert not Event.objects.filter(action=Action.EXPORT_LIST).exists()
    settings.ADMINISTRATORS_MAY_EXPORT = True
    assert "Export" in text(support.get("accounts/account/"))
    assert download(support.submit(path))


def test_export_asks_for_the_password_first_if_it_was_proven_long_ago(owner: Browser, settings: Any) -> None:
    settings.SESSION_VERIFICATION_DELAY = 0
    assert owner.session
    Session.objects.filter(pk=owner.session.pk).update(last_verified_at=owner.session.created_at)
    response = owner.submit("accounts/account/export/")
    assert "Confirm your password" in text(response)
    settings.SESSION_VERIFICATION_DELAY = 60
    again = owner.resubmit(response, "accounts/account/export/", **{"password-again": PASSWORD})
    assert download(again)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    "query", ["state=%00", "x=1", "since=x", "accountid=%00", "q=%00", "after=x", "o=99", "e=1", f"state={'x' * 999}"]
)
def test_invalid_filters_are_no_fault(owner: Browser, name: str, query: str) -> None:
    SessionFactory()
    path = f"{name}/export/?{query}"
    page = owner.get(path)
    assert page.status_code in (200, 302, 400)
    if page.status_code == 200:
        download(owner.submit(path))


def test_signed_out_export_is_refused(anonymous: Browser) -> None:
    assert anonymous.get("accounts/account/export/").status_code == 302
