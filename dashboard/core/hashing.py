"""The two lists of keys that are mixed into stored hashes. The first key of a list makes, every key verifies.

The forms of the hashes are those of the Node Dashboard, so that rows it wrote verify here. A Node server without a key
put the word `undefined` where the key stands, and nothing at all into a password; the item `node:none` stands for that.
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
        """What is mixed into the hash of a username, a reset code or a session token."""
        return "undefined" if self.value == NO_KEY else self.value

    @property
    def password_suffix(self) -> str:
        """What is mixed into the hash of a password."""
        return "" if self.value == NO_KEY else self.value

    @property
    def fingerprint(self) -> str:
        """Eight hex digits that tell which key a password hash was made with, and nothing else of the key."""
        return hmac.digest(self.value.encode(), b"dashboard password key", "sha256").hex()[:8]

    def text_hash(self, text: str) -> str:
        """The hash (128 hex digits) of a username or a reset code under this key."""
        return _sha512(f"{text}:{self.suffix}")


def encryption_keys() -> list[Key]:
    """The keys of usernames, passwords and reset codes, newest first."""
    return [Key(value) for value in settings.DASHBOARD_ENCRYPTION_KEY]


def text_hashes(text: str) -> list[str]:
    """The hashes (128 hex digits each) of a username or a reset code, one a key, that of the newest key first."""
    return [key.text_hash(text) for key in encryption_keys()]


def token_hash(accountid: str, token: str, session_key: str) -> str:
    """The hash (128 hex digits) to store for a session's token, under the newest keys.

    `session_key` is the account's own, so that giving the account a new one ends all of its sessions.
    """
    return next(_token_hashes(accountid, token, session_key))


def token_matches(stored: str, accountid: str, token: str, session_key: str) -> bool:
    """Whether the stored hash is this token's, under any pair of the keys; compared in constant time."""
    return any(hmac.compare_digest(stored, made) for made in _token_hashes(accountid, token, session_key))


def _token_hashes(accountid: str, token: str, session_key: str) -> Iterator[str]:
    suffixes = _token_suffixes(tuple(settings.DASHBOARD_SESSION_KEY), tuple(settings.DASHBOARD_ENCRYPTION_KEY))
    for suffix in suffixes:
        yield _sha512(f"{accountid}/{token}/{session_key}/{suffix}")


@lru_cache(maxsize=1)
def _token_suffixes(session_keys: tuple[str, ...], encryption_keys: tuple[str, ...]) -> list[str]:
    """What every pair of these keys mixes into a token's hash; kept, because every session check needs it."""
    return [f"{Key(one).suffix}:{Key(other).suffix}" for one, other in product(session_keys, encryption_keys)]


def _sha512(text: str) -> str:
    return hashlib.sha512(text.encode()).hexdigest()
