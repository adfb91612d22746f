"""Attacks with a browser that was left signed in, or a cookie that was stolen hours after the sign-in."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Profile
from dashboard.api.routing import declared
from dashboard.core.errors import ErrorCode
from sessions_app.models import Session
from tests.cases import everything
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory, ProfileFactory, SessionFactory

REQUIRED = (403, "verification-required")
EMAIL, OTHER_EMAIL = "somebody@example.com", "thief@example.com"

# Routes that change nothing of somebody else's, and nothing by which an account could be taken over
FREE = {
    "user/create-account",
    "user/create-session",
    "user/complete-session",
    "user/reset-account-deleted",
    "user/reset-account-password",
    "user/set-session-verified",
    "user/delete-profile",
    "service/create-reset-code",  # a service has no session
}


def stale(**account: Any) -> ApiClient:
    """A client whose password was verified more than four hours ago."""
    verified = timezone.now() - timedelta(seconds=14_401)
    return ApiClient(SessionFactory(account=AccountFactory(username="somebody", **account), last_verified_at=verified))


def verify(client: ApiClient) -> Any:
    assert client.session
    body = {"username": "somebody", "password": PASSWORD}
    return client.patch("user/set-session-verified", body, sessionid=client.session.sessionid)


def make_code(client: ApiClient) -> Any:
    return client.post("user/create-reset-code", {"secret-code": "attack1"}, accountid=client.account.accountid)


def test_every_route_that_changes_something_asks_or_is_known_to_be_free() -> None:
    asking = {route.path for route in declared() if ErrorCode.VERIFICATION_REQUIRED in route.spec.errors}
    changing = {route.path for route in declared() if route.spec.method != "GET"}
    assert changing - asking == {f"/api/{name}" for name in FREE}, "Give the route recent_proof, or add it to FREE."
    assert asking <= changing


def test_a_thief_makes_no_reset_code(db: None) -> None:
    client = stale()
    assert outcome(make_code(client)) == REQUIRED
    assert not client.account.reset_codes.exists()


def test_a_thief_does_not_sign_the_victim_out(db: None) -> None:
    client = stale()
    victim = SessionFactory(account=client.account)
    before = everything()
    assert outcome(client.patch("user/end-other-sessions", accountid=client.account.accountid)) == REQUIRED
    assert outcome(client.patch("user/set-session-ended", sessionid=victim.sessionid)) == REQUIRED
    assert outcome(client.patch("user/reset-session-key", accountid=client.account.accountid)) == REQUIRED
    assert everything() == before


def test_signing_out_needs_no_proof(db: None) -> None:
    client = stale()
    assert client.session
    assert outcome(client.patch("user/set-session-ended", sessionid=client.session.sessionid)) == (200, "")


def test_the_password_opens_the_way(db: None) -> None:
    client = stale()
    assert outcome(verify(client)) == (200, "")
    assert outcome(make_code(client)) == (200, "")


def test_an_administrators_stolen_cookie_changes_nobody(db: None) -> None:
    client = stale(owner=True)
    account = AccountFactory()
    for name in ("set-owner-account", "set-account-administrator", "reset-session-key", "set-account-deleted"):
        assert outcome(client.patch(f"administrator/{name}", accountid=account.accountid)) == REQUIRED
    assert outcome(client.get("administrator/accounts-count")) == (200, "")


def test_a_call_on_behalf_of_a_user_counts_by_their_session(settings: Any, db: None) -> None:
    settings.APPLICATION_SERVER, settings.APPLICATION_SERVER_TOKEN = "https://example.com", "a token"
    client = stale()
    assert client.session
    server = ApiClient()
    server.client.defaults |= {
        "HTTP_X_APPLICATION_SERVER": "https://example.com",
        "HTTP_X_APPLICATION_SERVER_TOKEN": "a token",
        "HTTP_X_ACCOUNTID": client.account.accountid,
        "HTTP_X_SESSIONID": client.session.sessionid,
    }
    body = {"secret-code": "attack1"}
    assert outcome(server.post("user/create-reset-code", body, accountid=client.account.accountid)) == REQUIRED
    verify(client)
    assert outcome(server.post("user/create-reset-code", body, accountid=client.account.accountid)) == (200, "")


def test_contract_asks_for_no_proof(settings: Any, db: None) -> None:
    settings.REQUIRE_RECENT_PROOF = False
    assert outcome(make_code(stale())) == (200, "")


def test_what_counts_as_recent_is_a_setting(settings: Any, user: ApiClient) -> None:
    settings.SESSION_VERIFICATION_DELAY = 60
    Session.objects.update(last_verified_at=timezone.now() - timedelta(seconds=61))
    assert outcome(make_code(user)) == REQUIRED


# Email addresses


@pytest.fixture
def owner_of_profile(db: None) -> ApiClient:
    client = stale()
    client.account.profile = ProfileFactory(account=client.account, contact_email=EMAIL)
    client.account.save()
    return client


def fields(email: str) -> dict[str, str]:
    return {"full-name": "Somebody Else", "contact-email": email}


@pytest.mark.parametrize(("email", "expected"), [(EMAIL, (200, "")), (OTHER_EMAIL, REQUIRED)])
def test_another_email_address_needs_proof_but_another_name_does_not(
    email: str, expected: tuple[int, str], owner_of_profile: ApiClient
) -> None:
    client = owner_of_profile
    profileid = client.account.profile.profileid
    assert outcome(client.patch("user/update-profile", fields(email), profileid=profileid)) == expected
    assert Profile.objects.get().contact_email == EMAIL


def test_the_default_profile_is_not_exchanged_for_one_with_another_address(owner_of_profile: ApiClient) -> None:
    client, accountid = owner_of_profile, owner_of_profile.account.accountid
    made = client.post("user/create-profile", fields(OTHER_EMAIL) | {"default": "true"}, accountid=accountid)
    assert outcome(made) == REQUIRED
    assert Profile.objects.count() == 1
    made = client.post("user/create-profile", fields(OTHER_EMAIL), accountid=accountid)
    assert outcome(made) == (200, "")
    body = {"profileid": made.json()["profileid"]}
    assert outcome(client.patch("user/set-account-profile", body, accountid=accountid)) == REQUIRED
    verify(client)
    assert outcome(client.patch("user/set-account-profile", body, accountid=accountid)) == (200, "")


def test_the_default_profile_is_exchanged_for_one_with_the_same_address(owner_of_profile: ApiClient) -> None:
    client, accountid = owner_of_profile, owner_of_profile.account.accountid
    made = client.post("user/create-profile", fields(EMAIL) | {"default": "true"}, accountid=accountid)
    assert outcome(made) == (200, "")
