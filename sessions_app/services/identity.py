"""Signed statements about who makes a request, for applications behind a proxy: JSON Web Tokens (RFC 7519).

They are signed with ES256, which every library verifies. Each item of the setting IDENTITY_KEYS yields a key pair: the
first one signs, and the public keys of all are served as a JSON Web Key Set (RFC 7517), so that a key can be replaced.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac

from dashboard.core.json import JSON
from dashboard.core.lazy_modules import lazy_module
from sessions_app.models import Session

ec = lazy_module("cryptography.hazmat.primitives.asymmetric.ec")
jwk = lazy_module("joserfc.jwk")
jwt = lazy_module("joserfc.jwt")

ALGORITHM = "ES256"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
LIFETIME = 60  # seconds
REUSED_FOR = 30  # seconds; signing costs several times as much as the rest of a check


def identity_token(session: Session, now: datetime) -> str:
    """Return a token that says whose session this is, and of which rank.

    It is valid for 30 to 60 seconds, and no longer than the session.

    Claims: `iss` is DASHBOARD_SERVER, `aud` is APPID, `sub` the accountid, `sid` the sessionid, `administrator` and
    `owner` are booleans, `auth_time` is when the password was last verified. Times are seconds since 1970, as are `iat`
    and `exp`.
    """
    account = session.account
    issued = int(now.timestamp()) // REUSED_FOR * REUSED_FOR
    claims: dict[str, str | int | bool] = {
        "iss": settings.DASHBOARD_SERVER,
        "aud": settings.APPID,
        "sub": session.account_id,
        "sid": session.sessionid,
        "administrator": account.is_staff,
        "owner": account.is_superuser,
        "auth_time": int(session.last_verified_at.timestamp()),
        "iat": issued,
        "exp": min(issued + LIFETIME, int(session.expires_at.timestamp())),
    }
    return _signed(tuple(claims.items()), tuple(settings.IDENTITY_KEYS))


def public_keys() -> JSON:
    """Return the JSON Web Key Set with which tokens are verified."""
    return {**jwk.KeySet(list(_keys(tuple(settings.IDENTITY_KEYS)))).as_dict(private=False)}


@lru_cache(maxsize=4096)
def _signed(claims: tuple[tuple[str, str | int | bool], ...], secrets: tuple[str, ...]) -> str:
    key = _keys(secrets)[0]
    header = {"alg": ALGORITHM, "typ": "JWT", "kid": key.kid}
    token: str = jwt.encode(header, dict(claims), key, algorithms=[ALGORITHM])
    return token


@lru_cache(maxsize=4)
def _keys(secrets: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(_key(secret) for secret in secrets)


def _key(secret: str) -> Any:
    """Return the key pair of an item of IDENTITY_KEYS. Its `kid` is its thumbprint (RFC 7638)."""
    number = int.from_bytes(salted_hmac("dashboard.identity", ALGORITHM, secret, algorithm="sha512").digest())
    private = ec.derive_private_key(number % (P256_ORDER - 1) + 1, ec.SECP256R1())  # FIPS 186-5, A.2.1
    key = jwk.ECKey.import_key(private, {"use": "sig", "alg": ALGORITHM})
    key.ensure_kid()
    return key
