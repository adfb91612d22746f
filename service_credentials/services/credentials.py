"""Create and revoke service credentials: by operators, and by the owner on the administrators' site."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.services.authority import require_owner
from accounts.services.reset_code_revocation import delete_reset_codes
from dashboard.core.actor import Actor
from dashboard.core.addresses import parse_network
from dashboard.core.crypto import hashing
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.services import Scope
from dashboard.core.text import is_one_line, normalize
from events.models import Action
from events.services.recording import record_details
from service_credentials.models import ServiceCredential

NAME_LENGTH = 50
MAXIMUM_NETWORKS = 50
CODES_PER_TRANSACTION = 500


@transaction.atomic
def create_credential(
    name: str, scopes: Iterable[str], networks: Iterable[str], expires_at: datetime | None, actor: Actor
) -> tuple[ServiceCredential, str]:
    """Create a credential. Return it and its token, which is not stored, so that nobody can read it again.

    Raises invalid-account (403) for anybody but the owner and operators, invalid-name, invalid-scope, invalid-network,
    invalid-expiry (400).
    """
    require_owner(actor)
    now = timezone.now()
    if expires_at and expires_at <= now:
        raise DashboardError(ErrorCode.CREDENTIAL_EXPIRY)
    credential = ServiceCredential(
        name=_checked_name(name),
        scopes=" ".join(_checked_scopes(scopes)),
        networks=" ".join(_checked_networks(networks)),
        expires_at=expires_at,
        created_by=actor.accountid or "",
        created_at=now,
        updated_at=now,
    )
    token = credential.new_token()
    credential.token_hash = hashing.text_hashes(token)[0]
    credential.save(force_insert=True)
    record_details(Action.CREATE_CREDENTIAL, actor, _described(credential), credential.credentialid)
    return credential, token


def revoke_credential(credentialid: str, actor: Actor) -> ServiceCredential:
    """Revoke a credential permanently. The unused reset codes that its service has created as itself end with it.

    From then on nobody can use these codes; their rows are deleted afterwards, in short transactions.

    Raises invalid-account (403) for anybody but the owner and operators, invalid-credentialid (400 missing, 404
    unknown), invalid-credential (409) for one that is revoked.
    """
    credential = _revoke(credentialid, actor)
    while _delete_some_reset_codes(credential, actor.admitted()) == CODES_PER_TRANSACTION:
        pass
    return credential


@transaction.atomic
def _revoke(credentialid: str, actor: Actor) -> ServiceCredential:
    require_owner(actor)
    credential = ServiceCredential.objects.get_for_update(credentialid)
    if credential.revoked_at:
        raise DashboardError(ErrorCode.CREDENTIAL_ALREADY_REVOKED)
    credential.revoked_at = timezone.now()
    credential.save_fields("revoked_at")
    record_details(Action.REVOKE_CREDENTIAL, actor, _described(credential), credential.credentialid)
    return credential


@transaction.atomic
def _delete_some_reset_codes(credential: ServiceCredential, actor: Actor) -> int:
    codes: Any = credential.created_reset_codes  # a relation that the app resetcodes defines
    return delete_reset_codes(codes, actor, most=CODES_PER_TRANSACTION)


def _checked_name(name: str) -> str:
    name = normalize(name).strip()
    if not is_one_line(name) or len(name) > NAME_LENGTH:
        raise DashboardError(ErrorCode.CREDENTIAL_NAME)
    return name


def _checked_scopes(scopes: Iterable[str]) -> list[str]:
    """Return the scopes once each, in the order of `Scope`."""
    given = set(scopes)
    if not given or not given.issubset(set(Scope)):
        raise DashboardError(ErrorCode.CREDENTIAL_SCOPES)
    return [scope for scope in Scope if scope in given]


def _checked_networks(networks: Iterable[str]) -> list[str]:
    """Return the networks once each, in the one form."""
    try:
        checked = list(dict.fromkeys(str(parse_network(text)) for text in networks))
    except ValueError:
        raise DashboardError(ErrorCode.CREDENTIAL_NETWORKS) from None
    if len(checked) > MAXIMUM_NETWORKS:
        raise DashboardError(ErrorCode.CREDENTIAL_NETWORKS)
    return checked


def _described(credential: ServiceCredential) -> str:
    """Return what a credential is, in words for people."""
    return f"{credential.name} ({credential.scopes.replace(' ', ', ')})"
