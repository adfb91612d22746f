"""`manage.py remove_second_factors`: an operator lets somebody in again who has lost their second factors."""

from accounts.models import Account
from events.models import Event
from second_factors.models import SecondFactor
from sessions_app.models import Session
from tests.client import ApiClient
from tests.commands import run
from tests.factories import AccountFactory, SignInChallengeFactory
from tests.second_factors.signing_in import enrolled, first_step, session_of


def test_password_is_enough_then_and_an_event_says_so(guest: ApiClient) -> None:
    account = enrolled(owner=True)
    client = session_of(account)
    client.post("user/create-recovery-codes", accountid=account.pk)
    SignInChallengeFactory(account=account)
    result = run("remove_second_factors", account.pk)
    assert (result.status, result.complained) == (0, "")
    assert result.said == f"{account.pk}: second factors removed, sessions ended\n"
    assert not SecondFactor.objects.exists()
    assert not account.recovery_codes.exists()
    assert not account.sign_in_challenges.exists()
    assert Account.objects.get().second_factor_since is None
    assert Session.objects.get().ended_by_action == "remove-second-factors"
    event = Event.objects.latest("pk")
    assert (event.action, event.accountid, event.actor_kind) == ("remove-second-factors", account.pk, "command line")
    assert first_step(guest).json()["object"] == "session"


def test_dry_run_changes_nothing(db: None) -> None:
    account = enrolled()
    assert run("remove_second_factors", account.pk, "--dry-run").status == 0
    assert Account.objects.get().second_factor_since


def test_account_without_a_factor_is_refused(db: None) -> None:
    result = run("remove_second_factors", AccountFactory().pk)
    assert result.status == 1
    assert "The account has no second factor." in result.complained
