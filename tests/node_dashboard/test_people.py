"""People of a Node Dashboard use their imported accounts over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import identify_hasher

from accounts.models import Account
from dashboard.core.crypto import hashing
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
    """Return the outcome of a request with the cookies of an imported session."""
    return outcome(with_cookies(session).get("user/account", accountid=account["accountid"]))


def sign_in(account: dict[str, Any], password: str | None = None) -> Any:
    body = {"username": account["username"], "password": password or account["password"]}
    return ApiClient().post("user/create-session", body)


@pytest.fixture(autouse=True)
def _moved(original: Any, db: None) -> None:
    original.import_()


def test_people_sign_in_with_their_passwords() -> None:
    for account in node.ACCOUNTS:
        expected = (403, "invalid-account") if account["state"] == SCHEDULED else (200, "")
        assert outcome(sign_in(account)) == expected, account["username"]
        assert outcome(sign_in(account, "not the password")) == (401, "invalid-password")


def test_only_active_sessions_remain_active() -> None:
    seen = set()
    for account in node.ACCOUNTS:
        for session in account["sessions"]:
            lives = not session["ended"] and account["state"] != SCHEDULED
            assert asked(account, session) == ((200, "") if lives else (401, "Sign in required")), session
            assert asked(account, {**session, "token": "0" * 64}) == (401, "Sign in required")
            seen.add(lives)
    assert seen == {True, False}


@pytest.mark.parametrize("seconds", [0, 1])
def test_sessions_expire_at_their_original_time(seconds: int, clock: Any) -> None:
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


def test_application_server_cannot_use_sessions_that_a_reset_ended(settings: Any) -> None:
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


def test_restored_account_does_not_reactivate_its_sessions() -> None:
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


def test_roles_and_scheduled_deletions_are_imported() -> None:
    owner = with_cookies(OWNER["sessions"][0])
    for account in node.ACCOUNTS:
        found = owner.get("administrator/account", accountid=account["accountid"]).json()
        assert found.get("owner", False) is (account is OWNER)
        assert found.get("administrator", False) is (account is OWNER or account["state"] == "administrator")
        assert ("deletedAt" in found) is (account["state"] == SCHEDULED)
        assert found["profileid"] == account["profileid"]


def test_profiles_are_imported() -> None:
    for account in node.ACCOUNTS[3:]:
        session = sign_in(account).json()
        person = with_cookies(session)
        found = person.get("user/profile", profileid=account["profileid"]).json()
        stored = node.rows("profiles")[account["profileid"]]
        for name in ("fullName", "contactEmail", "companyName", "phone", "website", "dob"):
            assert found[name] == stored[name]


def test_metrics_are_imported_and_continue() -> None:
    owner = with_cookies(OWNER["sessions"][0])
    stored = {metricid: row["value"] for metricid, row in node.rows("metrics").items()}

    def counts() -> dict[str, int]:
        answer = owner.get("administrator/metric-keys", keys=",".join(stored)).json()
        return {metric["metricid"]: metric["value"] for metric in answer}

    assert counts() == stored
    sign_in(node.ACCOUNTS[4])
    more = ("sessions-created", "active-sessions")
    assert counts() == {key: value + key.startswith(more) for key, value in stored.items()}


def test_first_sign_in_renews_the_hashes() -> None:
    account = node.ACCOUNTS[5]
    before = Account.objects.get(pk=account["accountid"])
    assert identify_hasher(before.password).must_update(before.password)
    sign_in(account)
    after = Account.objects.get(pk=account["accountid"])
    assert after.password.startswith(f"dashboard_bcrypt${hashing.Key('our key').fingerprint}$2b$04$")
    assert after.username_hash == hashing.text_hashes(account["username"])[0] != before.username_hash
    assert outcome(sign_in(account)) == (200, "")
