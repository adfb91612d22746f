"""user/create-profile, update-profile, set-account-profile, delete-profile: the profiles of an account."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from accounts.models import Account, Profile
from tests.accounts.profile_cases import PROFILE
from tests.client import outcome
from tests.factories import AccountFactory, ProfileFactory
from tests.forms import an_id

EARLIER = datetime(2022, 6, 23, 2, 42, 51, 8999, tzinfo=UTC)
NOW = EARLIER + timedelta(days=1)
WIRE_EARLIER, WIRE_NOW = "2022-06-23T02:42:51.008Z", "2022-06-24T02:42:51.008Z"

ON_THE_WIRE = {
    "fullName": "Ada Lovelace",
    "contactEmail": "ada@example.com",
    "displayEmail": "countess@example.com",
    "displayName": "Ada",
    "companyName": "Analytical Engines",
    "dob": "1815-12-10",
    "phone": "+44 20 7946 0000",
    "occupation": "mathematician",
    "location": "London",
    "website": "https://ada.example.com",
}


@pytest.fixture
def every_field(settings):
    settings.USER_PROFILE_FIELDS = list(PROFILE)


def create(user, **fields):
    return user.post("user/create-profile", PROFILE | fields, accountid=user.account.accountid)


def update(user, profile, **fields):
    return user.patch("user/update-profile", PROFILE | fields, profileid=profile.profileid)


def make_default(user, profile):
    body = {"profileid": profile.profileid}
    return user.patch("user/set-account-profile", body, accountid=user.account.accountid)


def delete(user, profile):
    return user.delete("user/delete-profile", profileid=profile.profileid)


def default_of(user):
    return Account.objects.get(pk=user.account.pk).profile_id


@pytest.mark.usefixtures("every_field")
@time_machine.travel(NOW, tick=False)
def test_new_profile_is_answered_and_stored(user):
    answer = create(user).json()
    assert answer == ON_THE_WIRE | {
        "profileid": an_id("prof"),
        "object": "profile",
        "appid": "dashboard",
        "accountid": user.account.accountid,
        "createdAt": WIRE_NOW,
        "updatedAt": WIRE_NOW,
    }
    row = Profile.objects.get()
    assert (row.profileid, row.account_id, row.dob) == (answer["profileid"], user.account.pk, date(1815, 12, 10))
    assert row.as_json() == answer


@pytest.mark.parametrize(
    ("fields", "becomes_default"),
    [
        ({}, False),
        ({"default": "true"}, True),
        ({"default": "false"}, False),
        ({"default": ""}, False),
        ({"default": "TRUE"}, False),
        ({"default": ["true", "true"]}, False),
    ],
)
def test_new_profile_becomes_the_default_where_it_is_asked(fields, becomes_default, user):
    first = create(user, default="true").json()["profileid"]
    second = create(user, **fields).json()["profileid"]
    assert default_of(user) == (second if becomes_default else first)
    assert Profile.objects.count() == 2


def test_profile_that_is_not_the_default_leaves_the_account_as_it_was(user):
    before = Account.objects.values().get()
    create(user)
    assert Account.objects.values().get() == before


def test_profiles_have_only_the_fields_that_are_asked_for(user, settings):
    settings.USER_PROFILE_FIELDS = ["website", "dob"]
    answer = create(user).json()
    assert answer.keys() & ON_THE_WIRE.keys() == {"website", "dob"}
    row = Profile.objects.get()
    assert (row.full_name, row.contact_email) == ("", "")


def test_profile_fields_are_required_whatever_registration_requires(user, settings):
    settings.REQUIRE_PROFILE = False
    assert outcome(create(user, **{"full-name": ""})) == (400, "invalid-full-name")


@pytest.mark.usefixtures("every_field")
@time_machine.travel(NOW, tick=False)
def test_changed_profile_is_answered_and_stored(user):
    profile = ProfileFactory(account=user.account, created_at=EARLIER, updated_at=EARLIER, full_name="Nobody")
    answer = update(user, profile).json()
    assert answer == ON_THE_WIRE | {
        "profileid": profile.profileid,
        "object": "profile",
        "appid": "dashboard",
        "accountid": user.account.accountid,
        "createdAt": WIRE_EARLIER,
        "updatedAt": WIRE_NOW,
    }
    assert Profile.objects.get().as_json() == answer


def test_change_leaves_the_fields_that_are_not_asked_for(user, settings):
    settings.USER_PROFILE_FIELDS = ["location"]
    profile = ProfileFactory(account=user.account, full_name="Ada King", phone="1", dob=date(1815, 12, 10))
    answer = update(user, profile).json()
    kept = ("fullName", "phone", "dob", "location")
    assert [answer[name] for name in kept] == ["Ada King", "1", "1815-12-10", "London"]


def test_only_the_profile_that_is_named_changes(user):
    profile, _ = ProfileFactory.create_batch(2, account=user.account)
    others = Profile.objects.exclude(pk=profile.pk).order_by("pk")
    before, account = list(others.values()), Account.objects.values().get()
    assert outcome(update(user, profile)) == (200, "")
    assert list(others.values()) == before
    assert Account.objects.values().get() == account


@time_machine.travel(NOW, tick=False)
def test_new_default_is_answered_and_stored(user):
    Account.objects.update(created_at=EARLIER, updated_at=EARLIER)
    before = Account.objects.values().get()
    profile, other = ProfileFactory.create_batch(2, account=user.account)
    assert make_default(user, profile).json() == {
        "accountid": user.account.accountid,
        "object": "account",
        "appid": "dashboard",
        "profileid": profile.profileid,
        "sessionKeyNumber": 1,
        "createdAt": WIRE_EARLIER,
        "updatedAt": WIRE_NOW,
    }
    assert Account.objects.values().get() == before | {"profile_id": profile.profileid, "updated_at": NOW}
    assert make_default(user, other).json()["profileid"] == default_of(user) == other.profileid


def test_default_may_be_set_again(user):
    profile = ProfileFactory(account=user.account)
    assert [outcome(make_default(user, profile)) for _ in range(2)] == [(200, "")] * 2


def test_only_the_profile_that_is_named_is_deleted(user):
    profile, other = ProfileFactory.create_batch(2, account=user.account)
    anothers = ProfileFactory()
    assert delete(user, profile).content == b"true"
    assert set(Profile.objects.all()) == {other, anothers}
    assert outcome(user.get("user/profile", profileid=profile.profileid)) == (404, "invalid-profileid")


def test_default_is_deleted_once_another_one_is(user):
    profile, other = ProfileFactory.create_batch(2, account=user.account)
    make_default(user, profile)
    assert outcome(delete(user, profile)) == (409, "invalid-profile")
    make_default(user, other)
    assert outcome(delete(user, profile)) == (200, "")
    assert default_of(user) == other.profileid


def test_default_profile_of_another_account_is_anothers(user):
    account = AccountFactory()
    account.profile = ProfileFactory(account=account)
    account.save()
    for response in (delete(user, account.profile), make_default(user, account.profile)):
        assert outcome(response) == (403, "invalid-account")


def test_administrators_read_every_profile(administrator):
    profile = ProfileFactory()
    answer = administrator.get("administrator/profile", profileid=profile.profileid).json()
    assert answer == Profile.objects.get().as_json()
