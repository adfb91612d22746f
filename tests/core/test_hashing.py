"""The keyed hashes of usernames, reset codes and session tokens, against rows that a Node Dashboard wrote."""

import hashlib
from typing import Any

import pytest

from dashboard.core.crypto import hashing
from tests import node

ACCOUNTS = node.rows("accounts")
SESSIONS = node.rows("sessions")
RESET_CODES = node.rows("resetCodes")
KNOWN_SESSIONS = [(account, session) for account in node.ACCOUNTS for session in account["sessions"]]
KNOWN_CODES = [code for account in node.ACCOUNTS for code in account["resetCodes"]]


@pytest.fixture(autouse=True)
def _keys(settings: Any) -> None:
    settings.DASHBOARD_ENCRYPTION_KEY = ["our key", "an older key", hashing.NO_KEY]
    settings.DASHBOARD_SESSION_KEY = ["our session key", node.KNOWN["dashboardSessionKey"]]


def sha512(text: str) -> str:
    return hashlib.sha512(text.encode()).hexdigest()


def node_token_matches(account: dict[str, Any], sessionid: str, token: str) -> bool:
    session_key = ACCOUNTS[account["accountid"]]["sessionKey"]
    return hashing.token_matches(SESSIONS[sessionid]["tokenHash"], account["accountid"], token, session_key)


# Rows of a Node Dashboard


@pytest.mark.parametrize("account", node.ACCOUNTS, ids=lambda account: account["username"])
def test_username_of_a_node_dashboard(account: dict[str, Any]) -> None:
    stored = ACCOUNTS[account["accountid"]]["usernameHash"]
    assert stored in hashing.text_hashes(account["username"])
    assert stored not in hashing.text_hashes(account["username"].upper())


@pytest.mark.parametrize("code", KNOWN_CODES, ids=lambda code: code["codeid"])
def test_reset_code_of_a_node_dashboard(code: dict[str, Any]) -> None:
    stored = RESET_CODES[code["codeid"]]["secretCodeHash"]
    assert stored in hashing.text_hashes(code["code"])
    assert stored not in hashing.text_hashes(code["code"] + "0")


@pytest.mark.parametrize(("account", "session"), KNOWN_SESSIONS, ids=lambda known: known.get("sessionid", ""))
def test_token_of_a_node_dashboard_matches_unless_the_session_key_was_reset(account: Any, session: Any) -> None:
    was_reset = account["state"] == "session key reset"
    assert node_token_matches(account, session["sessionid"], session["token"]) is not was_reset
    assert not node_token_matches(account, session["sessionid"], "0" * 64)


def test_both_kinds_of_session_are_known() -> None:
    assert {account["state"] for account, _ in KNOWN_SESSIONS} > {"plain", "session key reset"}


@pytest.mark.parametrize(
    ("name", "listed"),
    [("DASHBOARD_SESSION_KEY", ["our session key"]), ("DASHBOARD_ENCRYPTION_KEY", ["our key", "an older key"])],
)
def test_token_of_a_node_dashboard_needs_both_of_its_keys(settings: Any, name: str, listed: list[str]) -> None:
    account, session = KNOWN_SESSIONS[0]
    setattr(settings, name, listed)
    assert not node_token_matches(account, session["sessionid"], session["token"])


# Lists of keys


def test_text_is_hashed_under_every_key_the_first_one_first() -> None:
    expected = [sha512("ünï:our key"), sha512("ünï:an older key"), sha512("ünï:undefined")]
    assert hashing.text_hashes("ünï") == expected


def test_token_is_hashed_under_the_first_keys() -> None:
    expected = sha512("acct_1/abc/session key/our session key:our key")
    assert hashing.token_hash("acct_1", "abc", "session key") == expected


@pytest.mark.parametrize("session_key", ["our session key", node.KNOWN["dashboardSessionKey"]])
@pytest.mark.parametrize("key", ["our key", "an older key", "undefined"])
def test_token_matches_under_every_pair_of_keys(session_key: str, key: str) -> None:
    stored = sha512(f"acct_1/abc/session key/{session_key}:{key}")
    assert hashing.token_matches(stored, "acct_1", "abc", "session key")
    for other in (("acct_2", "abc", "session key"), ("acct_1", "abd", "session key"), ("acct_1", "abc", "new key")):
        assert not hashing.token_matches(stored, *other)


def test_a_key_that_is_taken_off_the_list_matches_no_more(settings: Any) -> None:
    stored = hashing.token_hash("acct_1", "abc", "session key")
    settings.DASHBOARD_SESSION_KEY = ["another", "and another"]
    assert not hashing.token_matches(stored, "acct_1", "abc", "session key")


@pytest.mark.parametrize("stored", ["", "0" * 128])
def test_a_stored_hash_of_another_form_matches_nothing(stored: str) -> None:
    assert not hashing.token_matches(stored, "acct_1", "abc", "session key")


@pytest.mark.parametrize(
    ("value", "suffix", "password_suffix"), [(hashing.NO_KEY, "undefined", ""), ("a key", "a key", "a key")]
)
def test_what_a_key_puts_into_a_hash(value: str, suffix: str, password_suffix: str) -> None:
    key = hashing.Key(value)
    assert (key.suffix, key.password_suffix) == (suffix, password_suffix)


def test_fingerprint_tells_keys_apart_and_stays_the_same() -> None:
    values = [hashing.NO_KEY, "a key", "a kez", "schlüssel", "k" * 1000]
    fingerprints = [hashing.Key(value).fingerprint for value in values]
    assert len(set(fingerprints)) == len(values)
    assert all(len(fingerprint) == 8 and int(fingerprint, 16) >= 0 for fingerprint in fingerprints)
    assert fingerprints[:2] == ["35e6d626", "19c6dfd9"]
