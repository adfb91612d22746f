"""Keyed hashes of usernames, reset codes and session tokens, with the two lists of keys that are mixed into them.

The first key of a list makes hashes; every key verifies them. The formats are those of the Node Dashboard, so that its
rows verify here. A Node server without a key mixed in the word `undefined`, and nothing at all into passwords; the item
`node:none` stands for that.
"""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from django.conf import settings

NO_KEY = "node:none"


@dataclass(frozen=True)
class Key:
    """One item of DASHBOARD_ENCRYPTION_KEY or DASHBOARD_SESSION_KEY."""

    value: str

    @property
    def suffix(self) -> str:
        """The text that is mixed into the hash of a username, a reset code or a session token."""
        return "undefined" if self.value == NO_KEY else self.value

    @property
    def password_suffix(self) -> str:
        """The text that is mixed into the hash of a password."""
        return "" if self.value == NO_KEY else self.value

    @property
    def fingerprint(self) -> str:
        """Eight hex digits that identify the key of a password hash, and reveal nothing else about the key."""
        return hmac.digest(self.value.encode(), b"dashboard password key", "sha256").hex()[:8]

    def text_hash(self, text: str) -> str:
        """Return the hash (128 hex digits) of a username or a reset code under this key."""
        return _sha512(f"{text}:{self.suffix}")


def encryption_keys() -> list[Key]:
    """Return the keys of usernames, passwords and reset codes, newest first."""
    return [Key(value) for value in settings.DASHBOARD_ENCRYPTION_KEY]


def text_hashes(text: str) -> list[str]:
    """Return the hashes (128 hex digits each) of a username or a reset code under each key, newest key first."""
    return [key.text_hash(text) for key in encryption_keys()]


def token_hash(accountid: str, token: str, session_key: str) -> str:
    """Return the hash (128 hex digits) to store for a session's token, under the newest keys.

    `session_key` is the account's own: a new one ends all of its sessions.
    """
    return next(_token_hashes(accountid, token, session_key))


def token_matches(stored: str, accountid: str, token: str, session_key: str) -> bool:
    """Whether the stored hash is this token's under any pair of keys. The comparison takes constant time."""
    return any(hmac.compare_digest(stored, made) for made in _token_hashes(accountid, token, session_key))


def _token_hashes(accountid: str, token: str, session_key: str) -> Iterator[str]:
    suffixes = _token_suffixes(tuple(settings.DASHBOARD_SESSION_KEY), tuple(settings.DASHBOARD_ENCRYPTION_KEY))
    for suffix in suffixes:
        yield _sha512(f"{accountid}/{token}/{session_key}/{suffix}")


@lru_cache(maxsize=1)
def _token_suffixes(session_keys: tuple[str, ...], encryption_keys: tuple[str, ...]) -> list[str]:
    """Return the text that each pair of keys mixes into a token's hash. Every session check needs it."""
    return [f"{Key(one).suffix}:{Key(other).suffix}" for one, other in product(session_keys, encryption_keys)]


def _sha512(text: str) -> str:
    return hashlib.sha512(text.encode()).hexdigest()
