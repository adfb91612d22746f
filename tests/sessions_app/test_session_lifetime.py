"""What ends a session besides its expiry: idleness, a sign-in that replaces it, and a new token."""

from datetime import timedelta

import pytest
from django.utils import timezone

from events.models import Event
from sessions_app.models import Session
from tests.admin.browser import Browser
from tests.cases import USERNAME
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory, ServiceCredentialFactory, SessionFactory, service_token

DONE, SIGN_IN_REQUIRED = (200, ""), (401, "Sign in required")
BROWSER = {"Sec-Fetch-Site": "same-origin"}
HOUR = timedelta(hours=1)


@pytest.fixture
def client(db):
    return ApiClient(SessionFactory(account=AccountFactory(username=USERNAME)))


def check(client):
    return outcome(client.get("user/session", sessionid=client.session.sessionid))


def sign_in(client, password=PASSWORD, headers=BROWSER):
    body = {"username": USERNAME, "password": password}
    return client.call("POST", "user/create-session", body, headers)


def verify(client, headers=None, password=PASSWORD):
    body = {"username": USERNAME, "password": password}
    return client.call("PATCH", "user/set-session-verified", body, headers, sessionid=client.session.sessionid)


def seen(session, ago):
    Session.objects.filter(pk=session.pk).update(last_seen_at=timezone.now() - ago)


# Idle


@pytest.mark.parametrize(("ago", "expected"), [(0.9 * HOUR, DONE), (1.1 * HOUR, SIGN_IN_REQUIRED)])
def test_idle_session_ends(ago, expected, client, settings):
    settings.SESSION_IDLE_TIMEOUT = 3600
    seen(client.session, ago)
    assert check(client) == expected


def test_session_is_never_idle_by_default(client):
    seen(client.session, 10 * HOUR)
    assert check(client) == DONE


def test_idle_session_is_shown_as_ended_everywhere(client, administrator, settings):
    settings.SESSION_IDLE_TIMEOUT = 3600
    seen(client.session, 1.5 * HOUR)
    told = administrator.get("administrator/session", sessionid=client.session.sessionid).json()
    assert told["ended"] is True
    assert told["endedAt"] < told["expiresAt"]
    now = timezone.now()
    assert client.session not in Session.objects.active(now)
    assert client.session in Session.objects.ended(now)


def test_session_that_was_never_seen_is_not_idle(client, settings):
    settings.SESSION_IDLE_TIMEOUT = 3600
    Session.objects.filter(pk=client.session.pk).update(last_seen_at=None)
    assert client.session in Session.objects.active(timezone.now())
    assert check(client) == DONE


# Replaced


def test_sign_in_ends_the_session_of_its_cookies(client):
    before = ApiClient(client.session)
    assert outcome(sign_in(client)) == DONE
    assert check(before) == SIGN_IN_REQUIRED
    assert Event.objects.filter(action="set-session-ended", targetid=before.session.pk).exists()


def test_sign_in_to_another_account_ends_it_too(client):
    AccountFactory(username="somebody else")
    before = ApiClient(client.session)
    body = {"username": "somebody else", "password": PASSWORD}
    assert outcome(client.call("POST", "user/create-session", body, BROWSER)) == DONE
    assert check(before) == SIGN_IN_REQUIRED


def test_sign_in_ends_a_session_that_is_idle_too(client, settings):
    settings.SESSION_IDLE_TIMEOUT = 3600
    replaced = client.session.pk
    Session.objects.filter(pk=replaced).update(last_seen_at=timezone.now() - timedelta(hours=2))
    assert outcome(sign_in(client)) == DONE
    assert Session.objects.get(pk=replaced).ended_at


def test_sign_in_that_fails_ends_nothing(client):
    sign_in(client, "a wrong password")
    assert check(client) == DONE


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example.com"}])
def test_another_origin_cannot_end_it(headers, client):
    sign_in(client, headers=headers)
    assert check(client) == DONE


def test_cookie_without_the_right_token_ends_nothing(client):
    thief = ApiClient()
    thief.client.cookies["sessionid"] = client.session.sessionid
    thief.client.cookies["token"] = "0" * 64
    assert outcome(sign_in(thief)) == DONE
    assert check(client) == DONE


def test_replacing_can_be_turned_off(client, settings):
    settings.END_REPLACED_SESSIONS = False
    before = ApiClient(client.session)
    sign_in(client)
    assert check(before) == DONE


# A new token


def test_browser_that_verifies_gets_a_new_token(client):
    stolen = ApiClient(client.session)
    response = verify(client, BROWSER)
    assert outcome(response) == DONE
    assert response.json()["token"] == client.client.cookies["token"].value != client.session.token
    assert check(client) == DONE
    assert check(stolen) == SIGN_IN_REQUIRED


def test_browser_that_a_proxy_asks_for_a_password_of_its_own_gets_a_new_token(client):
    stolen = ApiClient(client.session)
    assert outcome(verify(client, {"Authorization": "Basic c3RhZmY6c2VjcmV0", **BROWSER})) == DONE
    assert client.client.cookies["token"].value != client.session.token
    assert [check(client), check(stolen)] == [DONE, SIGN_IN_REQUIRED]


def test_program_that_verifies_keeps_its_token(client):
    assert "token" not in verify(client).json()
    assert check(client) == DONE


def test_bearer_of_a_token_keeps_it(client):
    bearer = ApiClient()
    bearer.session = client.session
    headers = {"Authorization": f"Bearer {client.session.sessionid}.{client.session.token}", **BROWSER}
    assert "token" not in verify(bearer, headers).json()
    assert check(client) == DONE
    other = SessionFactory()  # whose cookies the browser has besides
    bearer.client.cookies["sessionid"], bearer.client.cookies["token"] = other.sessionid, other.token
    assert "token" not in verify(bearer, headers).json()
    assert (bearer.client.cookies["token"].value, check(client)) == (other.token, DONE)


@pytest.mark.parametrize("by_credential", [True, False], ids=["a credential", "APPLICATION_SERVER_TOKEN"])
def test_application_server_that_forwards_a_browser_s_headers_gets_no_token(by_credential, client, settings):
    """It acts in the session without its token. The browser, which would not get a new one, keeps its own."""
    settings.APPLICATION_SERVER, settings.APPLICATION_SERVER_TOKEN = "https://app.example.com", "a secret of both"
    headers = {
        "x-application-server": settings.APPLICATION_SERVER,
        "x-application-server-token": settings.APPLICATION_SERVER_TOKEN,
    }
    if by_credential:
        credential = ServiceCredentialFactory(scopes="act-for-users")
        headers = {"x-application-server-token": service_token(credential)}
    headers |= {"x-accountid": client.account.pk, "x-sessionid": client.session.pk, **BROWSER}
    forwarding = ApiClient(client.session)
    response = verify(forwarding, headers)
    assert outcome(response) == DONE
    assert ("token" in response.json(), len(response.cookies)) == (False, 0)
    assert check(client) == DONE


def test_wrong_password_renews_nothing(client):
    assert outcome(verify(client, BROWSER, "a wrong password"))[0] == 401
    assert check(client) == DONE


def test_site_gives_a_new_token_too(db, settings):
    session = SessionFactory(account=AccountFactory(administrator=True), last_verified_at=timezone.now() - 9 * HOUR)
    browser, stolen = Browser(session), Browser(session)
    path = f"accounts/account/{AccountFactory().pk}/change/"
    page = browser.submit("accounts/account/", action="unlock_account", _selected_action=session.account.pk)
    assert "password-again" in page.content.decode()
    browser.resubmit(page, "accounts/account/", **{"password-again": PASSWORD})
    assert browser.get(path).status_code == 200
    assert stolen.get(path).status_code == 302


def test_renewal_can_be_turned_off(client, settings):
    settings.RENEW_TOKENS = False
    assert "token" not in verify(client, BROWSER).json()
    assert check(client) == DONE
