"""Attacks that try which usernames exist, with HIDE_ACCOUNT_EXISTENCE: no code and no work tells.

`python -m benchmarks.attacks.enumeration` shows that the time of the answers does not tell either.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Account
from accounts.services import concealment, registration
from dashboard.core.actor import Actor
from dashboard.core.crypto.hashers import KeyedBcryptHasher
from dashboard.core.errors import DashboardError
from tests.admin.browser import Browser, text
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory, ProfileFactory, ResetCodeFactory

KNOWN, UNKNOWN = "somebody", "nobody-has-it"
HOME, WRONG_PASSWORD, SPELT_IN_TWO_WAYS = "127.0.0.1", "not the password", "nicht das Paßwort für Ägypten"
CREDENTIALS, CODE = (401, "invalid-credentials"), (401, "invalid-reset-code")
LIMITED = (429, "too-many-requests")

Try = Callable[..., Any]


@pytest.fixture(autouse=True)
def concealed(settings: Any, db: None) -> Any:
    settings.HIDE_ACCOUNT_EXISTENCE = True
    settings.MAXIMUM_FAILED_SIGN_INS = 3
    concealment.answer_seconds()  # is measured
    return settings


def sign_in(username: str, address: str = HOME, password: str = WRONG_PASSWORD) -> Any:
    return ApiClient(address=address).post("user/create-session", {"username": username, "password": password})


def restore(username: str, address: str = HOME, password: str = WRONG_PASSWORD) -> Any:
    return ApiClient(address=address).patch("user/reset-account-deleted", {"username": username, "password": password})


def reset(username: str, address: str = HOME) -> Any:
    body = {"username": username, "new-password": PASSWORD, "secret-code": "guess123"}
    return ApiClient(address=address).patch("user/reset-account-password", body)


def register(username: str) -> Any:
    return ApiClient().post("user/create-account", {"username": username, "password": PASSWORD})


TRIES: list[tuple[Try, tuple[int, str]]] = [
    (sign_in, CREDENTIALS),
    (restore, CREDENTIALS),
    (reset, CODE),
    (register, (200, "")),
]
STATES: list[dict[str, Any]] = [{}, {"scheduled": True}, {"overdue": True}, {"administrator": True}]


def locked_out(attempt: Try) -> None:
    for _ in range(5):
        attempt(KNOWN)


@pytest.mark.parametrize(("attempt", "expected"), TRIES)
@pytest.mark.parametrize("state", STATES, ids=str)
def test_known_and_unknown_names_get_one_answer(attempt: Try, expected: tuple[int, str], state: dict[str, Any]) -> None:
    AccountFactory(username=KNOWN, **state)
    known, unknown = attempt(KNOWN), attempt(UNKNOWN)
    assert outcome(known) == outcome(unknown) == expected
    assert known.json().keys() == unknown.json().keys()
    assert {name for name, _ in known.items()} - {"X-Request-ID"} == {name for name, _ in unknown.items()} - {
        "X-Request-ID"
    }


@pytest.mark.parametrize(("attempt", "expected"), TRIES[:3])
def test_a_locked_account_gets_the_same_answer(attempt: Try, expected: tuple[int, str]) -> None:
    AccountFactory(username=KNOWN)
    locked_out(attempt)
    response = attempt(KNOWN)
    assert outcome(response) == outcome(attempt(UNKNOWN)) == expected
    assert "Retry-After" not in response


@pytest.mark.parametrize(("attempt", "expected"), TRIES)
@pytest.mark.parametrize("prepare", [lambda attempt: None, locked_out], ids=["open", "locked"])
def test_known_and_unknown_names_cost_the_same_hashes(
    attempt: Try, expected: tuple[int, str], prepare: Callable[[Try], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    AccountFactory(username=KNOWN)
    prepare(attempt)
    hashed: list[int] = []
    encode = KeyedBcryptHasher._encode
    monkeypatch.setattr(KeyedBcryptHasher, "_encode", lambda *args: hashed.append(1) or encode(*args))
    attempt(KNOWN)
    assert len(hashed) == 1
    attempt(UNKNOWN)
    assert len(hashed) == 2


@pytest.mark.parametrize("attempt", [sign_in, restore])
@pytest.mark.parametrize("prepare", [lambda attempt: None, locked_out], ids=["open", "locked"])
def test_a_password_that_is_spelt_in_two_ways_costs_two_hashes(
    attempt: Try, prepare: Callable[[Try], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    AccountFactory(username=KNOWN)
    prepare(attempt)
    hashed: list[str] = []
    encode = KeyedBcryptHasher._encode
    monkeypatch.setattr(KeyedBcryptHasher, "_encode", lambda *args: hashed.append(args[2]) or encode(*args))
    attempt(KNOWN, password=SPELT_IN_TWO_WAYS)
    assert len(hashed) == 2
    attempt(UNKNOWN, password=SPELT_IN_TWO_WAYS)
    assert len(hashed) == 4


@pytest.mark.parametrize("attempt", [sign_in, restore])
@pytest.mark.parametrize("username", [KNOWN, UNKNOWN])
@pytest.mark.parametrize(("password", "hashes"), [(WRONG_PASSWORD, 1), (SPELT_IN_TWO_WAYS, 2)])
def test_an_answer_waits_for_longer_than_its_hashes_take(
    attempt: Try, username: str, password: str, hashes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    AccountFactory(username=KNOWN)
    waits: list[float] = []
    monkeypatch.setattr(concealment, "seconds_of_a_hash", lambda: 10_000.0)
    monkeypatch.setattr(concealment, "wait_until", lambda due: waits.append(due - time.monotonic()))
    attempt(username, password=password)
    assert [round(seconds / 10_000) for seconds in waits] == [hashes + 1]


# The rate limit of a network counts failures, and the lockout of an account keeps some attempts from being any.


@pytest.mark.parametrize(("attempt", "expected"), TRIES[:3])
@pytest.mark.parametrize("state", STATES, ids=str)
def test_the_limit_of_a_network_is_reached_as_soon_with_a_known_name(
    attempt: Try, expected: tuple[int, str], state: dict[str, Any], settings: Any
) -> None:
    settings.RATE_LIMITS, settings.RATE_LIMIT_FAILED_SIGN_INS = True, "6/hour"
    AccountFactory(username=KNOWN, **state)
    known = [outcome(attempt(KNOWN, "198.51.100.1")) for _ in range(8)]
    unknown = [outcome(attempt(UNKNOWN, "198.51.100.2")) for _ in range(8)]
    assert known == unknown == [expected] * 6 + [LIMITED] * 2


@pytest.mark.parametrize(("attempt", "expected"), TRIES[:3])
def test_a_network_at_its_limit_learns_nothing_about_an_account_that_waits(
    attempt: Try, expected: tuple[int, str], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    AccountFactory(username=KNOWN)
    locked_out(attempt)
    settings.RATE_LIMITS, settings.RATE_LIMIT_FAILED_SIGN_INS = True, "3/hour"
    assert [outcome(attempt(f"{UNKNOWN}-{number}")) for number in range(4)] == [expected] * 3 + [LIMITED]
    waits: list[float] = []
    monkeypatch.setattr(concealment, "wait_until", waits.append)
    assert outcome(attempt(KNOWN)) == outcome(attempt(UNKNOWN)) == LIMITED
    assert len(waits) == 2


@pytest.mark.parametrize(("attempt", "expected"), TRIES)
def test_every_answer_waits_for_its_time(
    attempt: Try, expected: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    AccountFactory(username=KNOWN)
    waits: list[float] = []
    for module in (concealment, registration):
        monkeypatch.setattr(module, "wait_until", waits.append)
    attempt(KNOWN)
    attempt(UNKNOWN)
    assert len(waits) == 2


def test_a_taken_name_is_answered_as_a_new_account_and_changes_nothing(settings: Any) -> None:
    settings.REQUIRE_PROFILE, settings.USER_PROFILE_FIELDS = True, ["full-name"]
    account = ProfileFactory(account=AccountFactory(username=KNOWN)).account
    body = {"username": KNOWN, "password": "chosen by another", "full-name": "Another"}
    answer = ApiClient().post("user/create-account", body).json()
    assert answer["accountid"] != account.accountid
    assert answer["profileid"].startswith("prof_")
    assert list(Account.objects.all()) == [account]
    assert account.profiles.count() == 1
    assert Account.objects.get().check_password(PASSWORD)


def test_those_who_know_the_password_or_the_code_are_let_in() -> None:
    account = ResetCodeFactory(account=AccountFactory(username=KNOWN), secret_code="abc123def456").account
    guest = ApiClient()
    assert outcome(guest.post("user/create-session", {"username": KNOWN, "password": PASSWORD})) == (200, "")
    body = {"username": KNOWN, "new-password": "another long password", "secret-code": "abc123def456"}
    assert outcome(guest.patch("user/reset-account-password", body)) == (200, "")
    Account.objects.filter(pk=account.pk).update(deleted_at=timezone.now() + timedelta(days=1))
    credentials = {"username": KNOWN, "password": "another long password"}
    assert outcome(guest.post("user/create-session", credentials)) == (403, "invalid-account")
    assert outcome(guest.patch("user/reset-account-deleted", credentials)) == (200, "")


def test_operators_are_told_of_a_taken_name() -> None:
    AccountFactory(username=KNOWN)
    with pytest.raises(DashboardError, match="duplicate-username"):
        registration.create_account(KNOWN, PASSWORD, {}, Actor.command_line())


def test_the_site_tells_no_more() -> None:
    AccountFactory(username=KNOWN, administrator=True)
    pages = []
    for username in (KNOWN, UNKNOWN):
        browser = Browser()
        pages.append(text(browser.submit("login/", username=username, password="not the password")))
    assert "The username or the password is wrong" in pages[0]
    assert pages[0].replace(KNOWN, "") == pages[1].replace(UNKNOWN, "")


def test_contract_tells_which_names_exist(settings: Any) -> None:
    settings.HIDE_ACCOUNT_EXISTENCE = False
    AccountFactory(username=KNOWN)
    assert [outcome(sign_in(name))[1] for name in (KNOWN, UNKNOWN)] == ["invalid-password", "invalid-username"]
    assert [outcome(reset(name))[1] for name in (KNOWN, UNKNOWN)] == ["invalid-reset-code", "invalid-username"]
    assert outcome(register(KNOWN)) == (409, "duplicate-username")
