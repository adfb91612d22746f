"""Service credentials: API keys of programs that call without a session."""

import re
import secrets
from datetime import datetime
from typing import ClassVar, Self

from django.db import models

from dashboard.core.addresses import is_in_networks, parse_network
from dashboard.core.errors import ErrorCode
from dashboard.core.json import JSON, isoformat, without_none
from dashboard.core.services import CREDENTIAL_PREFIX, Scope, Service
from dashboard.models import IdField, Record, RecordManager, RecordQuerySet

ID_PREFIX = "cred"
TOKEN_PATTERN = re.compile(rf"{CREDENTIAL_PREFIX}([0-9a-f]{{16}})_[0-9a-f]{{64}}")


def credentialid_in(token: str) -> str:
    """Return the id of the credential that a token names; empty if it does not have the form of a token."""
    match = TOKEN_PATTERN.fullmatch(token)
    return f"{ID_PREFIX}_{match[1]}" if match else ""


class ServiceCredentialQuerySet(RecordQuerySet["ServiceCredential"]):
    def usable(self, now: datetime) -> Self:
        """Select the credentials that are neither revoked nor expired."""
        return self.filter(revoked_at=None).exclude(expires_at__isnull=False, expires_at__lte=now)


class ServiceCredential(Record):
    """A credential of a service: what it may do, from where, and until when. Only its token's hash is stored.

    Scopes and networks are separated by spaces. A credential is never edited, only revoked: to replace one, create
    another beside it.
    """

    missing = ErrorCode.CREDENTIALID_MISSING
    unknown = ErrorCode.CREDENTIALID_UNKNOWN
    kind = "credential"
    never_cached = frozenset({"last_used_at", "name", "created_by"})

    credentialid = IdField(ID_PREFIX)
    name = models.CharField(max_length=50, help_text="Which service has it, for people to read.")
    token_hash = models.CharField(max_length=128)
    scopes = models.CharField(max_length=255)
    networks = models.TextField(blank=True, help_text="From where it may be used; empty: from anywhere.")
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the minute.")
    created_by = models.CharField(
        max_length=21, blank=True, help_text="The account that created it; empty: an operator, with the command."
    )

    objects = RecordManager.from_queryset(ServiceCredentialQuerySet)()

    class Meta:
        verbose_name = "service credential"
        indexes: ClassVar = [
            models.Index(fields=["appid", "-created_at", "-credentialid"], name="credential_newest"),
        ]

    def __str__(self) -> str:
        return str(self.credentialid)

    def new_token(self) -> str:
        """Return a new token of this credential: its id and 256 random bits."""
        return f"{CREDENTIAL_PREFIX}{self.credentialid.partition('_')[2]}_{secrets.token_hex(32)}"

    @property
    def service(self) -> Service:
        """The service that authenticates with this credential. Scopes unknown to this release are ignored."""
        known = {Scope(name) for name in self.scopes.split() if name in set(Scope)}
        return Service(frozenset(known), self.credentialid)

    def is_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now

    def works_from(self, address: str | None) -> bool:
        """Return whether it may be used from this address; None is an unknown one."""
        networks = self.networks.split()
        return not networks or (address is not None and is_in_networks(address, map(parse_network, networks)))

    def as_json(self) -> JSON:
        return without_none(
            {
                "credentialid": self.credentialid,
                "object": "serviceCredential",
                "appid": self.appid,
                "name": self.name,
                "scopes": self.scopes.split(),
                "networks": self.networks.split(),
                "createdBy": self.created_by or None,
                "expiresAt": isoformat(self.expires_at),
                "revokedAt": isoformat(self.revoked_at),
                "lastUsedAt": isoformat(self.last_used_at),
                "createdAt": isoformat(self.created_at),
                "updatedAt": isoformat(self.updated_at),
            }
        )
