"""Passkeys: registered, and used as the second step."""

import json
import secrets
from typing import Any

import pytest

from second_factors.models import SecondFactor
from tests.client import ApiClient, outcome
from tests.factories import AccountFactory, SessionFactory, app_code
from tests.second_factors.authenticator import Authenticator
from tests.second_factors.signing_in import (
    ENDED,
    USERNAME,
    WRONG,
    add_passkey,
    challenge_for,
    enrolled,
    first_step,
    second_step,
    session_of,
)


@pytest.fixture
def key() -> Authenticator:
    return Authenticator()


@pytest.fixture
def client(db: None, key: Authenticator) -> ApiClient:
    """A client of an account with this passkey alone."""
    client = ApiClient(SessionFactory(account=AccountFactory(username=USERNAME)))
    assert outcome(add_passkey(client, key)) == (200, "")
    return client


def sign_in(guest: ApiClient, key: Authenticator) -> Any:
    answer = first_step(guest).json()
    return second_step(guest, answer["challenge"], credential=key.get(answer["passkeyOptions"]))


def test_passkey_is_registered(client: ApiClient, key: Authenticator) -> None:
    (listed,) = client.get("user/second-factors", accountid=client.account.pk).json()
    assert (listed["factorType"], listed["name"], "passkeyOptions" in listed) == ("passkey", "My key", False)
    factor = SecondFactor.objects.get()
    assert (factor.transports, factor.registration) == ("internal hybrid", "")


def test_options_name_the_domain_and_exclude_what_is_registered(client: ApiClient, key: Authenticator) -> None:
    answer = client.post("user/create-second-factor", {"factor-type": "passkey"}, accountid=client.account.pk).json()
    options = answer["passkeyOptions"]
    assert options["rp"] == {"id": "localhost", "name": "localhost"}
    assert options["attestation"] == "none"
    assert [it["transports"] for it in options["excludeCredentials"]] == [["internal", "hybrid"]]


def test_passkey_signs_in(client: ApiClient, key: Authenticator, guest: ApiClient) -> None:
    answer = first_step(guest).json()
    assert answer["factors"] == ["passkey"]
    assert answer["passkeyOptions"]["rpId"] == "localhost"
    assert outcome(sign_in(guest, key)) == (200, "")
    factor = SecondFactor.objects.get()
    assert factor.last_used_at
    assert factor.sign_count == 1
    assert outcome(sign_in(guest, key)) == (200, "")


def test_passkey_beside_an_app(guest: ApiClient, key: Authenticator) -> None:
    add_passkey(session_of(enrolled()), key)
    assert set(first_step(guest).json()["factors"]) == {"totp", "passkey"}
    assert outcome(sign_in(guest, key)) == (200, "")
    assert outcome(second_step(guest, challenge_for(guest), app_code())) == (200, "")


@pytest.mark.parametrize(
    "key",
    [
        Authenticator(origin="https://evil.example"),
        Authenticator(origin="http://localhost:9000"),
        Authenticator(domain="evil.example"),
        Authenticator(origin="https://evil.example", domain="evil.example"),
    ],
    ids=lambda key: f"{key.origin} for {key.domain}",
)
def test_passkey_of_another_page_is_not_registered(user: ApiClient, key: Authenticator) -> None:
    assert outcome(add_passkey(user, key)) == WRONG
    assert not SecondFactor.objects.confirmed().exists()


@pytest.mark.parametrize("change", [{"origin": "https://evil.example"}, {"domain": "evil.example"}], ids=str)
def test_passkey_that_signed_for_another_page_is_refused(
    client: ApiClient, key: Authenticator, guest: ApiClient, change: dict[str, str]
) -> None:
    vars(key).update(change)
    assert outcome(sign_in(guest, key)) == WRONG


def test_application_in_the_domain_may_use_passkeys(
    client: ApiClient, key: Authenticator, guest: ApiClient, settings: Any
) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://app.localhost"]
    key.origin = "https://app.localhost"
    assert outcome(sign_in(guest, key)) == (200, "")


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize(
    ("server", "origin"),
    [
        ("https://Localhost:443/auth", "https://localhost"),
        ("http://LOCALHOST:80", "http://localhost"),
        ("https://localhost:8443", "https://localhost:8443"),
    ],
)
def test_origin_is_the_same_however_the_server_is_spelled(
    key: Authenticator, guest: ApiClient, settings: Any, server: str, origin: str
) -> None:
    settings.DASHBOARD_SERVER = server
    key.origin = origin
    assert outcome(sign_in(guest, key)) == (200, "")


def test_another_key_is_refused(client: ApiClient, key: Authenticator, guest: ApiClient) -> None:
    other = Authenticator()
    assert outcome(sign_in(guest, other)) == WRONG
    other.credential_id = key.credential_id
    assert outcome(sign_in(guest, other)) == WRONG


def test_key_of_another_account_is_refused(client: ApiClient, user: ApiClient, guest: ApiClient) -> None:
    other = Authenticator()
    add_passkey(user, other)
    assert outcome(sign_in(guest, other)) == WRONG


def test_key_is_registered_to_one_account(client: ApiClient, key: Authenticator, user: ApiClient) -> None:
    assert outcome(add_passkey(user, key)) == WRONG


@pytest.mark.parametrize(("length", "expected"), [(1023, (200, "")), (1024, WRONG), (2000, WRONG)])
def test_key_with_a_long_id(user: ApiClient, length: int, expected: tuple[int, str]) -> None:
    key = Authenticator()
    key.credential_id = secrets.token_bytes(length)
    assert outcome(add_passkey(user, key)) == expected
    assert SecondFactor.objects.confirmed().exists() == (expected == (200, ""))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["internal"] * 20, "internal"),
        (["usb", "nfc", "usb", "unknown", 1, None, ["ble"], "\ud800"], "usb nfc"),
        (
            ["usb", "nfc", "ble", "smart-card", "internal", "cable", "hybrid"] * 2,
            "usb nfc ble smart-card internal cable hybrid",
        ),
        ("internal", ""),
    ],
)
def test_known_transports_are_kept_once(user: ApiClient, key: Authenticator, given: Any, kept: str) -> None:
    key.transports = given
    assert outcome(add_passkey(user, key)) == (200, "")
    assert SecondFactor.objects.get().transports == kept


def test_cloned_key_is_refused(client: ApiClient, key: Authenticator, guest: ApiClient, caplog: Any) -> None:
    for _ in range(3):
        sign_in(guest, key)
    key.sign_count = 1  # the clone was made before the other signatures
    assert outcome(sign_in(guest, key)) == WRONG
    assert SecondFactor.objects.get().sign_count == 3
    assert "sign count of 2 was not greater than current count of 3" in caplog.text


def test_signature_is_used_once_and_for_its_challenge(client: ApiClient, key: Authenticator, guest: ApiClient) -> None:
    answer = first_step(guest).json()
    credential = key.get(answer["passkeyOptions"])
    assert outcome(second_step(guest, challenge_for(guest), credential=credential)) == WRONG
    assert outcome(second_step(guest, answer["challenge"], credential=credential)) == (200, "")
    assert outcome(second_step(guest, answer["challenge"], credential=credential)) == ENDED


@pytest.mark.parametrize(
    "credential",
    [
        *("no JSON", "[]", "{}", '{"id": 1}', '{"id": "AA"}', "[" * 10_000, '{"id": "' + "A" * 30_000 + '"}'),
        *(r'{"id": "\u0000"}', r'{"id": "AA\u0000"}', r'{"id": "\ud800"}'),
    ],
)
def test_malformed_answer_of_a_passkey(client: ApiClient, guest: ApiClient, credential: str) -> None:
    assert outcome(second_step(guest, challenge_for(guest), credential=credential)) == WRONG
    created = client.post("user/create-second-factor", {"factor-type": "passkey"}, accountid=client.account.pk).json()
    response = client.patch("user/confirm-second-factor", {"credential": credential}, factorid=created["factorid"])
    assert outcome(response) == WRONG


@pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "signature"])
@pytest.mark.parametrize("value", ["", "AAAA", "%", None, 1, [], "e30", "\0", "\ud800"])
def test_mangled_answer_of_a_passkey(
    client: ApiClient, key: Authenticator, guest: ApiClient, part: str, value: Any
) -> None:
    answer = first_step(guest).json()
    credential = json.loads(key.get(answer["passkeyOptions"]))
    credential["response"][part] = value
    assert outcome(second_step(guest, answer["challenge"], credential=json.dumps(credential))) == WRONG
