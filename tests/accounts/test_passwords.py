"""Hashes of names and passwords under several keys and work factors."""

import pytest
from django.contrib.auth import authenticate

from accounts.models import Account
from events.models import Event
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory, SessionFactory

CREDENTIALS = {"username": "somebody", "password": PASSWORD}


@pytest.fixture
def old_account(db, settings):
    """An account whose name and password were hashed under the key `old`."""
    settings.DASHBOARD_ENCRYPTION_KEY = ["old"]
    return AccountFactory(username="somebody")


def sign_in(account):
    return ApiClient().post("user/create-session", CREDENTIALS)


def schedule_deletion(account):
    client = ApiClient(SessionFactory(account=account))
    return client.patch("user/set-account-deleted", {"password": PASSWORD}, accountid=account.accountid)


each_proof = pytest.mark.parametrize("prove", [sign_in, schedule_deletion])


@each_proof
def test_password_under_an_older_key_is_renewed_where_it_is_proven(prove, old_account, settings):
    settings.DASHBOARD_ENCRYPTION_KEY = ["new", "old"]
    assert outcome(prove(old_account)) == (200, "")
    renewed = Account.objects.get()
    assert renewed.password != old_account.password
    settings.DASHBOARD_ENCRYPTION_KEY = ["new"]
    assert renewed.check_password(PASSWORD)
    assert not old_account.check_password(PASSWORD)


@each_proof
@pytest.mark.parametrize(("before", "after"), [(4, 5), (5, 4)])
def test_password_of_another_work_factor_is_renewed_where_it_is_proven(prove, before, after, settings, db):
    settings.BCRYPT_WORKLOAD_FACTOR = before
    account = AccountFactory(username="somebody")
    settings.BCRYPT_WORKLOAD_FACTOR = after
    assert outcome(prove(account)) == (200, "")
    renewed = Account.objects.get()
    assert (f"$2b$0{before}$" in account.password, f"$2b$0{after}$" in renewed.password) == (True, True)
    assert renewed.check_password(PASSWORD)


@each_proof
def test_password_that_is_up_to_date_stays(prove, old_account, settings):
    settings.DASHBOARD_ENCRYPTION_KEY = ["old", "older"]
    assert outcome(prove(old_account)) == (200, "")
    assert Account.objects.get().password == old_account.password


def test_wrong_password_renews_nothing(old_account, settings):
    settings.DASHBOARD_ENCRYPTION_KEY = ["new", "old"]
    response = ApiClient().post("user/create-session", CREDENTIALS | {"password": "not the password"})
    assert outcome(response) == (401, "invalid-password")
    assert Account.objects.get().password == old_account.password


def test_renewal_is_no_change_of_name_or_password(old_account, settings):
    settings.DASHBOARD_ENCRYPTION_KEY = ["new", "old"]
    session = SessionFactory(account=old_account)
    sign_in(old_account)
    account = Account.objects.get()
    assert account.password_last_changed_at is account.username_last_changed_at is None
    assert outcome(ApiClient(session).get("user/account", accountid=old_account.accountid)) == (200, "")


def test_name_under_an_older_key_is_renewed_at_sign_in(old_account, settings):
    settings.DASHBOARD_ENCRYPTION_KEY = ["new", "old"]
    sign_in(old_account)
    settings.DASHBOARD_ENCRYPTION_KEY = ["new"]
    assert sign_in(old_account).json()["accountid"] == old_account.accountid


def test_wrong_password_does_not_renew_the_name(old_account, settings):
    settings.DASHBOARD_ENCRYPTION_KEY = ["new", "old"]
    ApiClient().post("user/create-session", CREDENTIALS | {"password": "not the password"})
    assert Account.objects.get().username_hash == old_account.username_hash


def test_name_that_somebody_has_under_the_newest_key_is_not_renewed(old_account, settings):
    settings.DASHBOARD_ENCRYPTION_KEY = ["new"]
    later = AccountFactory(username="somebody", raw_password="another password")
    settings.DASHBOARD_ENCRYPTION_KEY = ["new", "old"]
    assert sign_in(old_account).json()["accountid"] == old_account.accountid
    hashes = dict(Account.objects.values_list("accountid", "username_hash"))
    assert hashes == {account.accountid: account.username_hash for account in (old_account, later)}


def test_name_is_unknown_once_its_key_is_gone(old_account, settings):
    settings.DASHBOARD_ENCRYPTION_KEY = ["new"]
    assert outcome(sign_in(old_account)) == (401, "invalid-username")


@pytest.mark.parametrize("keys", [["old"], ["old", "b", "c"], ["a", "old", "c"], ["a", "b", "old"]], ids=",".join)
def test_name_is_found_under_every_key_in_one_query(keys, old_account, settings, django_assert_num_queries):
    settings.DASHBOARD_ENCRYPTION_KEY = keys
    with django_assert_num_queries(1):
        assert Account.objects.with_username("somebody").get() == old_account


def test_name_and_password_are_checked_in_two_queries(old_account, settings, django_assert_num_queries):
    settings.DASHBOARD_ENCRYPTION_KEY = ["old", "b", "c"]
    with django_assert_num_queries(2):  # the account, and the failures of this client
        assert authenticate(username="somebody", password=PASSWORD) == old_account


@pytest.mark.parametrize("given", [{"username": "nobody"}, {"password": "not the password"}])
def test_django_is_told_that_nobody_is_signed_in(given, old_account, rf, settings):
    settings.DASHBOARD_ENCRYPTION_KEY = ["old"]
    request = rf.post("/", REMOTE_ADDR="203.0.113.7")
    assert authenticate(request, **CREDENTIALS | given) is None
    assert Event.objects.values_list("action", "ip_address").get() == ("refuse-sign-in", "203.0.113.7")
