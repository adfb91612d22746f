"""The password hasher: the Node Dashboard's bcrypt of a keyed SHA-256, told apart by the key it was made with."""

from django.conf import settings
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher
from django.utils.crypto import constant_time_compare

from dashboard_project.keys import Key, encryption_keys


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
        encoded: str = super().encode(password + key.password_suffix, salt)  # type: ignore[arg-type]  # bcrypt's bytes
        algorithm, bcrypt_hash = encoded.split("$", 1)
        return f"{algorithm}${key.fingerprint}{bcrypt_hash}"
