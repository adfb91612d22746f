"""user/create-session and user/complete-session: an account with a second factor signs in in two steps."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.utils import timezone

from accounts.models import Account, SignInClient
from events.models import Event
from second_factors.models import SecondFactor, SignInChallenge
from second_factors.services import challenges
from sessions_app.models import Session
from tests.client import ApiClient, outcome
from tests.factories import (
    CHALLENGE,
    PASSWORD,
    AccountFactory,
    SecondFactorFactory,
    SessionFactory,
    SignInChallengeFactory,
    app_code,
)
from tests.second_factors.signing_in import (
    ENDED,
    USERNAME,
    WRONG,
    challenge_for,
    enrolled,
    first_step,
    second_step,
    session_of,
)


def test_account_without_a_factor_notices_nothing(guest: ApiClient) -> None:
    AccountFactory(username=USERNAME)
    answer = first_step(guest).json()
    assert answer["object"] == "session"
    assert not {"secondFactorAt", "challenge"} & answer.keys()


def test_password_alone_answers_with_a_challenge(guest: ApiClient) -> None:
    account = enrolled()
    response = first_step(guest)
    answer = response.json()
    assert response.status_code == 401
    assert (answer["object"], answer["message"]) == ("error", "second-factor-required")
    assert answer["factors"] == ["totp"]
    assert set(answer) == {"object", "message", "detail", "challenge", "factors"}
    assert not response.cookies
    assert not Session.objects.exists()
    assert Account.objects.get(pk=account.pk).last_signed_in_at is None
    assert [it.action for it in Event.objects.all()] == ["start-second-step"]


@pytest.mark.parametrize(
    ("remember", "seconds"), [("", 1_200), ("hours", 28_800), ("days", 2_592_000), ("x" * 99, 1_200)]
)
def test_code_completes_it_as_create_session_does(guest: ApiClient, remember: str, seconds: int) -> None:
    account = enrolled()
    body = {"username": USERNAME, "password": PASSWORD, "remember": remember}
    challenge = guest.post("user/create-session", body).json()["challenge"]
    response = second_step(guest, challenge, app_code())
    session = response.json()
    assert (session["object"], session["accountid"], session["duration"]) == ("session", account.pk, seconds)
    assert session["secondFactorAt"] == session["lastVerifiedAt"] == session["createdAt"]
    assert response.cookies["sessionid"].value == session["sessionid"]
    assert response.cookies["token"].value == session["token"]
    assert outcome(guest.get("user/session", sessionid=session["sessionid"])) == (200, "")
    assert Account.objects.get(pk=account.pk).last_signed_in_at
    assert SecondFactor.objects.get().last_used_at
    assert not SignInChallenge.objects.exists()


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_code_of_a_clock_that_is_half_a_minute_wrong_is_accepted(guest: ApiClient, steps: int) -> None:
    enrolled()
    assert outcome(second_step(guest, challenge_for(guest), app_code(steps))) == (200, "")


@pytest.mark.parametrize("steps", [-3, 3])
def test_code_of_another_minute_is_wrong(guest: ApiClient, steps: int) -> None:
    enrolled()
    assert outcome(second_step(guest, challenge_for(guest), app_code(steps))) == WRONG


def test_code_may_be_typed_with_spaces(guest: ApiClient) -> None:
    enrolled()
    code = app_code()
    assert outcome(second_step(guest, challenge_for(guest), f" {code[:3]} {code[3:]} ")) == (200, "")


def test_each_of_several_apps_is_accepted(guest: ApiClient) -> None:
    account = enrolled()
    SecondFactorFactory(account=account)
    for _ in range(2):  # both have the same secret, and each accepts a code once
        with time_machine.travel(timezone.now(), tick=False):
            assert outcome(second_step(guest, challenge_for(guest), app_code())) == (200, "")
    assert SecondFactor.objects.filter(last_used_at=None).count() == 0


def test_factor_that_is_not_confirmed_does_not_count(guest: ApiClient) -> None:
    account = AccountFactory(username=USERNAME)
    SecondFactorFactory(account=account, pending=True)
    assert first_step(guest).json()["object"] == "session"


def test_challenge_expires(guest: ApiClient) -> None:
    enrolled()
    challenge = challenge_for(guest)
    with time_machine.travel(timezone.now() + timedelta(minutes=5, seconds=1)):
        assert outcome(second_step(guest, challenge, app_code())) == ENDED


@pytest.mark.parametrize(
    "change",
    [
        lambda client, account: client.patch(
            "user/set-account-password",
            {"new-password": "another long password", "password": PASSWORD},
            accountid=account.pk,
        ),
        lambda client, account: client.patch("user/reset-session-key", accountid=account.pk),
        lambda client, account: client.delete("user/delete-second-factor", factorid=SecondFactor.objects.get().pk),
    ],
    ids=["another password", "another session key", "no factor any more"],
)
def test_challenge_ends_when_the_account_is_secured(guest: ApiClient, change: Any) -> None:
    account = enrolled()
    challenge = challenge_for(guest)
    assert outcome(change(session_of(account), account)) == (200, "")
    assert outcome(second_step(guest, challenge, app_code())) == ENDED


def test_old_challenges_are_forgotten(guest: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(challenges, "MAX_OPEN", 3)
    account = enrolled()
    SignInChallengeFactory(account=account, challenge="old", expires_at=timezone.now())
    made = [challenge_for(guest) for _ in range(5)]
    assert SignInChallenge.objects.count() == 3
    assert outcome(second_step(guest, made[1], app_code())) == ENDED
    assert outcome(second_step(guest, made[2], app_code())) == (200, "")


def test_challenge_of_another_appid_is_unknown(guest: ApiClient, settings: Any) -> None:
    settings.APPID = "another"
    SignInChallengeFactory(account=enrolled())
    settings.APPID = "dashboard"
    assert outcome(second_step(guest, CHALLENGE, app_code())) == ENDED


def test_session_that_the_browser_had_ends(guest: ApiClient) -> None:
    account = enrolled()
    old = session_of(account)
    challenge = challenge_for(old)
    assert not Session.objects.get().ended_at
    assert outcome(second_step(old, challenge, app_code())) == (200, "")
    assert Session.objects.get(pk=old.session.pk).ended_at


def test_session_without_the_second_step_is_refused(guest: ApiClient) -> None:
    """As one that a server of the previous release has created."""
    account = enrolled()
    client = ApiClient(SessionFactory(account=account))
    assert outcome(client.get("user/account", accountid=account.pk)) == (401, "Sign in required")


def test_browser_is_trusted_after_the_second_step_alone(guest: ApiClient) -> None:
    enrolled()
    challenge = challenge_for(guest)
    assert not SignInClient.objects.filter(is_trusted=True).exists()
    second_step(guest, challenge, app_code())
    assert SignInClient.objects.filter(is_trusted=True).exists()


def test_right_code_takes_the_count_back_even_of_an_unknown_network(guest: ApiClient, settings: Any) -> None:
    """As of an application server that does not say from where its users come."""
    settings.APPLICATION_SERVER, settings.APPLICATION_SERVER_TOKEN = "https://example.com", "a token"
    guest.client.defaults |= {
        "HTTP_X_APPLICATION_SERVER": "https://example.com",
        "HTTP_X_APPLICATION_SERVER_TOKEN": "a token",
    }
    account = enrolled()
    for hour in range(11):
        with time_machine.travel(timezone.now() + timedelta(hours=hour)):
            assert outcome(second_step(guest, challenge_for(guest), app_code())) == (200, "")
    assert not account.sign_in_clients.filter(failed_sign_ins__gt=0).exists()
    assert Account.objects.get(pk=account.pk).failed_sign_ins == 0


def test_password_does_not_authenticate_with_django(db: None) -> None:
    account = AccountFactory(username=USERNAME)
    assert authenticate(username=USERNAME, password=PASSWORD) == account
    SecondFactorFactory(account=account)
    assert authenticate(username=USERNAME, password=PASSWORD) is None
