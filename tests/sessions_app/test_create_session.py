"""user/create-session: somebody signs in."""

import hashlib

import pytest
import time_machine

from accounts.models import Account
from sessions_app.models import Session
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory
from tests.forms import an_id, hex_digits

NOW = "2022-06-24T02:43:02.624321Z"
CREDENTIALS = {"username": "somebody", "password": PASSWORD}
DURATIONS = [
    ({}, 1200, "2022-06-24T03:03:02.624Z"),
    ({"remember": "hours"}, 28_800, "2022-06-24T10:43:02.624Z"),
    ({"remember": "days"}, 2_592_000, "2022-07-24T02:43:02.624Z"),
    ({"remember": "ever"}, 1200, "2022-06-24T03:03:02.624Z"),
]
each_duration = pytest.mark.parametrize(("remember", "duration"), [row[:2] for row in DURATIONS])


@pytest.fixture
def account(db):
    return AccountFactory(username="somebody")


@pytest.mark.parametrize(("remember", "duration", "expires_at"), DURATIONS)
@time_machine.travel(NOW, tick=False)
def test_new_session_is_answered_with_its_token(remember, duration, expires_at, guest, account):
    response = guest.post("user/create-session", CREDENTIALS | remember)
    assert response.status_code == 200
    assert response.json() == {
        "sessionid": an_id("sess"),
        "object": "session",
        "appid": "dashboard",
        "accountid": account.accountid,
        "duration": duration,
        "csrfToken": hex_digits(128),
        "token": hex_digits(64),
        "ipAddress": "127.0.0.1",
        "lastSeenAt": "2022-06-24T02:43:02.624Z",
        "expiresAt": expires_at,
        "lastVerifiedAt": "2022-06-24T02:43:02.624Z",
        "ended": False,
        "createdAt": "2022-06-24T02:43:02.624Z",
        "updatedAt": "2022-06-24T02:43:02.624Z",
    }


@time_machine.travel(NOW, tick=False)
def test_sign_in_is_noted_on_the_account(guest, account):
    guest.post("user/create-session", CREDENTIALS)
    before, account = account, Account.objects.get()
    assert account.last_signed_in_at.isoformat() == "2022-06-24T02:43:02.624321+00:00"
    assert account.updated_at == account.last_signed_in_at
    assert account.password == before.password


def test_new_session_signs_in(guest, account):
    sessionid = guest.post("user/create-session", CREDENTIALS).json()["sessionid"]
    response = guest.get("user/session", sessionid=sessionid)
    assert response.status_code == 200
    assert "token" not in response.json()


def test_every_sign_in_makes_a_session_of_its_own(guest, account):
    first, second = (guest.post("user/create-session", CREDENTIALS).json() for _ in range(2))
    assert not {first["sessionid"], first["token"], first["csrfToken"]} & set(map(str, second.values()))
    assert outcome(guest.get("user/session", sessionid=first["sessionid"])) == (200, "")


def test_token_is_stored_only_as_its_hash(guest, account, settings):
    settings.DASHBOARD_SESSION_KEY, settings.DASHBOARD_ENCRYPTION_KEY = ["session-key", "x"], ["encryption-key"]
    account = AccountFactory(username="anybody")
    token = guest.post("user/create-session", CREDENTIALS | {"username": "anybody"}).json()["token"]
    row = Session.objects.values().get()
    mixed = f"{account.accountid}/{token}/{account.session_key}/session-key:encryption-key"
    assert row["token_hash"] == hashlib.sha512(mixed.encode()).hexdigest()
    assert not any(token in str(value) for value in row.values())


@pytest.mark.parametrize("https", [True, False])
@pytest.mark.usefixtures("account")
def test_cookies_are_kept_from_scripts_and_other_sites(https, guest, settings):
    settings.SERVED_BY_HTTPS = https
    response = guest.post("user/create-session", CREDENTIALS)
    assert {name: cookie.value for name, cookie in response.cookies.items()} == {
        name: response.json()[name] for name in ("sessionid", "token")
    }
    for cookie in response.cookies.values():
        assert cookie["httponly"] is True
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert cookie["domain"] == ""
        assert bool(cookie["secure"]) is https


@each_duration
@pytest.mark.usefixtures("account")
def test_cookies_last_as_long_as_the_session(remember, duration, guest):
    cookies = guest.post("user/create-session", CREDENTIALS | remember).cookies
    assert [cookies[name]["max-age"] for name in ("sessionid", "token")] == [duration, duration]


def test_refused_sign_in_sets_no_cookies(guest, account):
    assert not guest.post("user/create-session", CREDENTIALS | {"password": "wrong one"}).cookies


@each_duration
def test_session_signs_in_until_its_duration_is_over(remember, duration, guest, account):
    with time_machine.travel(NOW, tick=False) as clock:
        sessionid = guest.post("user/create-session", CREDENTIALS | remember).json()["sessionid"]
        clock.shift(duration - 0.001)
        assert outcome(guest.get("user/session", sessionid=sessionid)) == (200, "")
        clock.shift(0.001)
        assert outcome(guest.get("user/session", sessionid=sessionid)) == (401, "Sign in required")


def test_whoever_signs_in_again_elsewhere_keeps_the_first_session(account):
    ApiClient().post("user/create-session", CREDENTIALS)
    ApiClient().post("user/create-session", CREDENTIALS)
    assert Session.objects.filter(ended_at=None, account=account).count() == 2


def test_name_of_another_appid_is_unknown(guest, account, settings):
    settings.APPID = "another"
    assert outcome(guest.post("user/create-session", CREDENTIALS)) == (401, "invalid-username")


@pytest.mark.parametrize(("later_keys", "status"), [(["new", "old"], 200), (["old"], 200), (["new"], 401)])
@pytest.mark.parametrize("name", ["DASHBOARD_SESSION_KEY", "DASHBOARD_ENCRYPTION_KEY"])
def test_token_verifies_while_its_key_is_listed(name, later_keys, status, guest, settings):
    setattr(settings, name, ["old"])
    AccountFactory(username="somebody")
    sessionid = guest.post("user/create-session", CREDENTIALS).json()["sessionid"]
    setattr(settings, name, later_keys)
    assert guest.get("user/session", sessionid=sessionid).status_code == status
