"""Secrets that are read again are encrypted with DASHBOARD_ENCRYPTION_KEY, each for its row."""

from typing import Any

import pytest

from dashboard.core.crypto import encryption
from dashboard.core.crypto.hashing import NO_KEY

SECRET, ROW = "a secret: with a colon", "fact_0123456789abcdef"


def test_secret_is_read_again(settings: Any) -> None:
    encrypted = encryption.encrypt(SECRET, ROW)
    assert SECRET not in encrypted
    assert encryption.decrypt(encrypted, ROW) == SECRET
    assert encrypted != encryption.encrypt(SECRET, ROW)


def test_every_key_reads_and_the_newest_writes(settings: Any) -> None:
    settings.DASHBOARD_ENCRYPTION_KEY = ["an old key"]
    old = encryption.encrypt(SECRET, ROW)
    settings.DASHBOARD_ENCRYPTION_KEY = ["a new key", "an old key", NO_KEY]
    assert encryption.decrypt(old, ROW) == SECRET
    new = encryption.encrypt(SECRET, ROW)
    assert (encryption.is_outdated(old, ROW), encryption.is_outdated(new, ROW)) == (True, False)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-8] + "AAAA" + text[-4:],
        lambda text: "AAAA" + text[4:],
        lambda text: text[:16],
        lambda text: "",
        lambda text: "no secret",
        lambda text: "é",
    ],
)
def test_what_was_changed_is_not_read(change: Any) -> None:
    with pytest.raises(encryption.UnreadableSecretError):
        encryption.decrypt(change(encryption.encrypt(SECRET, ROW)), ROW)


def test_another_key_and_another_row_read_nothing(settings: Any) -> None:
    encrypted = encryption.encrypt(SECRET, ROW)
    with pytest.raises(encryption.UnreadableSecretError):
        encryption.decrypt(encrypted, "fact_fedcba9876543210")
    settings.DASHBOARD_ENCRYPTION_KEY = ["another key"]
    with pytest.raises(encryption.UnreadableSecretError):
        encryption.decrypt(encrypted, ROW)
