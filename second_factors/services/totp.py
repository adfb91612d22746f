"""Codes of authenticator apps: TOTP (RFC 6238) with SHA-1, 6 digits and steps of 30 seconds, as every app has them."""

import re
from datetime import datetime
from hmac import compare_digest

import pyotp
from django.conf import settings

SECRET_CHARACTERS = 32  # base 32: 160 bits, as RFC 4226, section 4, recommends
STEP_SECONDS = 30
STEPS_AROUND = 1  # before and after now, for clocks that are wrong and people who are slow (RFC 6238, section 5.2)
DIGITS = re.compile(r"[0-9]{6}")


def new_secret() -> str:
    """Return a random secret in base 32."""
    return pyotp.random_base32(SECRET_CHARACTERS)


def otpauth_uri(secret: str, label: str) -> str:
    """Return the address that an app reads from a QR code. `label` tells its user whose codes they are."""
    return pyotp.TOTP(secret).provisioning_uri(name=label, issuer_name=settings.PASSKEY_DOMAIN)


def matching_step(secret: str, code: str, last_step: int | None, now: datetime) -> int | None:
    """Return the time step of a code, or None if it is wrong, or not newer than the last one that was used.

    A code is accepted once (RFC 6238, section 5.2).
    """
    if not DIGITS.fullmatch(code):
        return None
    current = int(now.timestamp()) // STEP_SECONDS
    made = {
        step: pyotp.TOTP(secret).generate_otp(step)
        for step in range(current - STEPS_AROUND, current + STEPS_AROUND + 1)
    }
    matching = [step for step, expected in made.items() if compare_digest(expected, code)]
    return next((step for step in matching if last_step is None or step > last_step), None)
