"""The password hasher: the Node Dashboard's bcrypt of a keyed SHA-256, with the fingerprint of its key."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import ContextVar
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher, make_password
from django.utils.crypto import constant_time_compare

from dashboard.core.crypto.hashing import Key, encryption_keys
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.text import normalize

NICENESS = 10  # Linux gives such a thread about a tenth of the time that it gives a normal one
RETRY_SECONDS = 5

_is_refused: ContextVar[bool] = ContextVar("is_refused", default=False)


def refuse_to_hash() -> None:
    """Raise service-unavailable (503) for passwords in this context: too many others wait to be hashed."""
    _is_refused.set(True)


@cache
def _background() -> ThreadPoolExecutor:
    """Return the threads that run bcrypt: one per processor, at a lower priority than all others.

    bcrypt releases Python's lock, but uses the processor for a good part of a second. In the threads of requests, a few
    sign-ins at once would delay all other requests, whose work is short.
    """
    return ThreadPoolExecutor(os.cpu_count(), "bcrypt", initializer=_lower_priority)


os.register_at_fork(after_in_child=_background.cache_clear)  # a forked process has none of its parent's threads


def _lower_priority() -> None:
    if sys.platform == "linux":  # elsewhere a nice value is the whole process's
        with suppress(OSError):  # a sandbox may forbid it; a thread that fails here would break the executor for good
            os.nice(NICENESS)


def hash_password(password: str) -> str:
    """Return the hash of a new password, which verifies on every device, however the device spells the text."""
    return make_password(normalize(password))


class KeyedBcryptHasher(BCryptSHA256PasswordHasher):
    """bcrypt(hex SHA-256 of password + key), stored as `dashboard_bcrypt$<key's fingerprint>$2b$<factor>$<salt+hash>`.

    bcrypt reads only 72 bytes; the digest makes every character of a longer password count. The fingerprint names the
    key, so that one comparison is enough however many keys there are. A hash under an older key or another work factor
    is renewed at the next sign-in.
    """

    algorithm = "dashboard_bcrypt"

    @property
    def rounds(self) -> int:  # type: ignore[override]
        return settings.BCRYPT_WORKLOAD_FACTOR

    def encode(self, password: str, salt: str | bytes) -> str:
        return self._encode(encryption_keys()[0], password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        _, fingerprint, bcrypt_hash = encoded.split("$", 2)
        key = next((key for key in encryption_keys() if key.fingerprint == fingerprint), None)
        return key is not None and constant_time_compare(encoded, self._encode(key, password, f"${bcrypt_hash}"))

    def must_update(self, encoded: str) -> bool:
        return encoded.split("$")[1] != encryption_keys()[0].fingerprint or super().must_update(encoded)

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Do nothing: the difference in time would tell only that a hash is due for renewal, which is no secret."""

    def _encode(self, key: Key, password: str, salt: str | bytes) -> str:
        if _is_refused.get():
            raise DashboardError(ErrorCode.SERVICE_UNAVAILABLE, RETRY_SECONDS)
        salt = salt.encode("ascii") if isinstance(salt, str) else salt
        bcrypt: Any = super().encode
        encoded: str = _background().submit(bcrypt, password + key.password_suffix, salt).result()
        algorithm, bcrypt_hash = encoded.split("$", 1)
        return f"{algorithm}${key.fingerprint}{bcrypt_hash}"
