"""A sign-in to the administrators' site creates an ordinary session, listed and ended like any other."""

from datetime import timedelta
from http.cookies import Morsel
from typing import Any

import pytest
from django.utils import timezone

from accounts.services import credentials, deletion, roles
from admin_site.admin.base import ReadOnlyAdmin
from dashboard.core.actor import Actor
from events.models import Action, Event
from sessions_app.models import Session
from sessions_app.services import sessions
from tests.admin.browser import COOKIE, Browser, text
from tests.factories import PASSWORD, AccountFactory, SessionFactory

OPERATOR = Actor.command_line()


def sign_in(browser: Browser, **fields: str) -> Any:
    return browser.submit("login/", **{"username": "helpdesk", "password": PASSWORD, "remember": "hours", **fields})


def cookie_of(response: Any) -> Morsel[str]:
    morsel: Morsel[str] = response.cookies[COOKIE]
    return morsel


def test_sign_in_creates_a_session_with_address_and_browser(anonymous: Browser) -> None:
    account = AccountFactory(username="helpdesk", administrator=True)
    response = sign_in(anonymous)
    assert (response.status_code, response["Location"]) == (302, "/admin/")
    session = Session.objects.get(account=account)
    assert (session.ip_address, session.user_agent, session.duration) == (
        "203.0.113.7",
        "Firefox 140 on Windows",
        28_800,
    )
    assert cookie_of(response).value.startswith(f"{session.sessionid}.")
    assert Event.objects.get(action=Action.CREATE_SESSION).targetid == session.sessionid
    assert session.sessionid in text(anonymous.get("sessions_app/session/"))


@pytest.mark.parametrize("https", [True, False])
def test_cookie_is_hidden_from_scripts_and_other_paths(anonymous: Browser, settings: Any, https: bool) -> None:
    settings.SERVED_BY_HTTPS = https
    AccountFactory(username="helpdesk", administrator=True)
    response = sign_in(anonymous)
    cookie = cookie_of(response)
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], bool(cookie["secure"])) == (
        True,
        "Lax",
        "/admin/",
        https,
    )
    assert "sessionid" not in response.cookies


def test_cookies_under_https_are_bound_to_the_host(anonymous: Browser, settings: Any) -> None:
    settings.SERVED_BY_HTTPS = settings.CSRF_COOKIE_SECURE = settings.SESSION_COOKIE_SECURE = True
    settings.ADMIN_COOKIE_NAME, settings.ADMIN_COOKIE_PATH = "__Host-dashboard_admin", "/"
    settings.CSRF_COOKIE_NAME, settings.CSRF_COOKIE_PATH = "__Host-dashboard_admin_csrf", "/"
    AccountFactory(username="helpdesk", administrator=True)
    signed_in = sign_in(anonymous)
    signed_out = anonymous.resubmit(anonymous.get(""), "logout/")
    set_cookies = [*signed_in.cookies.values(), *(it for it in signed_out.cookies.values() if it["max-age"] != 0)]
    assert {it.key for it in set_cookies} == {
        "__Host-dashboard_admin",
        "__Host-dashboard_admin_csrf",
        "__Host-dashboard_admin_messages",
    }
    assert all((it["path"], it["domain"], it["secure"]) == ("/", "", True) for it in set_cookies)
    deleted = {it.key: it["path"] for it in signed_out.cookies.values() if it["max-age"] == 0}
    assert deleted == {"__Host-dashboard_admin": "/", "dashboard_admin": "/admin/"}


def test_cookies_are_no_other_applications(anonymous: Browser) -> None:
    """An application on the same host may be Django, too, and have cookies of Django's names."""
    anonymous.client.cookies.load({"csrftoken": "a" * 32, "messages": "x", "sessionid": "b" * 32})
    AccountFactory(username="helpdesk", administrator=True)
    assert sign_in(anonymous).status_code == 302
    anonymous.resubmit(anonymous.get(""), "logout/")
    assert {"csrftoken": "a" * 32, "messages": "x", "sessionid": "b" * 32}.items() <= {
        name: it.value for name, it in anonymous.client.cookies.items()
    }.items()


def test_repeated_cookie_signs_nobody_in(db: None) -> None:
    session = SessionFactory(account=AccountFactory(administrator=True))
    cookie = f"{COOKIE}={session.sessionid}.{session.token}"
    assert Browser().client.get("/admin/", headers={"Cookie": cookie}).status_code == 200
    assert Browser().client.get("/admin/", headers={"Cookie": f"{cookie}; {COOKIE}=x"}).status_code == 302


@pytest.mark.parametrize(("remember", "seconds"), [("", 1_200), ("hours", 28_800), ("days", 2_592_000)])
def test_session_lasts_as_long_as_chosen(anonymous: Browser, remember: str, seconds: int) -> None:
    AccountFactory(username="helpdesk", administrator=True)
    assert cookie_of(sign_in(anonymous, remember=remember))["max-age"] == seconds


@pytest.mark.parametrize(
    ("state", "fields", "sentence"),
    [
        ({}, {}, "Only administrators can sign in here."),
        ({"administrator": True}, {"password": "a wrong password"}, "The password is wrong."),
        ({"administrator": True}, {"username": "somebody-else"}, "No account has this username."),
        (
            {"administrator": True, "scheduled": True},
            {},
            "The account is scheduled for deletion. Restore it to sign in.",
        ),
    ],
)
def test_refused_sign_in_leaves_no_session(
    anonymous: Browser, state: dict[str, bool], fields: dict[str, str], sentence: str
) -> None:
    AccountFactory(username="helpdesk", **state)
    response = sign_in(anonymous, **fields)
    assert response.status_code == 200
    assert sentence in text(response)
    assert COOKIE not in response.cookies
    assert not Session.objects.exists()
    assert PASSWORD not in response.content.decode()


def test_locked_account_learns_when_to_try_again(anonymous: Browser) -> None:
    AccountFactory(username="helpdesk", administrator=True, locked_until=timezone.now() + timedelta(minutes=30))
    assert "You can try again in 30 minutes." in text(sign_in(anonymous))


def test_sign_in_redirects_to_the_requested_page(anonymous: Browser) -> None:
    AccountFactory(username="helpdesk", administrator=True)
    there = anonymous.get("events/event/")
    assert there["Location"] == "/admin/login/?next=/admin/events/event/"
    assert sign_in(anonymous, next="/admin/events/event/")["Location"] == "/admin/events/event/"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:1"])
def test_sign_in_redirects_to_no_other_host(anonymous: Browser, elsewhere: str) -> None:
    AccountFactory(username="helpdesk", administrator=True)
    assert sign_in(anonymous, next=elsewhere)["Location"] == "/admin/"


@pytest.mark.parametrize("given", ["foo", "admin:logout", "?q=1", "../"])
def test_sign_in_with_no_path_to_open_redirects_to_the_home_page(anonymous: Browser, given: str) -> None:
    AccountFactory(username="helpdesk", administrator=True)
    assert sign_in(anonymous, next=given)["Location"] == "/admin/"
    assert anonymous.is_signed_in()


@pytest.mark.parametrize("path", ["login/", "logout/"])
def test_forms_without_csrf_token_are_refused(support: Browser, path: str) -> None:
    response = support.client.post(f"/admin/{path}", {"username": "helpdesk", "password": PASSWORD})
    assert response.status_code == 403
    assert Session.objects.filter(ended_at__isnull=True).count() == 1


def test_signing_out_ends_the_session(support: Browser) -> None:
    response = support.resubmit(support.get("accounts/account/"), "logout/")
    assert response["Location"] == "/admin/login/"
    assert response.cookies[COOKIE]["max-age"] == 0
    assert Session.objects.get(pk=support.session).ended_at
    assert Event.objects.get(action=Action.SET_SESSION_ENDED).actor_accountid == support.account.accountid


def test_signed_in_browser_skips_the_form(support: Browser) -> None:
    assert support.get("login/")["Location"] == "/admin/"


def ended(browser: Browser) -> None:
    sessions.set_session_ended(browser.session.sessionid, OPERATOR)


def key_reset(browser: Browser) -> None:
    credentials.reset_session_key(browser.account.accountid, OPERATOR)


def role_revoked(browser: Browser) -> None:
    owner = AccountFactory(owner=True)
    roles.reset_account_administrator(browser.account.accountid, owner, OPERATOR)


def scheduled(browser: Browser) -> None:
    deletion.set_account_deleted(browser.account.accountid, OPERATOR)


def deleted(browser: Browser) -> None:
    deletion.delete_account(browser.account.accountid, OPERATOR)


def expired(browser: Browser) -> None:
    browser.session.expires_at = timezone.now() - timedelta(seconds=1)
    browser.session.save_fields("expires_at")


@pytest.mark.parametrize("revoke", [ended, key_reset, role_revoked, scheduled, deleted, expired])
def test_browser_is_signed_out_at_its_next_request(support: Browser, revoke: Any) -> None:
    assert support.is_signed_in()
    revoke(support)
    assert support.get("accounts/account/")["Location"] == "/admin/login/?next=/admin/accounts/account/"


@pytest.mark.parametrize("kind", ["account", "session", "export"])
def test_browser_whose_session_ends_during_its_request_is_signed_out(
    owner: Browser, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    session = SessionFactory()
    path = {
        "account": f"accounts/account/{session.account_id}/change/",
        "session": f"sessions_app/session/{session.pk}/change/",
        "export": "accounts/account/export/",
    }[kind]
    page, attach = owner.get("sessions_app/session/"), ReadOnlyAdmin.attach_references

    def end_meanwhile(*args: Any) -> None:
        ended(owner)
        attach(*args)

    monkeypatch.setattr(ReadOnlyAdmin, "attach_references", end_meanwhile)
    response = owner.resubmit(page, path) if kind == "export" else owner.get(path)
    assert (response.status_code, response["Location"]) == (302, f"/admin/login/?next=/admin/{path}")


@pytest.mark.parametrize("broken", ["{id}", "{id}.", ".{token}", "{id}.{token}0", "{token}.{id}", "sess_0.{token}"])
def test_invalid_cookie_is_refused(support: Browser, broken: str) -> None:
    assert support.session
    support.client.cookies[COOKIE] = broken.format(id=support.session.sessionid, token=support.session.token)
    assert not support.is_signed_in()


def test_cookies_of_the_api_are_not_accepted(anonymous: Browser) -> None:
    session = SessionFactory(account=AccountFactory(administrator=True))
    anonymous.client.cookies["sessionid"], anonymous.client.cookies["token"] = session.sessionid, session.token
    assert not anonymous.is_signed_in()


def test_session_without_the_role_is_refused(db: None) -> None:
    assert not Browser(SessionFactory()).is_signed_in()


def test_session_is_marked_as_seen(support: Browser) -> None:
    from sessions_app.services import last_seen  # noqa: PLC0415

    assert support.is_signed_in()
    assert support.session.sessionid in last_seen._noted


def test_sessions_of_an_account_are_limited_here_too(db: None, settings: Any) -> None:
    settings.RATE_LIMITS, settings.RATE_LIMIT_SESSIONS = True, "1/hour"
    AccountFactory(username="helpdesk", administrator=True)
    fields = {"username": "helpdesk", "password": PASSWORD}
    assert Browser().submit("login/", **fields).status_code == 302
    assert "There were too many requests." in text(Browser().submit("login/", **fields))
    assert Session.objects.count() == 1
