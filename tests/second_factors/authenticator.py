"""A passkey in memory: an authenticator and the browser that talks to it (WebAuthn Level 3, sections 6 and 7)."""

import json
import secrets
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url

USER_PRESENT, ATTESTED = 0x01, 0x40


class Authenticator:
    """One passkey. `origin` is that of the page, `domain` what the browser signs for."""

    def __init__(self, origin: str = "http://localhost:8000", domain: str = "localhost") -> None:
        self.origin, self.domain = origin, domain
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(16)
        self.sign_count = 0
        self.transports = ["internal", "hybrid"]

    def create(self, options: dict[str, Any]) -> str:
        """Return what navigator.credentials.create() answers for these options, as JSON."""
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + self._cose_key()
        data = self._data(USER_PRESENT | ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        response = {"attestationObject": bytes_to_base64url(attestation), "transports": self.transports}
        return self._credential(self._client_data("webauthn.create", options), response)

    def get(self, options: dict[str, Any]) -> str:
        """Return what navigator.credentials.get() answers for these options, as JSON."""
        self.sign_count += 1
        client_data, data = self._client_data("webauthn.get", options), self._data(USER_PRESENT)
        signature = self.key.sign(data + sha256(client_data).digest(), ec.ECDSA(SHA256()))
        response = {"authenticatorData": bytes_to_base64url(data), "signature": bytes_to_base64url(signature)}
        return self._credential(client_data, response)

    def _data(self, flags: int) -> bytes:
        return sha256(self.domain.encode()).digest() + bytes([flags]) + self.sign_count.to_bytes(4, "big")

    def _client_data(self, kind: str, options: dict[str, Any]) -> bytes:
        fields = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(fields).encode()

    def _cose_key(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        point = {-2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        return cbor2.dumps({1: 2, 3: -7, -1: 1, **point})

    def _credential(self, client_data: bytes, response: dict[str, Any]) -> str:
        pk = bytes_to_base64url(self.credential_id)
        response = {**response, "clientDataJSON": bytes_to_base64url(client_data)}
        return json.dumps({"id": pk, "rawId": pk, "type": "public-key", "response": response})
