"""reset-code and delete-reset-code: reading a code and taking it back, one's own and by administrators."""

import pytest
import time_machine

from accounts.models import Account
from resetcodes.models import ResetCode
from tests.client import outcome
from tests.factories import AccountFactory, ResetCodeFactory

NOW = "2022-06-24T02:42:47.362999Z"

each_role = pytest.mark.parametrize("role", ["user", "administrator"])


@pytest.fixture
def client(role, request):
    return request.getfixturevalue(role)


@pytest.fixture
def code(client, role):
    """One's own, or, for an administrator, anybody's."""
    with time_machine.travel(NOW, tick=False):
        return ResetCodeFactory(account=client.account if role == "user" else AccountFactory(username="somebody"))


@each_role
def test_code_is_answered_without_its_secret(role, client, code):
    assert client.get(f"{role}/reset-code", codeid=code.codeid).json() == {
        "codeid": code.codeid,
        "object": "resetCode",
        "appid": "dashboard",
        "accountid": code.account_id,
        "expiresAt": "2022-06-25T02:42:47.362Z",
        "createdAt": "2022-06-24T02:42:47.362Z",
        "updatedAt": "2022-06-24T02:42:47.362Z",
    }


@each_role
def test_only_the_code_that_is_named_is_deleted(role, client, code):
    others = {ResetCodeFactory(account=code.account), ResetCodeFactory()}
    before = list(Account.objects.order_by("pk").values())
    assert client.delete(f"{role}/delete-reset-code", codeid=code.codeid).content == b"true"
    assert set(ResetCode.objects.all()) == others
    assert list(Account.objects.order_by("pk").values()) == before
    assert outcome(client.get(f"{role}/reset-code", codeid=code.codeid)) == (404, "invalid-reset-codeid")


@pytest.mark.parametrize("role", ["administrator"])
def test_deleted_code_does_not_work(role, client, code, guest):
    client.delete("administrator/delete-reset-code", codeid=code.codeid)
    body = {"username": "somebody", "new-password": "another long password", "secret-code": "abc123def456"}
    assert outcome(guest.patch("user/reset-account-password", body)) == (401, "invalid-reset-code")
