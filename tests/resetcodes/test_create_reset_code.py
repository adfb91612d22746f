"""create-reset-code, for oneself and by administrators: a code for somebody who is locked out."""

import hashlib

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Account
from resetcodes.models import ResetCode
from tests.client import outcome
from tests.factories import AccountFactory, ResetCodeFactory, SessionFactory
from tests.forms import an_id

NOW = "2022-06-24T02:42:47.362999Z"
SECRET_CODE = "abc123DEF456"
TOO_MANY = (409, "too-many-reset-codes")


def create(administrator, account, secret_code=SECRET_CODE):
    return administrator.post(
        "administrator/create-reset-code", {"secret-code": secret_code}, accountid=account.accountid
    )


@pytest.mark.parametrize("role", ["user", "administrator"])
@time_machine.travel(NOW, tick=False)
def test_new_code_is_answered_without_its_secret(role, request):
    client = request.getfixturevalue(role)
    account = client.account if role == "user" else AccountFactory()
    response = client.post(f"{role}/create-reset-code", {"secret-code": SECRET_CODE}, accountid=account.accountid)
    assert response.json() == {
        "codeid": an_id("code"),
        "object": "resetCode",
        "appid": "dashboard",
        "accountid": account.accountid,
        "expiresAt": "2022-06-25T02:42:47.362Z",
        "createdAt": "2022-06-24T02:42:47.362Z",
        "updatedAt": "2022-06-24T02:42:47.362Z",
    }
    code = ResetCode.objects.get()
    assert code.as_json() == response.json()
    assert Account.objects.get(pk=account.pk).reset_code_last_created_at == code.created_at


def test_creation_is_noted_on_the_account_that_the_code_is_for(administrator):
    account = AccountFactory()
    before = {row.pk: row.updated_at for row in Account.objects.all()}
    answer = create(administrator, account).json()
    code = ResetCode.objects.get()
    assert (code.codeid, code.account_id) == (answer["codeid"], account.accountid)
    for row in Account.objects.all():
        mine = row.pk == account.pk
        assert row.reset_code_last_created_at == (code.created_at if mine else None)
        assert (row.updated_at > before[row.pk]) is mine


def test_account_shows_when_its_last_code_was_created(administrator):
    account = AccountFactory()
    create(administrator, account)
    last = create(administrator, account).json()
    answer = administrator.get("administrator/account", accountid=account.accountid).json()
    assert answer["resetCodeLastCreatedAt"] == last["createdAt"]
    assert "resetCodeLastUsedAt" not in answer


def test_secret_code_is_stored_only_as_its_hash(administrator, settings):
    settings.DASHBOARD_ENCRYPTION_KEY = ["new", *settings.DASHBOARD_ENCRYPTION_KEY]
    create(administrator, AccountFactory())
    row = ResetCode.objects.values().get()
    assert row["secret_code_hash"] == hashlib.sha512(f"{SECRET_CODE}:new".encode()).hexdigest()
    assert not any(SECRET_CODE in str(value) for value in row.values())


@pytest.mark.parametrize("secret_code", ["abc123", "ab" * 25, "ABCDEG", "000001", "482913"])
def test_codes_of_letters_and_digits_are_accepted(secret_code, administrator):
    assert outcome(create(administrator, AccountFactory(), secret_code)) == (200, "")


@pytest.mark.parametrize("secret_code", ["aaaaaa", "A" * 50, "123456", "7890123", "987654", "uvwxyzab", "ZYXWVU"])
def test_trivial_codes_are_refused(secret_code, administrator):
    assert outcome(create(administrator, AccountFactory(), secret_code)) == (400, "invalid-secret-code")


def test_username_is_refused_as_a_code_of_its_own_account(administrator):
    account = AccountFactory(username="somebody")
    assert outcome(create(administrator, account, "somebody")) == (400, "invalid-secret-code")
    assert outcome(create(administrator, AccountFactory(), "somebody")) == (200, "")


@pytest.mark.parametrize("secret_code", ["aaaaaa", "123456", "ABCDEF", "somebody"])
def test_contract_accepts_trivial_codes(secret_code, administrator, settings):
    settings.REFUSE_TRIVIAL_RESET_CODES = False
    account = AccountFactory(username="somebody")
    assert outcome(create(administrator, account, secret_code)) == (200, "")


def test_account_has_a_limited_number_of_unused_codes(administrator, settings):
    settings.MAXIMUM_RESET_CODES = 2
    account, other = AccountFactory(), AccountFactory()
    expired = ResetCodeFactory(account=account, expires_at=timezone.now())
    assert [outcome(create(administrator, account)) for _ in range(3)] == [(200, ""), (200, ""), TOO_MANY]
    assert not ResetCode.objects.filter(pk=expired.pk).exists()
    assert outcome(create(administrator, other)) == (200, "")
    administrator.delete("administrator/delete-reset-code", codeid=account.reset_codes.all()[0].codeid)
    assert outcome(create(administrator, account)) == (200, "")


@pytest.mark.postgresql
def test_expired_codes_are_locked_in_order_before_they_are_deleted(administrator, settings):
    """Others that delete several codes lock them in the same order, so that nobody deadlocks."""
    settings.MAXIMUM_RESET_CODES = 1
    account = AccountFactory()
    ResetCodeFactory.create_batch(2, account=account, expires_at=timezone.now())
    with CaptureQueriesContext(connection) as queries:
        assert outcome(create(administrator, account)) == (200, "")
    of_codes = [it["sql"] for it in queries if "resetcodes_resetcode" in it["sql"]]
    locked = next(number for number, sql in enumerate(of_codes) if sql.endswith("FOR UPDATE"))
    assert of_codes[locked].startswith('SELECT "resetcodes_resetcode"."codeid" ')
    assert "ORDER BY 1 ASC" in of_codes[locked]
    assert of_codes[locked + 1].startswith("DELETE")


def test_refused_code_deletes_no_expired_one(administrator, settings):
    settings.MAXIMUM_RESET_CODES = 1
    account = AccountFactory()
    ResetCodeFactory(account=account)
    expired = ResetCodeFactory(account=account, expires_at=timezone.now())
    assert outcome(create(administrator, account)) == TOO_MANY
    assert ResetCode.objects.filter(pk=expired.pk).exists()


def test_contract_has_no_limit_and_no_expiry(administrator, settings):
    settings.MAXIMUM_RESET_CODES = settings.RESET_CODE_LIFETIME = 0
    account = AccountFactory()
    assert [outcome(create(administrator, account)) for _ in range(8)] == [(200, "")] * 8
    assert "expiresAt" not in ResetCode.objects.first().as_json()


def test_lengths_are_those_of_the_settings(administrator, settings):
    settings.MINIMUM_RESET_CODE_LENGTH = settings.MAXIMUM_RESET_CODE_LENGTH = 3
    outcomes = [create(administrator, AccountFactory(), code) for code in ("ac", "ace", "aceg")]
    assert [response.status_code for response in outcomes] == [400, 200, 400]
    assert outcomes[0].json()["detail"] == "A secret-code must have 3 to 3 characters."


def test_account_may_have_several_codes_and_two_accounts_the_same(administrator):
    account, other = AccountFactory(), AccountFactory()
    for owner, code in [(account, SECRET_CODE), (account, "another1"), (account, SECRET_CODE), (other, SECRET_CODE)]:
        assert outcome(create(administrator, owner, code)) == (200, "")
    assert (account.reset_codes.count(), other.reset_codes.count()) == (3, 1)


@pytest.mark.parametrize("state", [{"scheduled": True}, {"administrator": True}, {"owner": True}], ids=str)
def test_contract_lets_administrators_give_any_account_a_code(state, administrator, settings):
    settings.PROTECT_ADMINISTRATORS = False
    account = AccountFactory(**state)
    assert outcome(create(administrator, account)) == (200, "")
    assert account.reset_codes.count() == 1


def test_administrators_may_make_a_code_for_themselves(administrator):
    assert outcome(create(administrator, administrator.account)) == (200, "")


def test_new_code_ends_no_session_and_replaces_no_code(administrator):
    session, code = SessionFactory(), ResetCodeFactory()
    code.account = session.account
    code.save()
    create(administrator, session.account)
    session.refresh_from_db()
    assert session.ended_at is None
    assert ResetCode.objects.filter(pk=code.pk).exists()
