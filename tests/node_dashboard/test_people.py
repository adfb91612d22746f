"""What people of a Node Dashboard find after their accounts were moved, over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import identify_hasher

from accounts.models import Account
from dashboard.core import hashing
from sessions_app.models import Session
from tests import node
from tests.client import ApiClient, outcome

OWNER = node.ACCOUNTS[0]
SCHEDULED = "scheduled for deletion"
NEW_PASSWORD = "another password"


def with_cookies(session: dict[str, Any]) -> ApiClient:
    client = ApiClient()
    client.client.cookies["sessionid"] = session["sessionid"]
    client.client.cookies["token"] = session["token"]
    return client


def asked(account: dict[str, Any], session: dict[str, Any]) -> tuple[int, str]:
    """What somebody is answered who asks for their account with the cookies of an old session."""
    return outcome(with_cookies(session).get("user/account", accountid=account["accountid"]))


def sign_in(account: dict[str, Any], password: str | None = None) -> Any:
    body = {"username": account["username"], "password": password or account["password"]}
    return ApiClient().post("user/create-session", body)


@pytest.fixture(autouse=True)
def _moved(original: Any, db: None) -> None:
    original.import_()


def test_everybody_signs_in_with_the_old_password() -> None:
    for account in node.ACCOUNTS:
        expected = (403, "invalid-account") if account["state"] == SCHEDULED else (200, "")
        assert outcome(sign_in(account)) == expected, account["username"]
        assert outcome(sign_in(account, "not the password")) == (401, "invalid-password")


def test_who_was_signed_in_stays_it_and_nobody_else_is() -> None:
    seen = set()
    for account in node.ACCOUNTS:
        for session in account["sessions"]:
            lives = not session["ended"] and account["state"] != SCHEDULED
            assert asked(account, session) == ((200, "") if lives else (401, "Sign in required")), session
            assert asked(account, {**session, "token": "0" * 64}) == (401, "Sign in required")
            seen.add(lives)
    assert seen == {True, False}


@pytest.mark.parametrize("seconds", [0, 1])
def test_sessions_expire_when_they_would_have(seconds: int, clock: Any) -> None:
    for account in node.ACCOUNTS:
        for session in account["sessions"]:
            row = Session.objects.get(pk=session["sessionid"])
            clock.move_to(row.created_at + timedelta(seconds=session["duration"] - seconds))
            lives = seconds > 0 and not session["ended"] and account["state"] != SCHEDULED
            assert asked(account, session)[0] == (200 if lives else 401)


def test_lists_show_which_sessions_have_ended() -> None:
    ended = {row.pk: row.as_json()["ended"] for row in Session.objects.all()}
    assert ended == {
        session["sessionid"]: session["ended"] or account["state"] == SCHEDULED
        for account in node.ACCOUNTS
        for session in account["sessions"]
    }


def test_sessions_that_outlived_a_reset_do_not_open_for_an_application_server_either(settings: Any) -> None:
    settings.APPLICATION_SERVER, settings.APPLICATION_SERVER_TOKEN = "https://app.example.com", "secret"
    for account in node.ACCOUNTS:
        for session in account["sessions"]:
            headers = {
                "x-application-server": "https://app.example.com",
                "x-application-server-token": "secret",
                "x-accountid": account["accountid"],
                "x-sessionid": session["sessionid"],
            }
            answer = ApiClient().call("GET", "user/account", headers=headers, accountid=account["accountid"])
            lives = not session["ended"] and account["state"] != SCHEDULED
            assert answer.status_code == (200 if lives else 401)


def test_restored_account_does_not_open_its_old_sessions_again() -> None:
    account = next(account for account in node.ACCOUNTS if account["state"] == SCHEDULED)
    body = {"username": account["username"], "password": account["password"]}
    assert outcome(ApiClient().patch("user/reset-account-deleted", body)) == (200, "")
    assert outcome(sign_in(account)) == (200, "")
    assert {asked(account, session)[0] for session in account["sessions"]} == {401}


def test_codes_reset_passwords_once() -> None:
    owners = [account for account in node.ACCOUNTS if account["resetCodes"]]
    assert len(owners) == 6
    for account in owners:
        (code,) = account["resetCodes"]
        body = {"username": account["username"], "new-password": NEW_PASSWORD, "secret-code": code["code"]}
        assert outcome(ApiClient().patch("user/reset-account-password", body)) == (200, "")
        assert outcome(sign_in(account, NEW_PASSWORD)) == (200, "")
        assert outcome(ApiClient().patch("user/reset-account-password", body)) == (401, "invalid-reset-code")
        assert {asked(account, session)[0] for session in account["sessions"]} == {401}


def test_roles_and_scheduled_deletions_are_those_of_before() -> None:
    owner = with_cookies(OWNER["sessions"][0])
    for account in node.ACCOUNTS:
        found = owner.get("administrator/account", accountid=account["accountid"]).json()
        assert found.get("owner", False) is (account is OWNER)
        assert found.get("administrator", False) is (account is OWNER or account["state"] == "administrator")
        assert ("deletedAt" in found) is (account["state"] == SCHEDULED)
        assert found["profileid"] == account["profileid"]


def test_profiles_are_there() -> None:
    for account in node.ACCOUNTS[3:]:
        session = sign_in(account).json()
        person = with_cookies(session)
        found = person.get("user/profile", profileid=account["profileid"]).json()
        stored = node.rows("profiles")[account["profileid"]]
        for name in ("fullName", "contactEmail", "companyName", "phone", "website", "dob"):
            assert found[name] == stored[name]


def test_figures_are_those_of_before_and_count_on() -> None:
    owner = with_cookies(OWNER["sessions"][0])
    stored = {metricid: row["value"] for metricid, row in node.rows("metrics").items()}

    def figures() -> dict[str, int]:
        answer = owner.get("administrator/metric-keys", keys=",".join(stored)).json()
        return {metric["metricid"]: metric["value"] for metric in answer}

    assert figures() == stored
    sign_in(node.ACCOUNTS[4])
    more = ("sessions-created", "active-sessions")
    assert figures() == {key: value + key.startswith(more) for key, value in stored.items()}


def test_first_sign_in_renews_the_hashes() -> None:
    account = node.ACCOUNTS[5]
    before = Account.objects.get(pk=account["accountid"])
    assert identify_hasher(before.password).must_update(before.password)
    sign_in(account)
    after = Account.objects.get(pk=account["accountid"])
    assert after.password.startswith(f"dashboard_bcrypt${hashing.Key('our key').fingerprint}$2b$04$")
    assert after.username_hash == hashing.text_hashes(account["username"])[0] != before.username_hash
    assert outcome(sign_in(account)) == (200, "")
