"""GET check: whose session the caller has, for proxies and applications."""

import json
from base64 import urlsafe_b64decode
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError
from joserfc.jwk import KeySet

from dashboard.core.errors import ErrorCode
from sessions_app.models import Session
from sessions_app.services.identity import LIFETIME, REUSED_FOR
from tests.client import ApiClient, outcome
from tests.factories import TOKEN, AccountFactory, SessionFactory

REFUSED = (401, "Sign in required")


def signed_in(**account: Any) -> ApiClient:
    return ApiClient(SessionFactory(account=AccountFactory(**account)))


def key_set() -> Any:
    return Client().get("/.well-known/jwks.json").json()


def claims(token: str, keys: Any = None) -> dict[str, Any]:
    return jwt.decode(token, KeySet.import_key_set(keys or key_set()), algorithms=["ES256"]).claims


def test_headers_tell_whose_session_it_is(db: None) -> None:
    person = signed_in()
    response = person.get("check")
    assert (response.status_code, response.content) == (204, b"")
    assert "Content-Type" not in response
    assert "Content-Length" not in response
    assert response["Cache-Control"] == "no-store"
    assert response["X-Account-Id"] == person.account.pk
    assert response["X-Session-Id"] == person.session.pk
    assert (response["X-Account-Administrator"], response["X-Account-Owner"]) == ("false", "false")


@pytest.mark.parametrize(("rank", "told"), [("administrator", ("true", "false")), ("owner", ("true", "true"))])
def test_headers_tell_the_rank(rank: str, told: tuple[str, str], db: None) -> None:
    response = signed_in(**{rank: True}).get("check")
    assert (response["X-Account-Administrator"], response["X-Account-Owner"]) == told
    identity = claims(response["X-Identity"])
    assert (str(identity["administrator"]).lower(), str(identity["owner"]).lower()) == told


def test_identity_is_signed(db: None, settings: Any) -> None:
    settings.DASHBOARD_SERVER = "https://accounts.example.com"
    with time_machine.travel("2031-05-07T10:20:31Z", tick=False) as now:
        person = signed_in()
        identity = claims(person.get("check")["X-Identity"])
        assert identity == {
            "iss": "https://accounts.example.com",
            "aud": "dashboard",
            "sub": person.account.pk,
            "sid": person.session.pk,
            "administrator": False,
            "owner": False,
            "auth_time": int(timezone.now().timestamp()),
            "iat": int(timezone.now().timestamp()) - 1,
            "exp": int(timezone.now().timestamp()) - 1 + LIFETIME,
        }
        for _ in range(4):
            now.shift(17)
            left = claims(person.get("check")["X-Identity"])["exp"] - timezone.now().timestamp()
            assert LIFETIME - REUSED_FOR <= left <= LIFETIME


def test_token_names_its_key_and_brings_none(db: None) -> None:
    (key,) = key_set()["keys"]
    header = urlsafe_b64decode(signed_in().get("check")["X-Identity"].partition(".")[0] + "==")
    assert json.loads(header) == {"alg": "ES256", "typ": "JWT", "kid": key["kid"]}
    assert (key["alg"], key["use"], "d" in key) == ("ES256", "sig", False)


def test_keys_are_replaced_one_by_one(db: None, settings: Any) -> None:
    person = signed_in()
    settings.IDENTITY_KEYS = ["an old key, which is long enough"]
    old = person.get("check")["X-Identity"]
    settings.IDENTITY_KEYS = ["a new key, which is long enough", "an old key, which is long enough"]
    both, new = key_set(), person.get("check")["X-Identity"]
    assert claims(old, both)["sub"] == claims(new, both)["sub"] == person.account.pk
    settings.IDENTITY_KEYS = ["a new key, which is long enough"]
    with pytest.raises((InvalidKeyIdError, ValueError)):
        claims(old)
    assert claims(new)


def test_changed_identity_is_refused(db: None) -> None:
    header, payload, signature = signed_in().get("check")["X-Identity"].split(".")
    with pytest.raises(BadSignatureError):
        claims(".".join((header, payload, signature[:-6] + ("AAAAAA" if signature[-6:] != "AAAAAA" else "BBBBBB"))))


def test_key_set_has_public_keys_only(settings: Any) -> None:
    settings.IDENTITY_KEYS = ["one key, which is long enough", "two keys, which are long enough"]
    response = Client().get("/.well-known/jwks.json")
    assert response["Cache-Control"] == "public, max-age=300"
    for key in response.json()["keys"]:
        assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert len({key["kid"] for key in response.json()["keys"]}) == 2


@pytest.mark.parametrize(
    "query",
    ["", "administrator", "administrator=", "owner&administrator", "verified=60", "verified=60&owner", "verified=0060"],
)
def test_conditions_that_hold(query: str, db: None) -> None:
    assert signed_in(owner=True).client.get(f"/api/check?{query}").status_code == 204


@pytest.mark.parametrize(
    "query",
    [
        "administrators",
        "administrator=true",
        "administrator=false",
        "owner=1",
        "verified",
        "verified=",
        "verified=-1",
        "verified=1.5",
        "verified=1e9",
        "verified=9999999999",
        "verified=%D9%A3",
        "verified=1&verified=100",
        "administrator&administrator",
        "=",
        "%00",
        "a=b",
    ],
)
def test_condition_that_is_not_understood_lets_nobody_pass(query: str, db: None) -> None:
    response = signed_in(owner=True).client.get(f"/api/check?{query}")
    assert outcome(response) == (403, ErrorCode.CONDITION_INVALID.code)
    assert "X-Account-Id" not in response


def test_verified_counts_from_the_last_proof(db: None) -> None:
    person = signed_in()
    Session.objects.filter(pk=person.session.pk).update(last_verified_at=timezone.now() - timedelta(seconds=100))
    assert outcome(person.get("check", verified="90")) == (403, "verification-required")
    assert person.get("check", verified="110").status_code == 204


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Application-Server": "x", "X-Application-Server-Token": "y"},
        {"X-Accountid": "acct_0123456789abcdef", "X-Sessionid": "sess_0123456789abcdef"},
        {"Origin": "https://application.example.com", "Sec-Fetch-Site": "cross-site"},
        {"Transfer-Encoding": "chunked"},
        {"Host": "application.example.com"},
        {"Host": "not a host at all"},
        {"Content-Length": "99999999999"},
        {"X-Account-Id": "acct_0123456789abcdef", "X-Account-Owner": "true", "X-Identity": "forged"},
    ],
    ids=str,
)
def test_headers_of_a_request_to_an_application_change_nothing(headers: dict[str, str], db: None) -> None:
    person = signed_in()
    response = person.call("GET", "check", headers=headers)
    assert (response.status_code, response["X-Account-Id"]) == (204, person.account.pk)
    assert response["X-Account-Owner"] == "false"
    assert outcome(ApiClient().call("GET", "check", headers=headers)) == REFUSED


def test_bearer_token(db: None) -> None:
    session = SessionFactory()
    headers = {"Authorization": f"Bearer {session.pk}.{TOKEN}"}
    assert ApiClient().call("GET", "check", headers=headers)["X-Session-Id"] == session.pk


def test_other_methods(db: None) -> None:
    person = signed_in()
    assert person.call("HEAD", "check").status_code == 204
    assert outcome(person.call("POST", "check")) == (405, "invalid-method")
