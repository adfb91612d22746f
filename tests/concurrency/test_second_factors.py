"""What two requests do with second factors that arrive at once."""

from functools import partial

import pytest

from accounts.models import Account
from accounts.services import credentials
from dashboard.core.actor import Actor
from second_factors.models import RecoveryCode, SecondFactor
from second_factors.services import enrolment, recovery_codes
from second_factors.services.proofs import Proof
from sessions_app.models import Session
from sessions_app.services import sessions
from tests.concurrency.concurrent import SOMEBODY, SUCCESS, locked_row, run_concurrently
from tests.factories import (
    PASSWORD,
    AccountFactory,
    SecondFactorFactory,
    SessionFactory,
    SignInChallengeFactory,
    app_code,
    wrong_code,
)

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

WRONG, ENDED = ("invalid-code", 401), ("invalid-challenge", 401)


def enrolled() -> Account:
    return SecondFactorFactory(account=AccountFactory(username="somebody")).account


def complete(challenge: str, code: str) -> Session:
    return sessions.complete_session(challenge, Proof(code), SOMEBODY)


def test_of_two_requests_with_one_challenge_and_one_code_one_signs_in() -> None:
    account = enrolled()
    SignInChallengeFactory(account=account, challenge="one")
    done = run_concurrently(locked_row(account), *[partial(complete, "one", app_code())] * 2)
    assert done == {SUCCESS: 1, ENDED: 1}
    assert Session.objects.count() == 1


def test_of_many_challenges_with_one_code_one_signs_in() -> None:
    account, names = enrolled(), ("one", "two", "three", "four")
    for name in names:
        SignInChallengeFactory(account=account, challenge=name)
    done = run_concurrently(locked_row(account), *[partial(complete, name, app_code()) for name in names])
    assert done == {SUCCESS: 1, WRONG: 3}
    assert Session.objects.count() == 1


def test_recovery_code_is_used_once() -> None:
    account = enrolled()
    (code, *_) = recovery_codes.create_recovery_codes(account.pk, Actor.command_line())
    for name in ("one", "two"):
        SignInChallengeFactory(account=account, challenge=name)
    done = run_concurrently(locked_row(account), partial(complete, "one", code), partial(complete, "two", code))
    assert done == {SUCCESS: 1, WRONG: 1}
    assert RecoveryCode.objects.filter(used_at=None).count() == 9


def test_guesses_at_once_get_no_more_answers_than_one_after_another(settings) -> None:
    settings.MAXIMUM_FAILED_SIGN_INS = 3
    account, names = enrolled(), [str(number) for number in range(8)]
    for name in names:
        SignInChallengeFactory(account=account, challenge=name)
    done = run_concurrently(locked_row(account), *[partial(complete, name, wrong_code()) for name in names])
    assert done == {WRONG: 3, ("account-locked", 429): 5}


def test_challenge_takes_no_more_guesses_at_once(settings) -> None:
    settings.MAXIMUM_FAILED_SIGN_INS = 100
    account = enrolled()
    SignInChallengeFactory(account=account, challenge="one", attempts_left=2)
    done = run_concurrently(locked_row(account), *[partial(complete, "one", wrong_code())] * 5)
    assert done == {WRONG: 2, ENDED: 3}


def test_sign_in_at_the_moment_of_the_enrolment_asks_for_the_factor_or_ends() -> None:
    account = AccountFactory(username="somebody")
    session = SessionFactory(account=account)
    factor = SecondFactorFactory(account=account, pending=True)
    confirm = partial(enrolment.confirm_second_factor, factor.pk, account.pk, session.pk, Proof(app_code()), SOMEBODY)
    sign_in = partial(sessions.create_session, "somebody", PASSWORD, "", SOMEBODY)
    run_concurrently(locked_row(account), confirm, sign_in)
    assert [it.pk for it in Session.objects.filter(ended_at=None)] == [session.pk]


def test_factor_is_confirmed_once() -> None:
    account = AccountFactory()
    session, factor = SessionFactory(account=account), SecondFactorFactory(account=account, pending=True)
    confirm = partial(enrolment.confirm_second_factor, factor.pk, account.pk, session.pk, Proof(app_code()), SOMEBODY)
    assert run_concurrently(locked_row(account), confirm, confirm) == {SUCCESS: 1, ("invalid-factor", 409): 1}


def test_password_that_is_changed_meanwhile_ends_the_challenge_or_the_session() -> None:
    account = enrolled()
    SignInChallengeFactory(account=account, challenge="one")
    change = partial(
        credentials.set_account_password, account.pk, "another long password", PASSWORD, "", Actor.command_line()
    )
    run_concurrently(locked_row(account), change, partial(complete, "one", app_code()))
    assert not Session.objects.filter(ended_at=None).exists()


def test_removal_of_the_last_two_factors_leaves_none() -> None:
    account = enrolled()
    SecondFactorFactory(account=account)
    deletions = [
        partial(enrolment.delete_second_factor, factor.pk, account.pk, SOMEBODY)
        for factor in SecondFactor.objects.all()
    ]
    assert run_concurrently(locked_row(account), *deletions) == {SUCCESS: 2}
    assert Account.objects.get().second_factor_since is None
