"""Sign in over the API in two steps."""

from typing import Any

from accounts.models import Account
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory, SecondFactorFactory, SessionFactory
from tests.second_factors.authenticator import Authenticator

USERNAME = "somebody"
WRONG = (401, "invalid-code")
ENDED = (401, "invalid-challenge")
LOCKED = (429, "account-locked")


def enrolled(**account: Any) -> Account:
    """Return an account with an authenticator app."""
    return SecondFactorFactory(account=AccountFactory(username=USERNAME, **account)).account


def session_of(account: Account, **fields: Any) -> ApiClient:
    """Return a client that is signed in to an enrolled account."""
    return ApiClient(SessionFactory(account=account, second_factor_at=account.second_factor_since, **fields))


def first_step(client: ApiClient, password: str = PASSWORD) -> Any:
    """Send the password; return the answer, which asks for a second factor."""
    return client.post("user/create-session", {"username": USERNAME, "password": password})


def challenge_for(client: ApiClient) -> str:
    response = first_step(client)
    assert outcome(response) == (401, "second-factor-required")
    return str(response.json()["challenge"])


def second_step(client: ApiClient, challenge: str, code: str = "", credential: str = "") -> Any:
    given = {"code": code, "credential": credential}
    return client.post("user/complete-session", {"challenge": challenge, **{k: v for k, v in given.items() if v}})


def add_passkey(client: ApiClient, key: Authenticator, name: str = "My key") -> Any:
    """Register a passkey as the signed-in account; return the answer."""
    created = client.post(
        "user/create-second-factor", {"factor-type": "passkey", "name": name}, accountid=client.account.accountid
    ).json()
    credential = key.create(created["passkeyOptions"])
    return client.patch("user/confirm-second-factor", {"credential": credential}, factorid=created["factorid"])
