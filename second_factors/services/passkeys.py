"""Passkeys: what to ask a browser, and verifying its answer (WebAuthn Level 3), with the `webauthn` library.

A passkey is the second step after a password, so its own PIN or fingerprint is preferred but not required. Attestation
is not requested: any make is accepted.
"""

import json
import logging
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from dashboard.core.addresses import origin_of
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.json import JSON
from dashboard.core.lazy_modules import lazy_module
from dashboard.core.text import is_storable
from second_factors.models import SecondFactor

TIMEOUT = 300_000  # milliseconds that the browser may take
MAX_CREDENTIAL_LENGTH = 20_000
MAX_ID_LENGTH = 1023  # bytes of a credential id (WebAuthn Level 3, section 4); a longer one is not registered (7.1)

webauthn = lazy_module("webauthn")
helpers = lazy_module("webauthn.helpers")
structs = lazy_module("webauthn.helpers.structs")
logger = logging.getLogger(__name__)


def creation_options(accountid: str, label: str, challenge: bytes, existing: list[SecondFactor]) -> JSON:
    """Return PublicKeyCredentialCreationOptionsJSON. The authenticators of `existing` passkeys are not offered."""
    options = webauthn.generate_registration_options(
        rp_id=settings.PASSKEY_DOMAIN,
        rp_name=settings.PASSKEY_DOMAIN,
        user_id=accountid.encode(),
        user_name=label,
        user_display_name=label,
        challenge=challenge,
        timeout=TIMEOUT,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.DISCOURAGED,
            user_verification=structs.UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=_descriptors(existing),
    )
    return _as_json(options)


def request_options(challenge: bytes, factors: list[SecondFactor]) -> JSON:
    """Return PublicKeyCredentialRequestOptionsJSON, for one of these passkeys to sign."""
    options = webauthn.generate_authentication_options(
        rp_id=settings.PASSKEY_DOMAIN,
        challenge=challenge,
        timeout=TIMEOUT,
        allow_credentials=_descriptors(factors),
        user_verification=structs.UserVerificationRequirement.PREFERRED,
    )
    return _as_json(options)


def register(factor: SecondFactor, credential: str) -> None:
    """Set the columns of a passkey from a RegistrationResponseJSON. Raises invalid-code (401)."""
    parsed = _parsed(credential)
    try:
        verified = webauthn.verify_registration_response(
            credential=parsed,
            expected_challenge=bytes.fromhex(factor.registration),
            expected_rp_id=settings.PASSKEY_DOMAIN,
            expected_origin=origins(),
        )
    except Exception as error:  # the library's own, and whatever its parsers raise for forged input
        raise _refused("registered", error) from None
    if len(verified.credential_id) > MAX_ID_LENGTH:
        raise _refused("registered", "its id is too long")
    factor.credential_id = helpers.bytes_to_base64url(verified.credential_id)
    factor.public_key = helpers.bytes_to_base64url(verified.credential_public_key)
    factor.sign_count = verified.sign_count
    factor.transports = " ".join(_transports(parsed))


def verify(factor: SecondFactor, credential: str, challenge: bytes) -> int:
    """Return the new sign count of a passkey that has signed an AuthenticationResponseJSON.

    A count that has not grown is refused: somebody else may have a copy of the passkey (WebAuthn, section 6.1.1).
    Passkeys whose count is always 0 are exempt. Raises invalid-code (401).
    """
    try:
        verified = webauthn.verify_authentication_response(
            credential=_parsed(credential),
            expected_challenge=challenge,
            expected_rp_id=settings.PASSKEY_DOMAIN,
            expected_origin=origins(),
            credential_public_key=helpers.base64url_to_bytes(factor.public_key),
            credential_current_sign_count=factor.sign_count,
        )
    except Exception as error:  # as in `register`
        raise _refused(f"of {factor.factorid}", error) from None
    count: int = verified.new_sign_count
    return count


def credential_id(credential: str) -> str:
    """Return the id of the passkey that a credential is of. Raises invalid-code (401) for one that has none."""
    given = _parsed(credential).get("id")
    if not isinstance(given, str) or not given or not is_storable(given):  # escapes of JSON can spell what is not
        raise DashboardError(ErrorCode.SECOND_FACTOR_WRONG)
    return given


def origins() -> list[str]:
    """Return the origins whose pages may use passkeys: Dashboard's own and the application's, in PASSKEY_DOMAIN."""
    addresses = [settings.DASHBOARD_SERVER, settings.APPLICATION_SERVER or "", *settings.CORS_ALLOWED_ORIGINS]
    return [origin_of(address) for address in addresses if _is_in_domain(urlsplit(address).hostname or "")]


def _is_in_domain(host: str) -> bool:
    return host == settings.PASSKEY_DOMAIN or host.endswith(f".{settings.PASSKEY_DOMAIN}")


def _parsed(credential: str) -> JSON:
    try:
        parsed = json.loads(credential) if len(credential) <= MAX_CREDENTIAL_LENGTH else None
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise DashboardError(ErrorCode.SECOND_FACTOR_WRONG)
    return parsed


def _refused(which: str, reason: Exception | str) -> DashboardError:
    logger.warning("A passkey %s was refused: %s", which, reason)
    return DashboardError(ErrorCode.SECOND_FACTOR_WRONG)


def _transports(parsed: JSON) -> list[str]:
    """Return the transports that WebAuthn knows, each once, in the order given."""
    response = parsed.get("response")
    given = response.get("transports") if isinstance(response, dict) else None
    known = {transport.value for transport in structs.AuthenticatorTransport}
    texts = [it for it in given if isinstance(it, str)] if isinstance(given, list) else []
    return [it for it in dict.fromkeys(texts) if it in known]


def _descriptors(factors: list[SecondFactor]) -> list[Any]:
    return [
        structs.PublicKeyCredentialDescriptor(
            id=helpers.base64url_to_bytes(it.credential_id),
            transports=[structs.AuthenticatorTransport(name) for name in it.transports.split()],
        )
        for it in factors
    ]


def _as_json(options: Any) -> JSON:
    made: JSON = json.loads(helpers.options_to_json(options))
    return made
