"""Attacks with a session that was stolen: to come back after the account was secured."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.services import credentials
from accounts.services.reset_code_revocation import CODES_TOGETHER
from dashboard.core.actor import Actor
from dashboard.db import prepared
from events.models import Action, Event
from resetcodes.models import ResetCode
from sessions_app.models import Session
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory, ResetCodeFactory, SessionFactory

NEW_PASSWORD = "another long password"
CODE, OTHER_CODE = "attack1", "attack2"


class Theft:
    """A victim in one browser, and a thief with another session of theirs, who makes a reset code for later."""

    def __init__(self) -> None:
        self.account = AccountFactory(username="somebody")
        self.victim = ApiClient(SessionFactory(account=self.account))
        self.thief = ApiClient(SessionFactory(account=self.account))
        self.make_code(CODE)

    def make_code(self, secret_code: str) -> None:
        made = self.thief.post("user/create-reset-code", {"secret-code": secret_code}, accountid=self.account.accountid)
        assert outcome(made) == (200, "")

    def come_back(self, secret_code: str = CODE) -> tuple[int, str]:
        body = {"username": "somebody", "new-password": "chosen by the thief", "secret-code": secret_code}
        return outcome(ApiClient().patch("user/reset-account-password", body))


def set_password(theft: Theft) -> Any:
    body = {"new-password": NEW_PASSWORD, "password": PASSWORD}
    return theft.victim.patch("user/set-account-password", body, accountid=theft.account.accountid)


def reset_password(theft: Theft) -> Any:
    theft.make_code(OTHER_CODE)
    body = {"username": "somebody", "new-password": NEW_PASSWORD, "secret-code": OTHER_CODE}
    return ApiClient().patch("user/reset-account-password", body)


def reset_own_key(theft: Theft) -> Any:
    return theft.victim.patch("user/reset-session-key", accountid=theft.account.accountid)


def reset_key_by_administrator(theft: Theft) -> Any:
    administrator = ApiClient(SessionFactory(account=AccountFactory(administrator=True)))
    return administrator.patch("administrator/reset-session-key", accountid=theft.account.accountid)


def schedule_and_restore(theft: Theft) -> Any:
    theft.victim.patch("user/set-account-deleted", {"password": PASSWORD}, accountid=theft.account.accountid)
    return ApiClient().patch("user/reset-account-deleted", {"username": "somebody", "password": PASSWORD})


@pytest.mark.parametrize(
    "secure", [set_password, reset_password, reset_own_key, reset_key_by_administrator, schedule_and_restore]
)
def test_code_of_a_thief_does_not_outlive_the_securing_of_the_account(secure: Callable[[Theft], Any], db: None) -> None:
    theft = Theft()
    assert outcome(secure(theft)) == (200, "")
    assert theft.come_back() == (401, "invalid-reset-code")
    assert outcome(theft.thief.get("user/account", accountid=theft.account.accountid)) == (401, "Sign in required")


def test_code_of_a_thief_does_not_outlive_a_key_that_an_operator_resets(db: None) -> None:
    theft = Theft()
    credentials.reset_session_key(theft.account.accountid, Actor.command_line())
    assert theft.come_back() == (401, "invalid-reset-code")


def test_codes_that_end_are_recorded_as_revoked(db: None) -> None:
    theft = Theft()
    codeid = ResetCode.objects.get().codeid
    set_password(theft)
    event = Event.objects.get(action=Action.DELETE_RESET_CODE)
    assert (event.targetid, event.accountid, event.actor_accountid) == (codeid, *[theft.account.accountid] * 2)


@pytest.mark.parametrize("count", [CODES_TOGETHER, CODES_TOGETHER + 1])
def test_all_codes_of_an_account_end_and_each_is_recorded(count: int, db: None) -> None:
    account, other = AccountFactory(), ResetCodeFactory()
    codeids = {it.codeid for it in ResetCodeFactory.create_batch(count, account=account)}
    credentials.reset_session_key(account.accountid, Actor.command_line())
    assert [it.codeid for it in ResetCode.objects.all()] == [other.codeid]
    *deletions, key = Event.objects.order_by("pk")
    assert {it.targetid for it in deletions} == codeids
    assert {(it.action, it.accountid) for it in deletions} == {(Action.DELETE_RESET_CODE, account.accountid)}
    assert key.action == Action.RESET_SESSION_KEY


def test_codes_of_others_are_not_deleted_by_their_ids(db: None) -> None:
    code, other = ResetCodeFactory(), ResetCodeFactory()
    deletion, _ = ResetCode.objects.pending_deletion(code.account_id, [code.codeid, other.codeid])
    prepared.execute(deletion)
    assert [it.codeid for it in ResetCode.objects.all()] == [other.codeid]


def test_codes_of_others_stay(db: None) -> None:
    theft, other = Theft(), ApiClient(SessionFactory(account=AccountFactory()))
    other.post("user/create-reset-code", {"secret-code": CODE}, accountid=other.account.accountid)
    set_password(theft)
    assert [code.account_id for code in ResetCode.objects.all()] == [other.account.accountid]


def test_a_refused_password_ends_no_code(db: None) -> None:
    theft = Theft()
    body = {"new-password": NEW_PASSWORD, "password": "not the password"}
    response = theft.victim.patch("user/set-account-password", body, accountid=theft.account.accountid)
    assert outcome(response) == (401, "invalid-password")
    assert ResetCode.objects.count() == 1


def test_contract_leaves_the_codes(db: None, settings: Any) -> None:
    settings.REVOKE_RESET_CODES = False
    theft = Theft()
    set_password(theft)
    reset_own_key(theft)
    assert theft.come_back() == (200, "")


def test_sessions_of_the_thief_end_with_the_password(db: None) -> None:
    theft = Theft()
    set_password(theft)
    assert list(Session.objects.filter(ended_at=None)) == [theft.victim.session]


# Keeping the victim from securing the account


@pytest.mark.parametrize(("method", "route"), [("PATCH", "set-session-verified"), ("POST", "create-second-factor")])
def test_thief_does_not_use_up_the_victim_s_requests(method: str, route: str, db: None, settings: Any) -> None:
    settings.RATE_LIMITS, settings.RATE_LIMIT_PASSWORD_PROOF = True, "2/hour"
    theft = Theft()
    query = {"accountid": theft.account.pk, "sessionid": theft.thief.session.pk}
    answers = [outcome(theft.thief.call(method, f"user/{route}", **query))[0] for _ in range(4)]
    assert answers == [400, 400, 429, 429]
    body = {"username": "somebody", "password": PASSWORD}
    verified = theft.victim.patch("user/set-session-verified", body, sessionid=theft.victim.session.pk)
    assert outcome(verified) == (200, "")
    assert outcome(set_password(theft)) == (200, "")
    assert Session.objects.get(pk=theft.thief.session.pk).ended_at
