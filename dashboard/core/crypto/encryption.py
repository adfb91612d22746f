"""Encrypt secrets that have to be read again, such as those of authenticator apps, with DASHBOARD_ENCRYPTION_KEY.

AES-256-GCM (NIST SP 800-38D) with keys that HKDF (RFC 5869) derives from the items of the list: the first one encrypts,
every one decrypts. A secret is bound to the id of its row, its associated data, so that it decrypts in no other.
"""

import binascii
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from typing import Any

from dashboard.core.crypto.hashing import NO_KEY, encryption_keys
from dashboard.core.lazy_modules import lazy_module

aead = lazy_module("cryptography.hazmat.primitives.ciphers.aead")
exceptions = lazy_module("cryptography.exceptions")
hashes = lazy_module("cryptography.hazmat.primitives.hashes")
hkdf = lazy_module("cryptography.hazmat.primitives.kdf.hkdf")

PURPOSE = b"dashboard secrets of second factors"
NONCE_BYTES = 12  # random; a key may encrypt 2**32 texts (NIST SP 800-38D, section 8.3)


class UnreadableSecretError(Exception):
    """Raised for a secret that no key in DASHBOARD_ENCRYPTION_KEY decrypts, or that belongs to another row."""


def encrypt(text: str, rowid: str) -> str:
    """Return a text encrypted with the newest key, for the row with this id, in base64url."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    encrypted: bytes = _ciphers(_values())[0].encrypt(nonce, text.encode(), rowid.encode())
    return urlsafe_b64encode(nonce + encrypted).decode()


def decrypt(encrypted: str, rowid: str) -> str:
    """Return the text that was encrypted for the row with this id. Raises UnreadableSecretError."""
    texts = (_decrypted(cipher, encrypted, rowid) for cipher in _ciphers(_values()))
    text = next((text for text in texts if text is not None), None)
    if text is None:
        raise UnreadableSecretError
    return text


def is_outdated(encrypted: str, rowid: str) -> bool:
    """Return whether a text was encrypted with an older key than the newest."""
    return _decrypted(_ciphers(_values())[0], encrypted, rowid) is None


def _decrypted(cipher: Any, encrypted: str, rowid: str) -> str | None:
    """Return the text, or None if it is not one that this key has encrypted for this row."""
    try:
        content = urlsafe_b64decode(encrypted)
        text: bytes = cipher.decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], rowid.encode())
    except (exceptions.InvalidTag, binascii.Error, ValueError):  # ValueError: shorter than a nonce
        return None
    return text.decode()


def _values() -> tuple[str, ...]:
    return tuple(key.value for key in encryption_keys() if key.value != NO_KEY)


@lru_cache(maxsize=4)
def _ciphers(values: tuple[str, ...]) -> list[Any]:
    return [aead.AESGCM(_derived(value)) for value in values]


def _derived(value: str) -> bytes:
    derived: bytes = hkdf.HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=PURPOSE).derive(value.encode())
    return derived
