"""Encrypt secrets that have to be read again, such as those of authenticator apps, with DASHBOARD_ENCRYPTION_KEY.

Fernet (AES-128-CBC with HMAC-SHA256) with keys that HKDF (RFC 5869) derives from the items of the list: the first one
encrypts, every one decrypts. A secret is bound to the id of its row, so that it decrypts in no other.
"""

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dashboard.core.hashing import NO_KEY, encryption_keys

PURPOSE = b"dashboard secrets of second factors"


class UnreadableSecretError(Exception):
    """Raised for a secret that no key in DASHBOARD_ENCRYPTION_KEY decrypts, or that belongs to another row."""


def encrypt(text: str, rowid: str) -> str:
    """Return a text encrypted with the newest key, for the row with this id."""
    return _fernets(_values())[0].encrypt(f"{rowid}:{text}".encode()).decode()


def decrypt(encrypted: str, rowid: str) -> str:
    """Return the text that was encrypted for the row with this id. Raises UnreadableSecretError."""
    try:
        owner, _, text = MultiFernet(_fernets(_values())).decrypt(encrypted).decode().partition(":")
    except InvalidToken:
        raise UnreadableSecretError from None
    if owner != rowid:
        raise UnreadableSecretError
    return text


def is_outdated(encrypted: str) -> bool:
    """Return whether a text was encrypted with an older key than the newest."""
    try:
        _fernets(_values())[0].decrypt(encrypted)
    except InvalidToken:
        return True
    return False


def _values() -> tuple[str, ...]:
    return tuple(key.value for key in encryption_keys() if key.value != NO_KEY)


@lru_cache(maxsize=4)
def _fernets(values: tuple[str, ...]) -> list[Fernet]:
    return [Fernet(urlsafe_b64encode(_derived(value))) for value in values]


def _derived(value: str) -> bytes:
    derived: bytes = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(value.encode())
    return derived
