"""The same username and password typed on another device, which spells letters with accents in another way."""

from unittest.mock import patch

import bcrypt
import pytest
from django.contrib.auth.hashers import make_password

from accounts.models import Account
from dashboard.core.crypto import hashing
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory

COMPOSED, DECOMPOSED = "m\u00fcllerin", "mu\u0308llerin"
SECRET, OTHER_SECRET = "schl\u00fcssel zum haus", "schlu\u0308ssel zum haus"
pytestmark = pytest.mark.django_db


def sign_in(username, password):
    return outcome(ApiClient().post("user/create-session", {"username": username, "password": password}))


def register(username, password=SECRET):
    return outcome(ApiClient().post("user/create-account", {"username": username, "password": password}))


def old_account(username, password):
    """An account whose hashes were made of what was typed."""
    return AccountFactory(username_hash=hashing.text_hashes(username)[0], password=make_password(password))


@pytest.mark.parametrize("first", [COMPOSED, DECOMPOSED])
@pytest.mark.parametrize("second", [COMPOSED, DECOMPOSED])
def test_account_is_the_same_on_every_device(first, second):
    assert register(first) == (200, "")
    for password in (SECRET, OTHER_SECRET):
        assert sign_in(second, password) == (200, "")
    assert register(second) == (409, "duplicate-username")


def test_new_hashes_are_of_the_normal_form():
    register(DECOMPOSED, OTHER_SECRET)
    account = Account.objects.get()
    assert account.username_hash == hashing.text_hashes(COMPOSED)[0]
    assert account.check_password(SECRET)


@pytest.mark.parametrize("stored", [(COMPOSED, SECRET), (DECOMPOSED, OTHER_SECRET)])
@pytest.mark.parametrize("typed", [(COMPOSED, SECRET), (DECOMPOSED, OTHER_SECRET)])
def test_hashes_made_before_still_verify_and_are_renewed(stored, typed):
    old_account(*stored)
    assert sign_in(*typed) == (200, "")
    account = Account.objects.get()
    assert account.username_hash == hashing.text_hashes(COMPOSED)[0]
    with patch("accounts.models.spellings", lambda text: (text,)):
        assert account.check_password(SECRET)


def test_up_to_date_hash_is_not_renewed():
    account = old_account(COMPOSED, SECRET)
    assert sign_in(DECOMPOSED, OTHER_SECRET) == (200, "")
    assert Account.objects.get().password == account.password


def test_of_two_accounts_with_one_name_each_is_found_by_its_own_spelling():
    """Before texts were normalized, both could register."""
    ours, theirs = old_account(COMPOSED, "a first password"), old_account(DECOMPOSED, "a second password")
    assert sign_in(COMPOSED, "a first password") == sign_in(DECOMPOSED, "a second password") == (200, "")
    assert [Account.objects.get(pk=it.pk).username_hash for it in (ours, theirs)] == [
        hashing.text_hashes(COMPOSED)[0],
        hashing.text_hashes(DECOMPOSED)[0],
    ]


def test_changed_username_and_password_are_the_same_on_every_device():
    register("somebody", PASSWORD)
    client = ApiClient()
    session = client.post("user/create-session", {"username": "somebody", "password": PASSWORD}).json()
    accountid = session["accountid"]
    fields = {"new-password": OTHER_SECRET, "password": PASSWORD}
    assert outcome(client.patch("user/set-account-password", fields, accountid=accountid)) == (200, "")
    fields = {"new-username": DECOMPOSED, "password": SECRET}
    assert outcome(client.patch("user/set-account-username", fields, accountid=accountid)) == (200, "")
    assert sign_in(COMPOSED, SECRET) == (200, "")
    fields = {"username": COMPOSED, "password": OTHER_SECRET}
    answer = client.patch("user/set-session-verified", fields, sessionid=session["sessionid"])
    assert outcome(answer) == (200, "")


WITHOUT_MARKS = "\u0436" * 8


@pytest.mark.parametrize(
    ("password", "hashes"),
    [("a wrong password", 1), (WITHOUT_MARKS, 1), ("wr\u00f6ng password", 2), ("wro\u0308ng password", 2)],
)
@pytest.mark.parametrize("username", ["somebody", "nobody"])
def test_wrong_password_costs_as_much_as_an_unknown_username(username, password, hashes):
    AccountFactory(username="somebody")
    with patch.object(bcrypt, "hashpw", wraps=bcrypt.hashpw) as hashed:
        sign_in(username, password)
    assert hashed.call_count == hashes


def test_length_counts_the_characters_of_the_normal_form():
    assert register("u\u0308" * 5) == register("\u00fc" * 5) == (400, "invalid-username-length")
    assert register("u\u0308" * 6) == (200, "")


@pytest.mark.parametrize("username", ["u\u0308" * 20_000, "\u0301\u0323" * 50_000])
def test_endless_marks_are_an_unknown_username(username):
    assert sign_in(username, username) == (401, "invalid-username")
