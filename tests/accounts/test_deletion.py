"""set-account-deleted, reset-account-deleted and delete-account: of one's own account, and by administrators."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db.models import RestrictedError

from accounts.models import Account, Profile
from resetcodes.models import ResetCode
from sessions_app.models import Session
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory, ProfileFactory, ResetCodeFactory, SessionFactory

NOW = datetime(2022, 6, 24, 2, 42, 51, 8999, tzinfo=UTC)
WIRE_NOW = "2022-06-24T02:42:51.008Z"
CREDENTIALS = {"username": "somebody", "password": PASSWORD}


def delete(user):
    return user.patch("user/set-account-deleted", {"password": PASSWORD}, accountid=user.account.accountid)


def restore(guest):
    return guest.patch("user/reset-account-deleted", CREDENTIALS)


def signed_in_somebody():
    return ApiClient(SessionFactory(account=AccountFactory(username="somebody")))


@pytest.mark.parametrize(
    ("days", "deleted_at"),
    [(7, "2022-07-01T02:42:51.008Z"), (1, "2022-06-25T02:42:51.008Z"), (0, WIRE_NOW)],
)
@time_machine.travel(NOW, tick=False)
def test_account_is_due_after_the_delay(days, deleted_at, settings, db):
    settings.DELETE_DELAY = days
    user = signed_in_somebody()
    assert delete(user).json() == {
        "accountid": user.account.accountid,
        "object": "account",
        "appid": "dashboard",
        "sessionKeyNumber": 1,
        "deletedAt": deleted_at,
        "createdAt": WIRE_NOW,
        "updatedAt": WIRE_NOW,
    }


@time_machine.travel(NOW, tick=False)
def test_only_the_account_itself_is_scheduled(db):
    user, other = signed_in_somebody(), ApiClient(SessionFactory())
    before = Account.objects.values().get(pk=user.account.pk)
    delete(user)
    due = NOW + timedelta(days=7)
    assert Account.objects.values().get(pk=user.account.pk) == before | {"deleted_at": due, "updated_at": NOW}
    assert outcome(other.get("user/account", accountid=other.account.accountid)) == (200, "")
    assert list(Account.objects.exclude(deleted_at=None)) == [user.account]


def test_every_session_of_a_scheduled_account_ends(db):
    with time_machine.travel(NOW, tick=False) as clock:
        user = signed_in_somebody()
        other = ApiClient(SessionFactory(account=user.account))
        clock.shift(5)
        delete(user)
        assert set(Session.objects.values_list("ended_at", flat=True)) == {NOW + timedelta(seconds=5)}
        for client in (user, other):
            refused = client.get("user/account", accountid=user.account.accountid)
            assert outcome(refused) == (401, "Sign in required")


def test_session_that_was_over_keeps_the_time_of_its_end(db):
    with time_machine.travel(NOW, tick=False):
        user = signed_in_somebody()
        over = SessionFactory(account=user.account, ended_at=NOW - timedelta(minutes=5))
        expired = SessionFactory(account=user.account, expires_at=NOW - timedelta(minutes=5))
        delete(user)
        assert Session.objects.get(pk=over.pk).ended_at == NOW - timedelta(minutes=5)
        assert Session.objects.get(pk=expired.pk).ended_at is None


@pytest.mark.parametrize("role", [{"administrator": True}, {"owner": True}], ids=str)
def test_administrators_are_scheduled_by_themselves_too(role, db):
    assert outcome(delete(ApiClient(SessionFactory(account=AccountFactory(**role))))) == (200, "")


def test_scheduled_account_does_not_sign_in_until_it_is_restored(guest):
    delete(signed_in_somebody())
    assert outcome(guest.post("user/create-session", CREDENTIALS)) == (403, "invalid-account")
    restore(guest)
    assert outcome(guest.post("user/create-session", CREDENTIALS)) == (200, "")


def test_restored_account_is_answered_and_stored_without_a_date(guest):
    with time_machine.travel(NOW, tick=False) as clock:
        user = signed_in_somebody()
        before = Account.objects.values().get()
        delete(user)
        clock.shift(60)
        assert restore(guest).json() == {
            "accountid": user.account.accountid,
            "object": "account",
            "appid": "dashboard",
            "sessionKeyNumber": 1,
            "createdAt": WIRE_NOW,
            "updatedAt": "2022-06-24T02:43:51.008Z",
        }
    assert Account.objects.values().get() == before | {"updated_at": NOW + timedelta(seconds=60)}


@pytest.mark.parametrize(
    ("days", "wait", "expected"),
    [
        (7, timedelta(0), (200, "")),
        (7, timedelta(days=7, microseconds=-1), (200, "")),
        (7, timedelta(days=7), (409, "invalid-account")),
        (7, timedelta(days=8), (409, "invalid-account")),
        (0, timedelta(0), (409, "invalid-account")),
    ],
)
def test_account_is_restored_until_it_is_due(days, wait, expected, guest, settings):
    settings.DELETE_DELAY = days
    with time_machine.travel(NOW, tick=False) as clock:
        delete(signed_in_somebody())
        clock.shift(wait)
        assert outcome(restore(guest)) == expected
    assert Account.objects.filter(deleted_at=None).exists() is (expected[0] == 200)


def test_delay_of_another_day_does_not_move_what_is_scheduled(guest, settings):
    delete(signed_in_somebody())
    settings.DELETE_DELAY = 0
    assert outcome(restore(guest)) == (200, "")


def test_restoring_brings_no_session_back(guest):
    user = signed_in_somebody()
    delete(user)
    assert outcome(restore(guest)) == (200, "")
    assert outcome(user.get("user/account", accountid=user.account.accountid)) == (401, "Sign in required")


def test_account_of_another_appid_is_not_restored(guest, settings):
    delete(signed_in_somebody())
    settings.APPID = "another"
    assert outcome(restore(guest)) == (401, "invalid-username")


@time_machine.travel(NOW, tick=False)
def test_administrators_schedule_and_restore_anybody(administrator):
    account = AccountFactory()
    accountid = account.accountid
    plain = {"accountid": accountid, "object": "account", "appid": "dashboard", "sessionKeyNumber": 1}
    plain |= {"createdAt": WIRE_NOW, "updatedAt": WIRE_NOW}
    before = Account.objects.values().get(pk=accountid)
    answer = administrator.patch("administrator/set-account-deleted", accountid=accountid).json()
    assert answer == plain | {"deletedAt": "2022-07-01T02:42:51.008Z"}
    scheduled = before | {"deleted_at": NOW + timedelta(days=7)}
    assert Account.objects.values().get(pk=accountid) == scheduled
    assert administrator.patch("administrator/reset-account-deleted", accountid=accountid).json() == plain
    assert Account.objects.values().get(pk=accountid) == before


def test_sessions_of_an_account_that_an_administrator_schedules_end(administrator, user):
    administrator.patch("administrator/set-account-deleted", accountid=user.account.accountid)
    assert Session.objects.get(pk=user.session.pk).ended_at is not None
    administrator.patch("administrator/reset-account-deleted", accountid=user.account.accountid)
    assert outcome(user.get("user/account", accountid=user.account.accountid)) == (401, "Sign in required")
    assert outcome(administrator.get("administrator/accounts-count")) == (200, "")


@pytest.mark.parametrize("model", [Account, Session, ResetCode, Profile])
@pytest.mark.parametrize("state", [{}, {"scheduled": True}, {"administrator": True}], ids=str)
def test_account_is_deleted_at_once_with_all_that_it_has(state, model, owner):
    account, other = AccountFactory(**state), AccountFactory()
    for somebody in (account, other):
        SessionFactory(account=somebody)
        ResetCodeFactory(account=somebody)
        ProfileFactory(account=somebody)
        somebody.profile = ProfileFactory(account=somebody)
        somebody.save()
    account_of = "pk" if model is Account else "account"
    kept = list(model.objects.exclude(**{account_of: account.pk}).order_by("pk").values())
    response = owner.delete("administrator/delete-account", accountid=account.accountid)
    assert response.content == b"true"
    assert kept
    assert list(model.objects.order_by("pk").values()) == kept


def test_deleted_account_cannot_sign_in_and_its_name_is_free(administrator, guest):
    account = AccountFactory(username="somebody")
    administrator.delete("administrator/delete-account", accountid=account.accountid)
    assert outcome(guest.post("user/create-session", CREDENTIALS)) == (401, "invalid-username")
    assert outcome(guest.post("user/create-account", CREDENTIALS)) == (200, "")


def test_administrators_delete_themselves_and_are_signed_out(administrator):
    accountid = administrator.account.accountid
    assert outcome(administrator.delete("administrator/delete-account", accountid=accountid)) == (200, "")
    assert outcome(administrator.get("administrator/accounts-count")) == (401, "Sign in required")


def test_owner_is_deleted_only_after_passing_ownership_on(owner):
    account = AccountFactory()
    delete_owner = {"accountid": owner.account.accountid}
    assert outcome(owner.delete("administrator/delete-account", **delete_owner)) == (409, "invalid-account")
    owner.patch("administrator/set-owner-account", accountid=account.accountid)
    assert outcome(owner.delete("administrator/delete-account", **delete_owner)) == (200, "")
    assert list(Account.objects.owner()) == [account]


def test_default_profile_does_not_go_alone(db):
    account = AccountFactory()
    account.profile = ProfileFactory(account=account)
    account.save()
    with pytest.raises(RestrictedError):
        account.profile.delete()
    assert Profile.objects.exists()
