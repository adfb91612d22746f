"""Account lockout: failed attempts to prove an identity are recorded, and too many of them lock the account."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import Account
from accounts.services import credentials
from dashboard.core.actor import Actor
from dashboard.core.crypto.hashers import KeyedBcryptHasher
from dashboard.core.errors import ErrorCode
from events.models import Event
from tests.api.cases import CASES
from tests.cases import USERNAME, each_case
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory, ResetCodeFactory, SessionFactory
from tests.isolation import isolated
from tests.resetcodes.cases import SECRET_CODE

NOW = datetime(2022, 6, 24, 2, 42, 51, tzinfo=UTC)
NEW_PASSWORD = "another long password"
WRONG, LOCKED, DONE = (401, "invalid-password"), (429, "account-locked"), (200, "")
NOT_LET_IN = {
    "invalid-code",
    "invalid-username",
    "invalid-password",
    "invalid-reset-code",
    "invalid-account",
    "account-locked",
}
PROOFS = tuple(
    case for case in CASES if case.is_proof and case.caller != "service" and case.route != "user/create-account"
)


@pytest.fixture
def account(db, settings):
    settings.MAXIMUM_FAILED_SIGN_INS = 3
    return AccountFactory(username=USERNAME)


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def sign_in(password=PASSWORD):
    return ApiClient().post("user/create-session", {"username": USERNAME, "password": password})


def guess(times=1):
    return [outcome(sign_in("a wrong password")) for _ in range(times)]


def verify(client, password=PASSWORD):
    body = {"username": USERNAME, "password": password}
    return outcome(client.patch("user/set-session-verified", body, sessionid=client.session.sessionid))


def reset(secret_code, address="127.0.0.1"):
    body = {"username": USERNAME, "new-password": NEW_PASSWORD, "secret-code": secret_code}
    return outcome(ApiClient(address=address).patch("user/reset-account-password", body))


def refusals():
    return list(Event.objects.filter(action="refuse-sign-in").order_by("pk").values_list("refusal", flat=True))


# What is written down


OTHER_EVENTS = ("refuse-access", "start-second-step")


def is_written(invalid):
    """Whether a refusal for this input is recorded: for the name, password, code or state of the account."""
    code = invalid.error_code
    return code.code in NOT_LET_IN and code.status in (401, 403, 409, 429) and not invalid.query


@each_case(PROOFS)
def test_only_who_is_not_let_in_is_written_down(case, subtests, db):
    told = [it for it in case.invalid_inputs if it.error_code is not ErrorCode.CREDENTIALS_WRONG]  # stands for others
    for number, invalid in enumerate(told):
        with subtests.test(invalid.error_code.name, number=number), isolated() as settings:
            assert_written_if_not_let_in(case, invalid, settings)


def assert_written_if_not_let_in(case, invalid, settings):
    context = case.context(settings, invalid)
    context.caller.client.defaults |= {"REMOTE_ADDR": "203.0.113.7", "HTTP_USER_AGENT": "curl/8.5.0"}
    before = set(Event.objects.values_list("pk", flat=True))
    context.send()
    written = Event.objects.exclude(pk__in=before).exclude(action__in=OTHER_EVENTS).values()
    if not is_written(invalid) or invalid.error_code.name in ("NOT_RESTORABLE", "ALREADY_SCHEDULED"):
        assert not written
        return
    event = written.get()
    del event["transaction_id"]
    assert event == {
        "id": event["id"],
        "appid": "dashboard",
        "action": "refuse-sign-in",
        "accountid": "" if invalid.error_code.name == "USERNAME_UNKNOWN" else context.account.accountid,
        "targetid": "" if case.caller == "guest" else context.caller.session.sessionid,
        "refusal": invalid.error_code.code,
        "actor_kind": "anybody" if case.caller == "guest" else "account",
        "actor_credentialid": "",
        "actor_accountid": "" if case.caller == "guest" else context.account.accountid,
        "ip_address": "203.0.113.7",
        "user_agent": "curl 8",
        "details": "",
        "created_at": event["created_at"],
    }


@pytest.mark.usefixtures("account")
def test_nothing_that_was_typed_is_written_down(guest):
    for username in (USERNAME, "a name of nobody"):
        guest.post("user/create-session", {"username": username, "password": "a wrong password"})
    written = str(list(Event.objects.values_list()))
    assert not any(typed in written for typed in (USERNAME, "a name of nobody", "a wrong password"))


@pytest.mark.usefixtures("account")
def test_refusals_of_a_locked_account_are_written_once_a_minute(clock):
    guess(10)
    assert refusals() == ["invalid-password"] * 3 + ["account-locked"]
    clock.shift(60)
    guess(10)
    assert refusals()[4:] == ["invalid-password", "account-locked"]


def test_refusals_of_an_account_that_is_scheduled_are_written_once_a_minute(account, clock):
    Account.objects.update(deleted_at=NOW + timedelta(days=1))
    assert [reset(SECRET_CODE) for _ in range(3)] == [(409, "invalid-account")] * 3
    assert refusals() == ["invalid-account"]
    clock.shift(60)
    reset(SECRET_CODE)
    assert refusals() == ["invalid-account"] * 2


def test_names_of_others_are_written_once_a_minute(account, clock):
    client = ApiClient(SessionFactory(account=account))
    for number in range(3):
        body = {"username": f"somebody else {number}", "password": PASSWORD}
        client.patch("user/set-session-verified", body, sessionid=client.session.sessionid)
    assert refusals() == ["invalid-username"]


@pytest.mark.usefixtures("account")
def test_name_that_nobody_has_costs_a_hash_wherever_it_is_tried(guest, monkeypatch):
    hashed = []
    encode = KeyedBcryptHasher.encode
    monkeypatch.setattr(KeyedBcryptHasher, "encode", lambda *args: hashed.append(1) or encode(*args))
    guest.post("user/create-session", {"username": "nobody", "password": PASSWORD})
    body = {"username": "nobody", "new-password": PASSWORD, "secret-code": SECRET_CODE}
    guest.patch("user/reset-account-password", body)
    guest.patch("user/reset-account-deleted", {"username": "nobody", "password": PASSWORD})
    assert len(hashed) == 3


# The lock


@pytest.mark.usefixtures("account", "clock")
def test_account_is_locked_after_too_many_wrong_passwords():
    assert guess(4) == [WRONG, WRONG, WRONG, LOCKED]
    refused = sign_in()
    assert outcome(refused) == LOCKED
    assert refused["Retry-After"] == "60"
    assert outcome(sign_in()) == outcome(sign_in("a wrong password"))


@pytest.mark.usefixtures("account")
def test_lock_ends_by_itself(clock):
    guess(3)
    clock.shift(59.5)
    assert (outcome(sign_in()), sign_in()["Retry-After"]) == (LOCKED, "1")
    clock.shift(0.5)
    assert outcome(sign_in()) == DONE


@pytest.mark.usefixtures("account")
def test_every_further_wrong_password_doubles_the_time_up_to_an_hour(clock):
    guess(2)
    waits = []
    for _ in range(9):
        assert guess() == [WRONG]
        waits.append(int(sign_in()["Retry-After"]))
        clock.shift(waits[-1])
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


@pytest.mark.usefixtures("account")
def test_sign_in_makes_up_for_wrong_passwords(clock):
    guess(3)
    clock.shift(60)
    sign_in()
    assert guess(3) == [WRONG] * 3
    assert sign_in()["Retry-After"] == "60"


@pytest.mark.usefixtures("account")
def test_password_of_a_locked_account_is_not_looked_at(monkeypatch):
    guess(3)
    monkeypatch.setattr(Account, "check_password", None)
    assert outcome(sign_in()) == LOCKED


def test_wrong_passwords_change_nothing_else_of_the_account(account):
    before = Account.objects.values().get()
    guess(3)
    after = Account.objects.values().get()
    assert after == before | {"failed_sign_ins": 3}


@pytest.mark.usefixtures("account")
def test_names_that_nobody_has_and_other_accounts_are_not_locked(guest):
    AccountFactory(username="somebody else")
    guess(4)
    unknown = [guest.post("user/create-session", {"username": "nobody", "password": "wrong"}) for _ in range(5)]
    assert {outcome(response) for response in unknown} == {(401, "invalid-username")}
    assert outcome(guest.post("user/create-session", {"username": "somebody else", "password": PASSWORD})) == DONE


@pytest.mark.usefixtures("account")
def test_lock_can_be_turned_off(settings):
    settings.MAXIMUM_FAILED_SIGN_INS = 0
    assert guess(5) == [WRONG] * 5
    assert outcome(sign_in()) == DONE


def test_account_that_is_scheduled_for_deletion_is_locked_as_well(account):
    Account.objects.update(deleted_at=datetime.now(UTC) + timedelta(days=1))
    guess(3)
    body = {"username": USERNAME, "password": PASSWORD}
    assert outcome(ApiClient().patch("user/reset-account-deleted", body)) == LOCKED


@pytest.mark.usefixtures("clock")
def test_unlocked_account_can_be_signed_in_to(account):
    guess(4)
    credentials.unlock_account(account.accountid, Actor.command_line())
    assert outcome(sign_in()) == DONE
    assert list(Event.objects.filter(action="unlock-account").values_list("accountid", "actor_kind")) == [
        (account.accountid, "command line")
    ]


# In a session


def test_who_is_signed_in_is_not_locked_out_by_others(account):
    client = ApiClient(SessionFactory(account=account))
    guess(4)
    assert outcome(client.get("user/account", accountid=account.accountid)) == DONE
    assert verify(client) == DONE


def test_guesses_in_a_session_are_limited_by_the_hour(account, clock):
    client = ApiClient(SessionFactory(account=account, duration=7200, expires_at=NOW + timedelta(hours=2)))
    assert [verify(client, "a wrong password") for _ in range(4)] == [WRONG, WRONG, WRONG, LOCKED]
    assert verify(client) == LOCKED
    assert outcome(client.get("user/account", accountid=account.accountid)) == DONE
    assert outcome(sign_in()) == DONE
    clock.shift(3600)
    assert verify(client) == DONE


def test_guesses_in_a_session_count_for_that_session_alone(account):
    borrowed, own = (ApiClient(SessionFactory(account=account)) for _ in range(2))
    assert [verify(borrowed, "a wrong password") for _ in range(4)] == [WRONG, WRONG, WRONG, LOCKED]
    assert verify(own) == DONE


def test_limit_in_a_session_can_be_turned_off(account, settings):
    client = ApiClient(SessionFactory(account=account))
    assert [verify(client, "a wrong password") for _ in range(4)] == [WRONG, WRONG, WRONG, LOCKED]
    settings.MAXIMUM_FAILED_SIGN_INS = 0
    assert verify(client) == DONE


# Reset codes


def test_wrong_codes_lock_codes_from_the_same_network_alone(account):
    ResetCodeFactory(account=account, secret_code=SECRET_CODE)
    assert [reset("wrong1") for _ in range(3)] == [(401, "invalid-reset-code")] * 3
    assert reset("wrong1") == reset(SECRET_CODE) == LOCKED
    assert outcome(sign_in()) == DONE
    assert reset(SECRET_CODE, "198.51.100.7") == DONE


def test_code_that_support_makes_can_be_used_at_once(account, administrator):
    guess(4)
    body = {"secret-code": SECRET_CODE}
    administrator.post("administrator/create-reset-code", body, accountid=account.accountid)
    assert reset(SECRET_CODE) == DONE
    assert outcome(sign_in(NEW_PASSWORD)) == DONE


def test_wrong_passwords_do_not_stop_a_code(account):
    ResetCodeFactory(account=account, secret_code=SECRET_CODE)
    guess(4)
    assert reset(SECRET_CODE) == DONE
    assert outcome(sign_in(NEW_PASSWORD)) == DONE


def test_used_code_makes_up_for_wrong_passwords(account):
    ResetCodeFactory(account=account, secret_code=SECRET_CODE)
    guess(2)
    reset(SECRET_CODE)
    assert guess(3) == [WRONG] * 3
