"""Encrypt secrets that have to be read again, such as those of authenticator apps, with DASHBOARD_ENCRYPTION_KEY.

Fernet (AES-128-CBC with HMAC-SHA256) with keys that HKDF (RFC 5869) derives from the items of the list: the first one
encrypts, every one decrypts. A secret is bound to the id of its row, so that it decrypts in no other.
"""

from base64 import urlsafe_b64encode
from functools import lru_cache
from typing import Any

from dashboard.core.hashing import NO_KEY, encryption_keys
from dashboard.core.lazy_modules import lazy_module

fernet = lazy_module("cryptography.fernet")
hashes = lazy_module("cryptography.hazmat.primitives.hashes")
hkdf = lazy_module("cryptography.hazmat.primitives.kdf.hkdf")

PURPOSE = b"dashboard secrets of second factors"


class UnreadableSecretError(Exception):
    """Raised for a secret that no key in DASHBOARD_ENCRYPTION_KEY decrypts, or that belongs to another row."""


def encrypt(text: str, rowid: str) -> str:
    """Return a text encrypted with the newest key, for the row with this id."""
    encrypted: bytes = _fernets(_values())[0].encrypt(f"{rowid}:{text}".encode())
    return encrypted.decode()


def decrypt(encrypted: str, rowid: str) -> str:
    """Return the text that was encrypted for the row with this id. Raises UnreadableSecretError."""
    try:
        decrypted: bytes = fernet.MultiFernet(_fernets(_values())).decrypt(encrypted)
    except fernet.InvalidToken:
        raise UnreadableSecretError from None
    owner, _, text = decrypted.decode().partition(":")
    if owner != rowid:
        raise UnreadableSecretError
    return text


def is_outdated(encrypted: str) -> bool:
    """Return whether a text was encrypted with an older key than the newest."""
    try:
        _fernets(_values())[0].decrypt(encrypted)
    except fernet.InvalidToken:
        return True
    return False


def _values() -> tuple[str, ...]:
    return tuple(key.value for key in encryption_keys() if key.value != NO_KEY)


@lru_cache(maxsize=4)
def _fernets(values: tuple[str, ...]) -> list[Any]:
    return [fernet.Fernet(urlsafe_b64encode(_derived(value))) for value in values]


def _derived(value: str) -> bytes:
    derived: bytes = hkdf.HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=PURPOSE).derive(value.encode())
    return derived
