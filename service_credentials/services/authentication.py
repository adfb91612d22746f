"""Find out which service sends a token. docs/decisions/0016-service-credentials.md has the reasons.

A credential is looked up by the id in its token, in the cache or by one query. Its mark makes a revocation hold, as for
a session: see docs/revocation.md.
"""

import contextlib
import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from dashboard.api.access.services import CredentialRefusedError
from dashboard.cache.rate_limits import rate_limiter
from dashboard.core.actor import Actor
from dashboard.core.addresses import client_address, network_of
from dashboard.core.crypto import hashing
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.services import Service
from dashboard.db import prepared
from service_credentials.models import ServiceCredential, credentialid_in

MINUTE = timedelta(minutes=1)

_noted: dict[str, datetime] = {}  # when this process has last stored the use of a credential


def authenticate(token: str, request: HttpRequest) -> Service:
    """Return the service that has this token. Store when it was used, to the minute.

    Raises CredentialRefusedError: invalid-credential (401) for one that is wrong, was revoked or has expired,
    invalid-network (403) from an address that is not in its networks. After RATE_LIMIT_FAILED_SIGN_INS of these from a
    network with one id, raises too-many-requests (429) in their place. A valid credential is never refused for it.
    """
    address, now = client_address(request), timezone.now()
    try:
        credential = _verified(token, address, now)
    except CredentialRefusedError as refused:
        raise _limited(refused, address) from None
    _note_use(credential, token, now)
    return credential.service


def credential_required_of(actor: Actor) -> prepared.Requirement | None:
    """Return what an operation requires of a service: that nobody has revoked its credential meanwhile."""
    if not actor.credentialid:
        return None
    return prepared.Requirement(_unrevoked, (("credentialid", actor.credentialid),), _revoked)


def _unrevoked(credentialid: str) -> QuerySet[ServiceCredential]:
    return ServiceCredential._base_manager.filter(pk=credentialid, revoked_at=None)


def _revoked(credentialid: str) -> CredentialRefusedError:
    return CredentialRefusedError(ErrorCode.CREDENTIAL_REVOKED, credentialid)


def _verified(token: str, address: str | None, now: datetime) -> ServiceCredential:
    """Return the valid credential of a token. Only a caller with the right token is told what else is wrong."""
    credential = _look_up(credentialid_in(token))
    if not _matches(credential, token):
        raise CredentialRefusedError(ErrorCode.CREDENTIAL_WRONG, credential.credentialid)
    if credential.revoked_at:
        raise CredentialRefusedError(ErrorCode.CREDENTIAL_REVOKED, credential.credentialid)
    if credential.is_expired(now):
        raise CredentialRefusedError(ErrorCode.CREDENTIAL_EXPIRED, credential.credentialid)
    if not credential.works_from(address):
        raise CredentialRefusedError(ErrorCode.CREDENTIAL_NETWORK, credential.credentialid)
    return credential


def _look_up(credentialid: str) -> ServiceCredential:
    try:
        return ServiceCredential.objects.get_cached(credentialid)
    except DashboardError:
        raise CredentialRefusedError(ErrorCode.CREDENTIAL_WRONG) from None


def _matches(credential: ServiceCredential, token: str) -> bool:
    """Compare in constant time, under each key of DASHBOARD_ENCRYPTION_KEY."""
    return any(hmac.compare_digest(credential.token_hash, made) for made in hashing.text_hashes(token))


def _limited(refused: CredentialRefusedError, address: str | None) -> DashboardError:
    """Count a refusal, by network and credential. Return it, or too-many-requests (429) in its place."""
    if not (settings.RATE_LIMITS and address):
        return refused
    identity = f"{network_of(address)} {refused.credentialid}"
    exceeded = rate_limiter.hit("failed-credentials", settings.RATE_LIMIT_FAILED_SIGN_INS, identity)
    return exceeded.error() if exceeded else refused


def _note_use(credential: ServiceCredential, token: str, now: datetime) -> None:
    """Store when a credential was used, unless that was done in the last minute. This may fail without harm.

    At the same time, renew a hash that was made with an older key.
    """
    noted = _noted.get(credential.credentialid)
    if noted and now - noted < MINUTE:
        return
    with contextlib.suppress(DatabaseError), transaction.atomic():
        _store_use(credential, token, now)
    _noted[credential.credentialid] = now


def _store_use(credential: ServiceCredential, token: str, now: datetime) -> None:
    this, newest = ServiceCredential.objects.filter(pk=credential.pk), hashing.text_hashes(token)[0]
    this.filter(Q(last_used_at=None) | Q(last_used_at__lte=now - MINUTE)).update(last_used_at=now)
    if credential.token_hash != newest:
        this.filter(token_hash=credential.token_hash).update(token_hash=newest)
