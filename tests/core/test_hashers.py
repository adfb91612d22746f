"""The password hasher: passwords of any length and script, keys that change, and rows of a Node Dashboard."""

import hashlib
import os
import re
import sys
from concurrent.futures import Future
from functools import cache
from typing import Any

import bcrypt
import pytest
from django.contrib.auth.hashers import check_password, identify_hasher, make_password
from hypothesis import given, strategies
from hypothesis import settings as effort

from accounts.models import Account
from dashboard.core.actor import Actor, ActorKind
from dashboard.core.crypto import hashers, hashing
from sessions_app.services import sessions
from tests import node
from tests.factories import AccountFactory

NODE_ROWS = node.rows("accounts")
PASSWORDS = strategies.text(max_size=200)
ENCODED = re.compile(r"dashboard_bcrypt\$[0-9a-f]{8}\$2b\$04\$[./A-Za-z0-9]{53}")

SOMEBODY = Actor(ActorKind.ANYBODY)


def from_node(account: dict[str, Any]) -> str:
    """The password hash of a Node Dashboard's row in our form."""
    return (
        f"dashboard_bcrypt${hashing.Key(hashing.NO_KEY).fingerprint}{NODE_ROWS[account['accountid']]['passwordHash']}"
    )


def is_due(encoded: str) -> bool:
    return identify_hasher(encoded).must_update(encoded)


# Round trip


@effort(max_examples=60, deadline=None)
@given(password=PASSWORDS, other=PASSWORDS)
def test_a_password_verifies_and_no_other_does(password: str, other: str) -> None:
    encoded = make_password(password)
    assert ENCODED.fullmatch(encoded)
    assert check_password(password, encoded)
    assert check_password(other, encoded) == (other == password)
    assert not is_due(encoded)


@effort(max_examples=30, deadline=None)
@given(password=strategies.text(min_size=1, max_size=200))
def test_every_character_of_a_password_counts(password: str) -> None:
    encoded = make_password(password)
    assert not check_password(password[:-1], encoded)
    assert not check_password(password + "\0", encoded)


@pytest.mark.parametrize("length", [71, 72, 73, 100, 200])
def test_a_password_is_not_cut(length: int) -> None:
    encoded = make_password("ä" * length)
    assert check_password("ä" * length, encoded)
    assert not check_password("ä" * (length + 1), encoded)


def test_the_same_password_has_another_hash_each_time() -> None:
    assert make_password("a password") != make_password("a password")


def test_form_of_a_hash(settings: Any) -> None:
    settings.DASHBOARD_ENCRYPTION_KEY = ["our key"]
    _, fingerprint, bcrypt_hash = make_password("a password").split("$", 2)
    digest = hashlib.sha256(b"a passwordour key").hexdigest()
    assert fingerprint == hashing.Key("our key").fingerprint
    assert bcrypt.checkpw(digest.encode(), f"${bcrypt_hash}".encode())


# Keys


@pytest.mark.parametrize(
    ("made_with", "listed", "verifies", "due"),
    [
        (["old"], ["old"], True, False),
        (["old"], ["old", "older"], True, False),
        (["old"], ["new", "old"], True, True),
        (["old"], ["newer", "new", "old"], True, True),
        (["old", "older"], ["old"], True, False),
        (["old"], ["new"], False, True),
        (["old"], ["new", hashing.NO_KEY], False, True),
    ],
)
def test_the_first_key_makes_and_all_verify(
    settings: Any, made_with: list[str], listed: list[str], verifies: bool, due: bool
) -> None:
    settings.DASHBOARD_ENCRYPTION_KEY = made_with
    encoded = make_password("a password")
    settings.DASHBOARD_ENCRYPTION_KEY = listed
    assert check_password("a password", encoded) is verifies
    assert not check_password("another password", encoded)
    assert is_due(encoded) is due


def test_a_hash_does_not_verify_under_the_fingerprint_of_another_key(settings: Any) -> None:
    settings.DASHBOARD_ENCRYPTION_KEY = ["new", "old"]
    encoded = make_password("a password")
    forged = encoded.replace(hashing.Key("new").fingerprint, hashing.Key("old").fingerprint)
    assert forged != encoded
    assert not check_password("a password", forged)


@pytest.mark.parametrize(("factor", "due"), [(4, False), (5, True)])
def test_a_hash_of_another_work_factor_is_due_for_renewal(settings: Any, factor: int, due: bool) -> None:
    encoded = make_password("a password")
    settings.BCRYPT_WORKLOAD_FACTOR = factor
    assert is_due(encoded) is due
    assert f"$2b$0{factor}$" in make_password("a password")
    assert check_password("a password", encoded)


@pytest.mark.parametrize("encoded", ["", "!", "!unusable", "plain", "md5$a$b"])
def test_what_is_no_hash_verifies_nothing(encoded: str) -> None:
    assert not Account(password=encoded).check_password("a password")


# Rows of a Node Dashboard


@pytest.fixture
def _node_keys(settings: Any) -> None:
    settings.DASHBOARD_ENCRYPTION_KEY = ["our key", hashing.NO_KEY]


@pytest.mark.usefixtures("_node_keys")
@pytest.mark.parametrize("account", node.ACCOUNTS, ids=lambda account: account["username"])
def test_password_of_a_node_dashboard(account: dict[str, Any]) -> None:
    assert check_password(account["password"], from_node(account))
    assert not check_password(account["password"] + "x", from_node(account))
    assert is_due(from_node(account))


def test_password_of_a_node_dashboard_needs_its_key(settings: Any) -> None:
    settings.DASHBOARD_ENCRYPTION_KEY = ["our key"]
    assert not check_password(node.ACCOUNTS[0]["password"], from_node(node.ACCOUNTS[0]))


@pytest.mark.usefixtures("_node_keys", "db")
def test_somebody_from_a_node_dashboard_signs_in_and_their_hash_is_renewed() -> None:
    known = node.ACCOUNTS[0]
    username_hash = NODE_ROWS[known["accountid"]]["usernameHash"]
    AccountFactory(accountid=known["accountid"], username_hash=username_hash, password=from_node(known))
    assert sessions.create_session(known["username"], known["password"], "", SOMEBODY).account_id == known["accountid"]
    renewed = Account.objects.get(pk=known["accountid"])
    assert renewed.password.split("$")[1] == hashing.Key("our key").fingerprint
    assert not is_due(renewed.password)
    assert sessions.create_session(known["username"], known["password"], "", SOMEBODY).account_id == known["accountid"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no niceness of their own")
def test_hashing_stands_back_behind_requests() -> None:
    niceness: Future[int] = hashers._background().submit(os.nice, 0)
    assert niceness.result() == min(os.nice(0) + hashers.NICENESS, 19)


def test_passwords_are_hashed_where_threads_may_not_change_their_niceness(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(increment: int) -> int:
        raise PermissionError("Operation not permitted")

    monkeypatch.setattr(os, "nice", refuse)
    monkeypatch.setattr(hashers, "_background", cache(hashers._background.__wrapped__))
    assert check_password("a password", make_password("a password"))
    hashers._background().shutdown()
