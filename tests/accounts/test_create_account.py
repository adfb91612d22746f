"""user/create-account: somebody registers."""

import hashlib

import pytest
import time_machine

from accounts.models import Account, Profile
from accounts.services import registration
from dashboard.core.crypto.hashers import hash_password
from tests.accounts.profile_cases import PROFILE
from tests.client import outcome
from tests.factories import PASSWORD, AccountFactory
from tests.forms import an_id

NOW = "2022-06-24T02:42:50.974999Z"
WIRE_NOW = "2022-06-24T02:42:50.974Z"
CREDENTIALS = {"username": "somebody", "password": PASSWORD}

ACCOUNT = {
    "accountid": an_id("acct"),
    "object": "account",
    "appid": "dashboard",
    "sessionKeyNumber": 1,
    "createdAt": WIRE_NOW,
    "updatedAt": WIRE_NOW,
}
OWNER = {"owner": True, "ownerSince": WIRE_NOW, "administrator": True, "administratorSince": WIRE_NOW}


def create(guest, **fields):
    return guest.post("user/create-account", CREDENTIALS | fields)


@pytest.fixture
def somebody(db):
    """So that whoever registers is not the first."""
    return AccountFactory()


@time_machine.travel(NOW, tick=False)
def test_first_account_is_owner_and_administrator(guest):
    assert create(guest).json() == ACCOUNT | OWNER
    assert Account.objects.get().owner_since == Account.objects.get().administrator_since is not None


@time_machine.travel(NOW, tick=False)
def test_later_accounts_have_no_role(guest, somebody):
    assert create(guest).json() == ACCOUNT
    assert not Account.objects.filter(administrator_since__isnull=False).exists()


@time_machine.travel(NOW, tick=False)
def test_first_account_of_every_appid_is_its_owner(guest, somebody, settings):
    settings.APPID = "another"
    assert create(guest).json() == ACCOUNT | OWNER | {"appid": "another"}
    assert create(guest, username="anybody").json() == ACCOUNT | {"appid": "another"}


def test_name_of_another_appid_is_free(guest, settings):
    first = create(guest).json()
    settings.APPID = "another"
    assert create(guest).json()["accountid"] != first["accountid"]
    assert outcome(create(guest)) == (409, "duplicate-username")


def test_name_and_password_are_stored_only_as_hashes(guest, settings):
    settings.DASHBOARD_ENCRYPTION_KEY = ["new", "old"]
    create(guest)
    row = Account.objects.values().get()
    assert row["username_hash"] == hashlib.sha512(b"somebody:new").hexdigest()
    assert row["password"].startswith("dashboard_bcrypt$")
    assert not any(secret in str(value) for value in row.values() for secret in CREDENTIALS.values())


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("a" * 6, "b" * 7 + "x"),
        ("a" * 50, "b" * 50),
        ("ünïcödé", "pässwörd"),
        ("with spaces", " leading and trailing "),
        ("名前名前名前", "密码密码密码" * 8),
    ],
)
def test_new_account_signs_in_with_its_name_and_password_as_they_were_given(username, password, guest):
    credentials = {"username": username, "password": password}
    accountid = guest.post("user/create-account", credentials).json()["accountid"]
    assert guest.post("user/create-session", credentials).json()["accountid"] == accountid


def test_password_counts_whole(guest, settings):
    settings.MAXIMUM_PASSWORD_LENGTH = 100
    create(guest, password="a" * 99 + "b")
    session = {"username": "somebody", "password": "a" * 99 + "c"}
    assert outcome(guest.post("user/create-session", session)) == (401, "invalid-password")


def test_registering_signs_nobody_in(guest):
    response = create(guest)
    assert not response.cookies
    assert "lastSignedInAt" not in response.json()


def test_name_under_an_older_key_is_taken(guest, settings):
    settings.DASHBOARD_ENCRYPTION_KEY = ["old"]
    create(guest)
    settings.DASHBOARD_ENCRYPTION_KEY = ["new", "old"]
    assert outcome(create(guest)) == (409, "duplicate-username")


def test_name_of_a_scheduled_account_is_taken(guest):
    AccountFactory(username="somebody", scheduled=True)
    assert outcome(create(guest)) == (409, "duplicate-username")


@pytest.mark.parametrize("name", ["username", "password"])
def test_lengths_are_those_of_the_settings(name, guest, settings):
    setattr(settings, f"MINIMUM_{name.upper()}_LENGTH", 2)
    setattr(settings, f"MAXIMUM_{name.upper()}_LENGTH", 3)
    refused = (400, f"invalid-{name}-length")
    fields = [{"username": f"somebody{length}", name: "é" * length} for length in range(1, 5)]
    assert [outcome(create(guest, **given)) for given in fields] == [refused, (200, ""), (200, ""), refused]


@pytest.mark.parametrize(("others", "expected"), [(0, (200, "")), (1, (403, "registration-disabled"))])
def test_contract_disables_registration_but_for_the_owner(others, expected, guest, settings):
    settings.DISABLE_REGISTRATION = settings.ALLOW_FIRST_REGISTRATION = True
    AccountFactory.create_batch(others)
    assert outcome(create(guest)) == expected
    assert Account.objects.count() == 1


@pytest.mark.parametrize("is_owner", [True, False])
def test_first_account_disables_registration_for_those_whose_password_is_being_hashed(
    is_owner, guest, settings, monkeypatch
):
    settings.DISABLE_REGISTRATION = settings.ALLOW_FIRST_REGISTRATION = True
    settings.FIRST_ACCOUNT_IS_OWNER = is_owner

    def hash_meanwhile(password):
        AccountFactory(owner=is_owner)
        return hash_password(password)

    monkeypatch.setattr(registration, "hash_password", hash_meanwhile)
    assert outcome(create(guest)) == (403, "registration-disabled")
    assert Account.objects.count() == 1


def test_accounts_of_another_appid_do_not_disable_registration(guest, somebody, settings):
    settings.APPID = "another"
    settings.DISABLE_REGISTRATION = settings.ALLOW_FIRST_REGISTRATION = True
    assert outcome(create(guest)) == (200, "")
    assert outcome(create(guest, username="anybody")) == (403, "registration-disabled")


def test_profile_fields_are_not_looked_at_unless_required(guest):
    answer = create(guest, **{"full-name": "a" * 1000, "contact-email": "none"}).json()
    assert "profileid" not in answer
    assert not Profile.objects.exists()


@pytest.fixture
def profile_required(settings):
    settings.REQUIRE_PROFILE = True
    return settings


@time_machine.travel(NOW, tick=False)
def test_required_profile_becomes_the_default(guest, somebody, profile_required):
    answer = create(guest, **PROFILE).json()
    assert answer == ACCOUNT | {"profileid": an_id("prof")}
    account = Account.objects.get(pk=answer["accountid"])
    profile = Profile.objects.get()
    assert (profile.profileid, profile.account_id) == (account.profile_id, account.accountid)
    assert answer["profileid"] == profile.profileid


def test_profile_has_only_the_fields_that_are_asked_for(guest, profile_required):
    create(guest, **PROFILE)
    row = Profile.objects.values().get()
    filled = {name for name, value in row.items() if value}
    assert filled == {"profileid", "account_id", "appid", "created_at", "updated_at", "full_name", "contact_email"}


@pytest.mark.parametrize(
    "fields",
    [
        list(PROFILE),
        list(reversed(PROFILE)),
        ["contact-email", "full-name"],
        ["website", "full-name", "dob"],
        *([name] for name in PROFILE),
    ],
    ids=",".join,
)
def test_profile_fields_are_checked_in_the_order_of_the_setting(fields, guest, profile_required):
    profile_required.USER_PROFILE_FIELDS = fields
    given = {}
    for name in fields:
        assert outcome(create(guest, **given)) == (400, f"invalid-{name}")
        given[name] = PROFILE[name]
    assert outcome(create(guest, **given)) == (200, "")


@pytest.mark.parametrize("name", ["full-name", "display-name", "company-name"])
def test_lengths_of_profile_fields_are_those_of_the_settings(name, guest, profile_required):
    setting = name.upper().replace("-", "_")
    setattr(profile_required, f"MINIMUM_PROFILE_{setting}_LENGTH", 2)
    setattr(profile_required, f"MAXIMUM_PROFILE_{setting}_LENGTH", 3)
    profile_required.USER_PROFILE_FIELDS = [name]
    refused = (400, f"invalid-{name}-length")
    outcomes = [outcome(create(guest, username=f"somebody{length}", **{name: "é" * length})) for length in range(1, 5)]
    assert outcomes == [refused, (200, ""), (200, ""), refused]


@pytest.mark.parametrize("name", ["phone", "occupation", "location", "website"])
def test_free_text_fits_its_column(name, guest, profile_required):
    profile_required.USER_PROFILE_FIELDS = [name]
    assert outcome(create(guest, **{name: "é" * 255})) == (200, "")


def test_no_account_remains_where_its_profile_is_refused(guest, profile_required):
    assert outcome(create(guest, **PROFILE | {"full-name": ""})) == (400, "invalid-full-name")
    assert not Account.objects.exists()
