"""Properties that every page of the site shares."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin

from accounts.services import credentials
from dashboard.core.actor import Actor
from events.models import Event
from tests.admin.browser import Browser, text
from tests.factories import AccountFactory, ProfileFactory, ResetCodeFactory, SessionFactory

LISTS = ["accounts/account", "accounts/profile", "sessions_app/session", "resetcodes/resetcode", "events/event"]
SECRET = re.compile(r"[0-9a-f]{32,}|\$2[abxy]\$|dashboard_bcrypt")


def pages() -> list[str]:
    """Return the paths of every kind of page, and create rows for them."""
    account = AccountFactory(administrator=True)
    rows = {
        "accounts/account": account,
        "accounts/profile": ProfileFactory(account=account),
        "sessions_app/session": SessionFactory(account=account),
        "resetcodes/resetcode": ResetCodeFactory(account=account),
    }
    return [
        "",
        *(f"{name}/" for name in LISTS),
        *(f"{name}/?q={account.pk}" for name in LISTS),
        *(f"{name}/{row.pk}/change/" for name, row in rows.items()),
        f"search/?s={account.pk}",
    ]


def test_every_page(support: Browser) -> None:
    """A page shows no secret, loads nothing from other hosts, has one main heading, and is not stored by caches."""
    operation = f"accounts/account/operations/create-reset-code/?pk={support.account.pk}"
    for path in (*pages(), operation):
        response = support.get(path)
        content = response.content.decode()
        assert response.status_code == 200, path
        assert not SECRET.search(content), path
        assert not re.search(r"""(?:src|href|action)=["']?(?:https?:)?//""", content), path
        assert response["Content-Security-Policy"].startswith("default-src 'self'; script-src 'self'; ")
        assert "no-store" in response["Cache-Control"], path
        assert content.count("<h1") == (0 if path.startswith("search") else 1), path


@pytest.mark.parametrize("path", ["", *(f"{name}/" for name in LISTS), "search/", "jsi18n/"])
def test_anonymous_browser_is_sent_to_the_sign_in(anonymous: Browser, path: str) -> None:
    assert anonymous.get(path)["Location"].startswith("/admin/login/")


def test_address_without_a_slash_redirects(anonymous: Browser) -> None:
    assert anonymous.client.get("/admin")["Location"] == "/admin/"


def test_site_registers_no_other_models() -> None:
    assert {f"{it._meta.app_label}/{it._meta.model_name}" for it in admin.site._registry} == set(LISTS)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("page", ["add/", "acct_0000000000000000/delete/", "acct_0000000000000000/history/"])
def test_rows_cannot_be_added_or_deleted_directly(owner: Browser, name: str, page: str) -> None:
    assert owner.client.get(f"/admin/{name}/{page}", follow=True).status_code == 404


def test_event_has_no_history(owner: Browser) -> None:
    credentials.unlock_account(owner.account.pk, Actor.command_line())
    event = Event.objects.get()
    assert owner.get(f"events/event/{event.pk}/change/").status_code == 200
    assert owner.client.get(f"/admin/events/event/{event.pk}/history/", follow=True).status_code == 404


def test_models_of_other_apps_are_not_shown(owner: Browser) -> None:
    assert {str(model._meta).lower().replace(".", "/") for model in admin.site._registry} == set(LISTS)
    assert owner.get("auth/group/").status_code == 404


@pytest.mark.parametrize(
    "column", ["password__startswith", "username_hash", "session_key__gt", "account__password__startswith"]
)
@pytest.mark.parametrize("name", LISTS)
def test_columns_cannot_be_filtered(support: Browser, name: str, column: str) -> None:
    assert support.get(f"{name}/", **{column: "a"}).status_code in (302, 400)


@pytest.mark.parametrize("name", LISTS[:-1])
def test_rows_of_another_appid_are_not_shown(support: Browser, name: str) -> None:
    factory = dict(zip(LISTS, (AccountFactory, ProfileFactory, SessionFactory, ResetCodeFactory), strict=False))[name]
    theirs = factory(appid="another")
    assert theirs.pk not in support.get(f"{name}/").content.decode()
    assert support.get(f"{name}/{theirs.pk}/change/").status_code == 404


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("path", ["nothing", "accounts/account/acct_0000000000000000/change/"])
def test_error_is_a_page_without_details(support: Browser, settings: Any, path: str, debug: bool) -> None:
    settings.DEBUG = debug
    response = support.get(path)
    assert (response.status_code, response["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "Find an account" in text(response)  # the menu
    assert ("This page does not exist." if path == "nothing" else "Nothing has this ID.") in text(response)
    assert "no-store" in response["Cache-Control"]


def test_fault_is_a_page_without_details(
    support: Browser, monkeypatch: pytest.MonkeyPatch, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.DEBUG = True
    monkeypatch.setattr("admin_site.admin.accounts.explain", lambda account: 1 / 0)
    response = support.get(f"accounts/account/{support.account.pk}/change/")
    assert response.status_code == 500
    assert "ZeroDivisionError" not in response.content.decode()
    assert "Something went wrong on the server." in text(response)
    (record,) = caplog.records
    assert record.exc_info


def test_other_hosts_are_refused_with_a_page(anonymous: Browser) -> None:
    response = anonymous.client.get("/admin/", headers={"host": "evil.example"})
    assert (response.status_code, response["Content-Type"]) == (400, "text/html; charset=utf-8")


def test_errors_outside_the_site_stay_json(anonymous: Browser) -> None:
    response = anonymous.client.get("/administrators")
    assert (response.status_code, response["Content-Type"]) == (404, "application/json")


def test_django_sessions_are_not_installed() -> None:
    assert "django.contrib.sessions" not in settings.INSTALLED_APPS


def test_times_are_in_the_time_zone_and_name_it(support: Browser, settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Kolkata"
    account = AccountFactory(created_at=datetime(2026, 11, 21, 20, 30, tzinfo=UTC))
    page = support.get(f"accounts/account/{account.pk}/change/").content.decode()
    assert re.search(
        r'<time datetime="2026-11-21T20:30:00\+00:00" title="22 Nov 2026, 02:00 IST, [^"]+">22 Nov 2026, 02:00</time>',
        page,
    )
    assert '<script src="/static/admin_site/times.js"></script>' in page


def test_filters_by_day_name_the_time_zone(support: Browser, settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Kolkata"
    assert "Days of Asia/Kolkata" in text(support.get("accounts/account/"))
