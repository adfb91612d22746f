"""Attacks on the second step, by somebody who has the password."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Account
from dashboard.core.actor import Actor
from events.models import Event
from second_factors.models import RecoveryCode, SecondFactor, SignInChallenge
from second_factors.services import recovery_codes
from sessions_app.models import Session
from tests.admin.browser import Browser, text
from tests.client import ApiClient, outcome
from tests.factories import (
    OTP_SECRET,
    PASSWORD,
    AccountFactory,
    ResetCodeFactory,
    SecondFactorFactory,
    SessionFactory,
    app_code,
    wrong_code,
)
from tests.second_factors.authenticator import Authenticator
from tests.second_factors.signing_in import (
    ENDED,
    LOCKED,
    USERNAME,
    WRONG,
    add_passkey,
    challenge_for,
    enrolled,
    first_step,
    second_step,
    session_of,
)

REQUIRED = (401, "second-factor-required")
STALE = (403, "verification-required")


def guesser(number: int = 0) -> ApiClient:
    """Return a client in a network of its own."""
    return ApiClient(address=f"198.51.100.{number}")


def guess(client: ApiClient) -> tuple[int, str]:
    """Sign in with the password, if that is possible, and send a wrong code."""
    response = first_step(client)
    if outcome(response) != REQUIRED:
        return outcome(response)
    return outcome(second_step(client, response.json()["challenge"], wrong_code()))


# Replays


def test_code_is_accepted_once(guest: ApiClient) -> None:
    enrolled()
    code = app_code()
    assert outcome(second_step(guest, challenge_for(guest), code)) == (200, "")
    assert outcome(second_step(guest, challenge_for(guest), code)) == WRONG


def test_code_before_one_that_was_used_is_spent(guest: ApiClient) -> None:
    """Of the codes that are valid now, whoever looked over a shoulder may know an earlier one."""
    enrolled()
    earlier, code = app_code(-1), app_code()
    assert outcome(second_step(guest, challenge_for(guest), code)) == (200, "")
    assert outcome(second_step(guest, challenge_for(guest), earlier)) == WRONG


def test_challenge_is_used_once(guest: ApiClient) -> None:
    enrolled()
    challenge = challenge_for(guest)
    assert outcome(second_step(guest, challenge, app_code())) == (200, "")
    assert outcome(second_step(guest, challenge, app_code(1))) == ENDED


def test_challenge_of_one_account_takes_no_code_of_another(guest: ApiClient) -> None:
    enrolled()
    attacker = session_of(SecondFactorFactory(encrypted_secret="").account)
    created = attacker.post("user/create-second-factor", {"factor-type": "totp"}, accountid=attacker.account.pk).json()
    assert created["secret"] != OTP_SECRET
    key = Authenticator()
    assert outcome(add_passkey(attacker, key)) == (200, "")
    answer = first_step(guest).json()
    options = {"challenge": "AAAA", **answer.get("passkeyOptions", {})}
    assert outcome(second_step(guest, answer["challenge"], credential=key.get(options))) == WRONG


def test_secret_that_was_copied_to_another_row_is_of_no_use(guest: ApiClient, db: None) -> None:
    """By somebody who can write to the database, and wants the own app to be accepted for the victim."""
    account = enrolled()
    own = SecondFactorFactory()
    SecondFactor.objects.filter(account=account).update(encrypted_secret=own.encrypted_secret)
    assert outcome(second_step(guest, challenge_for(guest), app_code())) == WRONG
    assert not Session.objects.exists()


# Guesses


def test_guesses_are_limited_for_each_client_although_the_password_is_right(db: None) -> None:
    enrolled()
    client = guesser()
    assert [guess(client) for _ in range(11)] == [WRONG] * 10 + [LOCKED]


def test_open_challenges_do_not_help(db: None) -> None:
    enrolled()
    client = guesser()
    challenges = [challenge_for(client) for _ in range(10)]
    answers = [outcome(second_step(client, it, wrong_code())) for it in challenges * 2]
    assert answers == [WRONG] * 10 + [LOCKED] * 10
    assert outcome(second_step(client, challenges[0], app_code())) == LOCKED


def test_guesses_are_limited_in_all(db: None) -> None:
    account = enrolled()
    answers = [guess(guesser(number % 50)) for number in range(101)]
    assert answers.count(WRONG) == 100
    assert answers[-1] == LOCKED
    assert Account.objects.get(pk=account.pk).failed_sign_ins == 100


def test_owner_is_not_locked_out_by_others(guest: ApiClient) -> None:
    account = enrolled()
    assert outcome(second_step(guest, challenge_for(guest), app_code())) == (200, "")
    Account.objects.filter(pk=account.pk).update(failed_sign_ins=100, locked_until=timezone.now() + timedelta(hours=1))
    assert outcome(second_step(guest, challenge_for(guest), app_code(1))) == (200, "")


def test_challenge_takes_five_guesses(db: None, settings: Any) -> None:
    settings.MAXIMUM_FAILED_SIGN_INS = 100
    enrolled()
    client = guesser()
    challenge = challenge_for(client)
    answers = [outcome(second_step(client, challenge, wrong_code())) for _ in range(6)]
    assert answers == [WRONG] * 5 + [ENDED]
    assert outcome(second_step(client, challenge, app_code())) == ENDED


def test_guesses_are_limited_where_those_at_passwords_are_not(db: None, settings: Any) -> None:
    settings.MAXIMUM_FAILED_SIGN_INS = 0
    enrolled()
    client = guesser()
    assert [guess(client) for _ in range(11)] == [WRONG] * 10 + [LOCKED]
    assert outcome(first_step(client)) == REQUIRED  # a password may still be tried, as the setting says


@pytest.mark.parametrize("unlimited", ["MAXIMUM_FAILED_SIGN_INS", "MAXIMUM_FAILED_SIGN_INS_IN_ALL"])
def test_passwords_without_a_limit_leave_the_guesses_at_codes_to_those_who_know_it(
    unlimited: str, db: None, settings: Any
) -> None:
    """A stranger, who never gets to the second step, must not use up its limits."""
    setattr(settings, unlimited, 0)
    enrolled()
    strangers = [guesser(number) for number in range(100)]
    owner = ApiClient(address="203.0.113.9")
    if unlimited == "MAXIMUM_FAILED_SIGN_INS":
        strangers += [ApiClient(address="203.0.113.9")] * 10  # in the owner's network
    wrong = {outcome(first_step(stranger, "a wrong password")) for stranger in strangers}
    assert wrong == {(401, "invalid-password")}
    assert guess(owner) == WRONG
    assert outcome(second_step(owner, challenge_for(owner), app_code())) == (200, "")


def test_network_that_guesses_is_refused(db: None, settings: Any) -> None:
    settings.RATE_LIMITS, settings.RATE_LIMIT_FAILED_SIGN_INS = True, "3/hour"
    enrolled()
    client = guesser()
    assert [guess(client) for _ in range(4)] == [WRONG] * 3 + [(429, "too-many-requests")]


def test_requests_of_the_second_step_are_limited(guest: ApiClient, settings: Any) -> None:
    settings.RATE_LIMITS, settings.RATE_LIMIT_SIGN_IN = True, "2/minute"
    answers = [outcome(second_step(guest, "0" * 64, "123456")) for _ in range(3)]
    assert answers == [ENDED] * 2 + [(429, "too-many-requests")]


def test_a_reset_code_does_not_clear_the_count(db: None) -> None:
    account = enrolled()
    ResetCodeFactory(account=account)
    client = guesser()
    for _ in range(9):
        guess(client)
    body = {"username": USERNAME, "new-password": PASSWORD, "secret-code": "abc123def456"}
    assert outcome(client.patch("user/reset-account-password", body)) == (200, "")
    assert [guess(client) for _ in range(2)] == [WRONG, LOCKED]
    assert not account.sign_in_clients.filter(is_trusted=True).exists()


def test_restoring_the_account_does_not_clear_the_count(db: None) -> None:
    account = enrolled()
    client = guesser()
    for _ in range(9):
        guess(client)
    Account.objects.filter(pk=account.pk).update(deleted_at=timezone.now() + timedelta(days=1))
    body = {"username": USERNAME, "password": PASSWORD}
    assert outcome(client.patch("user/reset-account-deleted", body)) == (200, "")
    assert [guess(client) for _ in range(2)] == [WRONG, LOCKED]


# Keeping the owner out


def test_challenges_of_others_do_not_end_the_owner_s(db: None) -> None:
    enrolled()
    owner, thief = ApiClient(address="203.0.113.9"), guesser()
    challenge = challenge_for(owner)
    for _ in range(30):
        challenge_for(thief)
    assert outcome(second_step(owner, challenge, app_code())) == (200, "")


@pytest.mark.parametrize("limit", [10, 0])
def test_wrong_codes_of_others_do_not_keep_the_owner_out_of_a_known_network(
    limit: int, db: None, settings: Any
) -> None:
    settings.MAXIMUM_FAILED_SIGN_INS, settings.MAXIMUM_FAILED_SIGN_INS_IN_ALL = limit, 8
    enrolled()
    owner = ApiClient(address="203.0.113.9")
    assert outcome(second_step(owner, challenge_for(owner), app_code())) == (200, "")
    assert [guess(guesser(number)) for number in range(8)] == [WRONG] * 8
    with time_machine.travel(timezone.now() + timedelta(seconds=30), tick=False):
        assert outcome(second_step(owner, challenge_for(owner), app_code())) == (200, "")


def test_first_steps_are_limited_for_each_network(db: None, settings: Any) -> None:
    settings.RATE_LIMITS, settings.RATE_LIMIT_SESSIONS = True, "3/hour"
    enrolled()
    thief = guesser()
    assert [outcome(first_step(thief)) for _ in range(5)] == [REQUIRED] * 3 + [(429, "too-many-requests")] * 2
    owner = ApiClient(address="203.0.113.9")
    assert outcome(second_step(owner, challenge_for(owner), app_code())) == (200, "")


def test_sessions_are_limited_for_the_account(db: None, settings: Any) -> None:
    settings.RATE_LIMITS, settings.RATE_LIMIT_SESSIONS = True, "2/hour"
    account = enrolled()
    codes = recovery_codes.create_recovery_codes(account.pk, Actor.command_line())
    clients = [guesser(number) for number in range(3)]
    answers = [outcome(second_step(it, challenge_for(it), code)) for it, code in zip(clients, codes, strict=False)]
    assert answers == [(200, "")] * 2 + [(429, "too-many-requests")]
    assert RecoveryCode.objects.filter(used_at=None).count() == 8
    assert not account.sign_in_clients.filter(failed_sign_ins__gt=0).exists()


# Ways around it


def test_reset_code_signs_nobody_in_without_the_factor(guest: ApiClient) -> None:
    ResetCodeFactory(account=enrolled())
    body = {"username": USERNAME, "new-password": "another long password", "secret-code": "abc123def456"}
    response = guest.patch("user/reset-account-password", body)
    assert (outcome(response), len(response.cookies)) == ((200, ""), 0)
    assert outcome(first_step(guest, "another long password")) == REQUIRED
    assert SecondFactor.objects.exists()


def test_stolen_session_without_recent_proof_changes_no_factor(db: None) -> None:
    account = enrolled()
    long_ago = timezone.now() - timedelta(seconds=14_401)
    thief, factorid = session_of(account, last_verified_at=long_ago), SecondFactor.objects.get().pk
    assert outcome(thief.delete("user/delete-second-factor", factorid=factorid)) == STALE
    assert outcome(thief.post("user/create-recovery-codes", accountid=account.pk)) == STALE
    assert outcome(thief.post("user/create-second-factor", {"factor-type": "totp"}, accountid=account.pk)) == STALE
    assert SecondFactor.objects.count() == 1


def test_administrator_removes_no_factor_of_another_administrator(administrator: ApiClient) -> None:
    account = enrolled(administrator=True)
    response = administrator.patch("administrator/remove-second-factors", accountid=account.pk)
    assert outcome(response) == (403, "invalid-account")
    assert Account.objects.get(pk=account.pk).second_factor_since


def test_owner_removes_factors_of_an_administrator(owner: ApiClient, guest: ApiClient) -> None:
    account = enrolled(administrator=True)
    session = session_of(account)
    assert outcome(owner.patch("administrator/remove-second-factors", accountid=account.pk)) == (200, "")
    assert Session.objects.get(pk=session.session.pk).ended_by_action == "remove-second-factors"
    assert first_step(guest).json()["object"] == "session"


def test_sign_in_during_the_enrolment_does_not_last(user: ApiClient) -> None:
    """Whoever has the password, and signs in before, is out once the owner has a factor."""
    thief = ApiClient(SessionFactory(account=user.account))
    factor = SecondFactorFactory(account=user.account, pending=True)
    user.patch("user/confirm-second-factor", {"code": app_code()}, factorid=factor.pk)
    assert outcome(thief.get("user/account", accountid=user.account.pk))[0] == 401


# Secrets


def test_secrets_are_nowhere(owner: ApiClient, guest: ApiClient, caplog: Any) -> None:
    account = AccountFactory(username=USERNAME)
    client = ApiClient(SessionFactory(account=account))
    created = client.post("user/create-second-factor", {"factor-type": "totp"}, accountid=account.pk).json()
    SecondFactor.objects.all().delete()
    factor = SecondFactorFactory(account=account, pending=True)
    code = app_code()
    client.patch("user/confirm-second-factor", {"code": code}, factorid=factor.pk)
    key = Authenticator()
    add_passkey(client, key)
    codes = client.post("user/create-recovery-codes", accountid=account.pk).json()["codes"]
    challenge = challenge_for(guest)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        assert outcome(second_step(guest, challenge, wrong_code())) == WRONG
        other_code = app_code()
        assert outcome(second_step(guest, challenge, other_code)) == (200, "")
    secrets = [created["secret"], OTP_SECRET, code, other_code, challenge, *codes]
    secrets += SecondFactor.objects.exclude(encrypted_secret="").values_list("encrypted_secret", flat=True)
    secrets += [*SecondFactor.objects.exclude(public_key="").values_list("public_key", flat=True)]
    secrets += [*RecoveryCode.objects.values_list("code_hash", flat=True)]
    export = json.dumps(client.get("user/export-account", accountid=account.pk).json())
    events = str(list(Event.objects.values()))
    page = text(Browser(owner.session).get(f"accounts/account/{account.pk}/change/"))
    rows = str(list(SecondFactor.objects.values())) + str(list(SignInChallenge.objects.values()))
    for place in (export, events, page, caplog.text):
        assert not [secret for secret in secrets if secret in place]
    assert not [secret for secret in (OTP_SECRET, challenge, *codes) if secret in rows]


def test_unknown_account_and_account_with_a_factor_look_alike_with_a_wrong_password(
    guest: ApiClient, settings: Any
) -> None:
    settings.HIDE_ACCOUNT_EXISTENCE = True
    enrolled()
    answers = [
        guest.post("user/create-session", {"username": name, "password": "a wrong password"}).json()
        for name in (USERNAME, "nobody-has-it")
    ]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("factors", [[], ["totp"]])
def test_where_no_factor_is_there_is_no_challenge_to_try(guest: ApiClient, factors: list[str]) -> None:
    AccountFactory(username=USERNAME, raw_password="their password")
    for _ in factors:
        SecondFactorFactory(account=Account.objects.get())
    assert "challenge" not in first_step(guest).json()
