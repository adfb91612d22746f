"""user/reset-account-password: somebody who is locked out sets a new password with a reset code."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Account
from resetcodes.models import ResetCode
from sessions_app.models import Session
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory, ResetCodeFactory, SessionFactory

EARLIER = datetime(2022, 6, 24, 2, 42, 41, 8999, tzinfo=UTC)
NOW = EARLIER + timedelta(seconds=10)
NEW_PASSWORD, SECRET_CODE = "another long password", "abc123DEF456"


@pytest.fixture
def account(db):
    with time_machine.travel(EARLIER, tick=False):
        return AccountFactory(username="somebody")


@pytest.fixture
def code(account):
    return ResetCodeFactory(account=account, secret_code=SECRET_CODE)


def reset(guest, **fields):
    body = {"username": "somebody", "new-password": NEW_PASSWORD, "secret-code": SECRET_CODE} | fields
    return guest.patch("user/reset-account-password", body)


def sign_in(password):
    return outcome(ApiClient().post("user/create-session", {"username": "somebody", "password": password}))


@pytest.mark.usefixtures("code")
def test_answer_is_true_and_signs_nobody_in(guest):
    response = reset(guest)
    assert (response.status_code, response.content) == (200, b"true")
    assert not response.cookies


@pytest.mark.usefixtures("code")
def test_account_has_a_new_password_and_a_new_session_key(guest, account):
    before = Account.objects.values().get()
    with time_machine.travel(NOW, tick=False):
        reset(guest)
    after = Account.objects.values().get()
    random = {"password": after["password"], "session_key": after["session_key"]}
    assert not set(random.values()) & set(before.values())
    times = ("password_last_changed_at", "reset_code_last_used_at", "session_key_last_reset_at", "updated_at")
    assert after == before | random | dict.fromkeys(times, NOW) | {"session_key_number": 2}


@pytest.mark.usefixtures("code")
def test_account_shows_when_its_code_was_used(guest, account, administrator):
    with time_machine.travel(NOW, tick=False):
        reset(guest)
    answer = administrator.get("administrator/account", accountid=account.accountid).json()
    assert answer["passwordLastChangedAt"] == answer["resetCodeLastUsedAt"] == "2022-06-24T02:42:51.008Z"
    assert (answer["sessionKeyNumber"], answer["sessionKeyLastResetAt"]) == (2, "2022-06-24T02:42:51.008Z")


@pytest.mark.usefixtures("code")
def test_new_password_signs_in_and_the_old_one_does_not(guest):
    reset(guest)
    assert sign_in(PASSWORD) == (401, "invalid-password")
    assert sign_in(NEW_PASSWORD) == (200, "")


@pytest.mark.usefixtures("code")
def test_every_session_of_the_account_ends(guest, account, user):
    with time_machine.travel(EARLIER, tick=False) as clock:
        clients = [ApiClient(session) for session in SessionFactory.create_batch(2, account=account)]
        over = SessionFactory(account=account, ended_at=EARLIER)
        clock.shift(10)
        reset(guest)
        for client in clients:
            assert outcome(client.get("user/account", accountid=account.accountid)) == (401, "Sign in required")
    ended = dict(Session.objects.exclude(ended_at=None).values_list("pk", "ended_at"))
    assert ended == {over.pk: EARLIER} | {client.session.pk: NOW for client in clients}
    assert outcome(user.get("user/account", accountid=user.account.accountid)) == (200, "")


def test_code_works_once(guest, code):
    assert outcome(reset(guest)) == (200, "")
    assert not ResetCode.objects.exists()
    assert outcome(reset(guest, **{"new-password": "a third password"})) == (401, "invalid-reset-code")
    assert sign_in(NEW_PASSWORD) == (200, "")


def test_the_same_code_given_twice_works_once(guest, account):
    for _ in range(2):
        ResetCodeFactory(account=account, secret_code=SECRET_CODE)
    assert [outcome(reset(guest))[0] for _ in range(2)] == [200, 401]


def test_contract_leaves_other_codes_of_the_account(guest, account, code, settings):
    settings.REVOKE_RESET_CODES = False
    other = ResetCodeFactory(account=account, secret_code="another1")
    anothers = ResetCodeFactory(secret_code=SECRET_CODE)
    reset(guest)
    assert set(ResetCode.objects.all()) == {other, anothers}
    assert outcome(reset(guest, **{"secret-code": "another1"})) == (200, "")


def test_code_works_only_for_its_own_account(guest, code):
    other = AccountFactory(username="anybody")
    assert outcome(reset(guest, username="anybody")) == (401, "invalid-reset-code")
    assert Account.objects.get(pk=other.pk).password == other.password
    assert ResetCode.objects.get() == code


def test_refused_reset_spends_no_code(guest, code):
    assert outcome(reset(guest, **{"new-password": "short"})) == (400, "invalid-password-length")
    assert outcome(reset(guest)) == (200, "")


@pytest.mark.parametrize(
    ("later_keys", "expected"), [(["new", "old"], (200, "")), (["new"], (401, "invalid-username"))]
)
def test_name_and_code_work_while_their_key_is_listed(later_keys, expected, guest, settings):
    settings.DASHBOARD_ENCRYPTION_KEY = ["old"]
    ResetCodeFactory(account=AccountFactory(username="somebody"), secret_code=SECRET_CODE)
    settings.DASHBOARD_ENCRYPTION_KEY = later_keys
    assert outcome(reset(guest)) == expected


def test_code_of_a_key_that_is_gone_does_not_work(guest, settings):
    settings.DASHBOARD_ENCRYPTION_KEY = ["new"]
    account = AccountFactory(username="somebody")
    settings.DASHBOARD_ENCRYPTION_KEY = ["old"]
    ResetCodeFactory(account=account, secret_code=SECRET_CODE)
    settings.DASHBOARD_ENCRYPTION_KEY = ["new"]
    assert outcome(reset(guest)) == (401, "invalid-reset-code")


@pytest.mark.usefixtures("code")
def test_new_password_is_stored_under_the_newest_key(guest, settings):
    settings.DASHBOARD_ENCRYPTION_KEY = ["new", *settings.DASHBOARD_ENCRYPTION_KEY]
    reset(guest)
    settings.DASHBOARD_ENCRYPTION_KEY = ["new"]
    assert Account.objects.get().check_password(NEW_PASSWORD)


def test_code_that_was_made_by_a_request_works(administrator, guest, account):
    body = {"secret-code": SECRET_CODE}
    administrator.post("administrator/create-reset-code", body, accountid=account.accountid)
    assert outcome(reset(guest)) == (200, "")


# Expiry


def expire(code, hours):
    """Let this much time pass since the code was created by a request."""
    ResetCode.objects.filter(pk=code.pk).update(expires_at=timezone.now() + timedelta(hours=24 - hours))


@pytest.mark.parametrize(("hours", "expected"), [(23, (200, "")), (24, (401, "invalid-reset-code"))])
def test_code_works_for_a_day(hours, expected, guest, code):
    expire(code, hours)
    assert outcome(reset(guest)) == expected


@pytest.mark.parametrize(("lifetime", "expected"), [(86_400, (401, "invalid-reset-code")), (0, (200, ""))])
def test_code_of_an_older_release_expires_with_the_lifetime_that_is_set_now(
    lifetime, expected, guest, account, settings
):
    settings.RESET_CODE_LIFETIME = lifetime
    ResetCodeFactory(account=account, secret_code=SECRET_CODE, created_at=timezone.now() - timedelta(days=1))
    assert outcome(reset(guest)) == expected


def test_code_keeps_the_lifetime_that_it_was_created_with(guest, account, administrator, settings):
    administrator.post("administrator/create-reset-code", {"secret-code": SECRET_CODE}, accountid=account.accountid)
    settings.RESET_CODE_LIFETIME = 1
    with time_machine.travel(timezone.now() + timedelta(hours=23)):
        assert outcome(reset(guest)) == (200, "")
