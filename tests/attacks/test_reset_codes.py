"""Attacks on reset codes: guessing them, and keeping one for later."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from resetcodes.services import reset_codes
from tests.client import ApiClient, outcome
from tests.factories import AccountFactory, ResetCodeFactory

SECRET_CODE = "abc123DEF456"
WRONG, LOCKED = (401, "invalid-reset-code"), (429, "account-locked")


def use(secret_code: str, username: str = "somebody") -> tuple[int, str]:
    body = {"username": username, "new-password": "chosen by the thief", "secret-code": secret_code}
    return outcome(ApiClient().patch("user/reset-account-password", body))


def test_a_code_that_was_found_later_is_worthless(administrator: ApiClient) -> None:
    account = AccountFactory(username="somebody")
    administrator.post("administrator/create-reset-code", {"secret-code": SECRET_CODE}, accountid=account.accountid)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert use(SECRET_CODE) == WRONG


def test_a_thief_does_not_fill_the_table_with_codes(user: ApiClient) -> None:
    made = [
        outcome(user.post("user/create-reset-code", {"secret-code": f"attack{n}"}, accountid=user.account.accountid))
        for n in range(8)
    ]
    assert made == [(200, "")] * 5 + [(409, "too-many-reset-codes")] * 3
    assert user.account.reset_codes.count() == 5


def test_a_guess_is_counted_before_its_code_is_looked_at(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise guesses that arrive together are all looked at, and the right one's time gives it away."""
    account = ResetCodeFactory(account=AccountFactory(username="somebody"), secret_code=SECRET_CODE).account
    counts: list[int] = []
    look = reset_codes._usable_codes

    def noted(accountid: str, secret_code: str) -> list[str]:
        counts.append(account.sign_in_clients.get().failed_sign_ins)
        return look(accountid, secret_code)

    monkeypatch.setattr(reset_codes, "_usable_codes", noted)
    assert [use("wrong1") for _ in range(12)] == [WRONG] * 10 + [LOCKED] * 2
    assert use(SECRET_CODE) == LOCKED
    assert counts == list(range(1, 11))


def test_the_last_guess_may_be_the_right_one(db: None, settings: Any) -> None:
    settings.MAXIMUM_FAILED_SIGN_INS = 3
    account = ResetCodeFactory(account=AccountFactory(username="somebody"), secret_code=SECRET_CODE).account
    assert [use("wrong1"), use("wrong1"), use(SECRET_CODE)] == [WRONG, WRONG, (200, "")]
    codes = account.sign_in_clients.get(client__startswith="codes")
    assert (codes.failed_sign_ins, codes.locked_until) == (0, None)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_get_no_more_looks_than_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    ResetCodeFactory(account=AccountFactory(username="somebody"), secret_code=SECRET_CODE)
    looked: list[str] = []
    look = reset_codes._usable_codes
    monkeypatch.setattr(reset_codes, "_usable_codes", lambda pk, code: looked.append(code) or look(pk, code))

    def guess(number: int) -> tuple[int, str]:
        try:
            return use(f"guess{number}")
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(guess, range(40)))
    assert len(looked) == 10
    assert (answers.count(WRONG), answers.count(LOCKED)) == (10, 30)
