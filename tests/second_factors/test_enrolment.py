"""Adding, renaming and removing second factors."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
from django.utils import timezone

from accounts.models import Account
from accounts.services import deletion
from dashboard.core.actor import Actor
from dashboard.core.crypto import encryption
from second_factors.models import RecoveryCode, SecondFactor, SignInChallenge
from second_factors.services import recovery_codes
from sessions_app.models import Session
from tests.client import ApiClient, outcome
from tests.commands import run
from tests.factories import (
    OTP_SECRET,
    ProfileFactory,
    SecondFactorFactory,
    SessionFactory,
    SignInChallengeFactory,
    app_code,
    wrong_code,
)
from tests.second_factors.signing_in import WRONG, challenge_for, enrolled, second_step, session_of


def create(client: ApiClient, **body: str) -> Any:
    body = {"factor-type": "totp", **body}
    return client.post("user/create-second-factor", body, accountid=client.account.accountid)


def confirm(client: ApiClient, factorid: str, code: str) -> Any:
    return client.patch("user/confirm-second-factor", {"code": code}, factorid=factorid)


def listed(client: ApiClient) -> list[dict[str, Any]]:
    return client.get("user/second-factors", accountid=client.account.accountid).json()


def test_app_is_created_with_its_secret_once(user: ApiClient) -> None:
    user.account.profile = ProfileFactory(account=user.account, contact_email="ada@example.com")
    user.account.save()
    factor = create(user).json()
    uri = urlsplit(factor["otpauthUri"])
    assert (uri.scheme, uri.netloc, unquote(uri.path)) == ("otpauth", "totp", "/localhost:ada@example.com")
    assert parse_qs(uri.query) == {"secret": [factor["secret"]], "issuer": ["localhost"]}
    assert len(factor["secret"]) == 32
    assert factor["name"] == "Authenticator app"
    assert "confirmedAt" not in factor
    confirmed = confirm(user, factor["factorid"], pyotp.TOTP(factor["secret"]).now()).json()
    assert not {"secret", "otpauthUri"} & confirmed.keys()
    assert [it["factorid"] for it in listed(user)] == [factor["factorid"]]
    assert not {"secret", "otpauthUri"} & listed(user)[0].keys()


def test_secret_is_stored_encrypted_and_for_its_row_alone(user: ApiClient) -> None:
    created = create(user).json()
    factorid, secret = created["factorid"], created["secret"]
    stored = SecondFactor.objects.get().encrypted_secret
    assert secret not in stored
    assert encryption.decrypt(stored, factorid) == secret
    with pytest.raises(encryption.UnreadableSecretError):
        encryption.decrypt(stored, "fact_0123456789abcdef")


def test_factor_counts_once_it_is_confirmed(user: ApiClient) -> None:
    factor = SecondFactorFactory(account=user.account, pending=True)
    assert listed(user) == []
    assert outcome(confirm(user, factor.pk, wrong_code())) == WRONG
    assert Account.objects.get().second_factor_since is None
    assert outcome(confirm(user, factor.pk, app_code())) == (200, "")
    assert Account.objects.get().second_factor_since == SecondFactor.objects.get().confirmed_at
    assert user.get("user/account", accountid=user.account.pk).json()["secondFactorSince"]


def test_first_factor_ends_the_other_sessions_and_keeps_this_one(user: ApiClient) -> None:
    other = SessionFactory(account=user.account)
    confirm(user, SecondFactorFactory(account=user.account, pending=True).pk, app_code())
    assert Session.objects.get(pk=other.pk).ended_by_action == "confirm-second-factor"
    session = user.get("user/session", sessionid=user.session.sessionid).json()
    assert (session["ended"], "secondFactorAt" in session) == (False, True)
    assert outcome(user.get("user/account", accountid=user.account.pk)) == (200, "")


def test_second_one_ends_no_session(db: None) -> None:
    account = enrolled()
    client, other = session_of(account), session_of(account)
    since = Account.objects.get().second_factor_since
    confirm(client, SecondFactorFactory(account=account, pending=True).pk, app_code())
    assert outcome(other.get("user/account", accountid=account.pk)) == (200, "")
    assert Account.objects.get().second_factor_since == since


def test_code_that_has_confirmed_a_factor_does_not_sign_in(user: ApiClient, guest: ApiClient) -> None:
    account = enrolled()
    SecondFactor.objects.all().delete()
    confirm(session_of(account), SecondFactorFactory(account=account, pending=True).pk, code := app_code())
    assert outcome(second_step(guest, challenge_for(guest), code)) == WRONG


def test_new_factor_replaces_one_that_is_not_confirmed(user: ApiClient) -> None:
    first, second = create(user).json()["factorid"], create(user, **{"factor-type": "passkey"}).json()["factorid"]
    assert [it.pk for it in SecondFactor.objects.all()] == [second]
    assert outcome(confirm(user, first, app_code())) == (404, "invalid-factorid")


def test_factor_is_renamed(db: None) -> None:
    client = session_of(enrolled())
    response = client.patch(
        "user/update-second-factor", {"name": "Mein Telefon ☎"}, factorid=SecondFactor.objects.get().pk
    )
    assert response.json()["name"] == listed(client)[0]["name"] == "Mein Telefon ☎"


def test_last_factor_takes_the_recovery_codes_with_it(db: None) -> None:
    account = enrolled()
    client, second = session_of(account), SecondFactorFactory(account=account)
    client.post("user/create-recovery-codes", accountid=account.pk)
    client.delete("user/delete-second-factor", factorid=second.pk)
    assert Account.objects.get().second_factor_since
    assert RecoveryCode.objects.count() == 10
    client.delete("user/delete-second-factor", factorid=SecondFactor.objects.get().pk)
    assert Account.objects.get().second_factor_since is None
    assert not RecoveryCode.objects.exists()
    assert outcome(client.get("user/account", accountid=account.pk)) == (200, "")


def test_secret_is_encrypted_with_the_newest_key_when_it_is_used(guest: ApiClient, settings: Any) -> None:
    settings.DASHBOARD_ENCRYPTION_KEY = ["an old key"]
    enrolled()
    settings.DASHBOARD_ENCRYPTION_KEY = ["a new key", "an old key"]
    assert outcome(second_step(guest, challenge_for(guest), app_code())) == (200, "")
    settings.DASHBOARD_ENCRYPTION_KEY = ["a new key"]
    factor = SecondFactor.objects.get()
    assert encryption.decrypt(factor.encrypted_secret, factor.pk) == OTP_SECRET


def test_factor_that_nobody_confirmed_is_purged(db: None) -> None:
    old = SecondFactorFactory(pending=True, created_at=timezone.now() - timedelta(minutes=11))
    new, confirmed = SecondFactorFactory(pending=True), SecondFactorFactory(created_at=old.created_at)
    assert run("purge_sessions", "--older-than", "1d").status == 0
    assert {it.pk for it in SecondFactor.objects.all()} == {new.pk, confirmed.pk}


@pytest.mark.parametrize(
    ("state", "delete"),
    [
        ({}, lambda accountid: deletion.delete_account(accountid, Actor.command_line())),
        ({"overdue": True}, lambda accountid: deletion.purge_account(accountid, Actor.command_line())),
    ],
    ids=["at once", "when it is due"],
)
def test_deleted_account_takes_everything_with_it(db: None, state: dict[str, Any], delete: Any) -> None:
    account, other = enrolled(**state), SecondFactorFactory()
    SignInChallengeFactory(account=account)
    recovery_codes.create_recovery_codes(account.pk, Actor.command_line())
    delete(account.pk)
    assert not Account.objects.filter(pk=account.pk).exists()
    assert [it.pk for it in SecondFactor.objects.all()] == [other.pk]
    assert (RecoveryCode.objects.count(), SignInChallenge.objects.count()) == (0, 0)
