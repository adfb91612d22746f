"""The password hasher: the Node Dashboard's bcrypt of a keyed SHA-256, told apart by the key it was made with."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher
from django.utils.crypto import constant_time_compare

from dashboard.core.hashing import Key, encryption_keys

NICENESS = 10  # Linux gives such a thread a tenth of what it gives another that wants the processor


@cache
def _background() -> ThreadPoolExecutor:
    """The threads that run bcrypt: as many as there are processors, and after every other thread.

    bcrypt lets go of Python's lock, but not of the processor, which it wants for a good part of a second. In the
    threads of requests a few sign-ins at once would take it from all other requests, whose work is short.
    """
    return ThreadPoolExecutor(os.cpu_count(), "bcrypt", initializer=_stand_back)


os.register_at_fork(after_in_child=_background.cache_clear)  # threads stay behind in the parent


def _stand_back() -> None:
    if sys.platform == "linux":  # elsewhere niceness belongs to processes
        os.nice(NICENESS)


class KeyedBcryptHasher(BCryptSHA256PasswordHasher):
    """bcrypt(hex SHA-256 of password + key), stored as `dashboard_bcrypt$<key's fingerprint>$2b$<factor>$<salt+hash>`.

    The digest before bcrypt lets a password of any length count whole (bcrypt itself reads 72 bytes). The fingerprint
    names the key, so that one comparison suffices however many keys there are, and a hash under an older key or another
    work factor is renewed at the next sign-in.
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
        """Left out: it would close a gap in time that tells whether a hash is due for renewal, which is no secret."""

    def _encode(self, key: Key, password: str, salt: str | bytes) -> str:
        salt = salt.encode("ascii") if isinstance(salt, str) else salt
        bcrypt: Any = super().encode
        encoded: str = _background().submit(bcrypt, password + key.password_suffix, salt).result()
        algorithm, bcrypt_hash = encoded.split("$", 1)
        return f"{algorithm}${key.fingerprint}{bcrypt_hash}"
