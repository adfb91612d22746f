"""Check of service credentials: that none expires unnoticed, and none remains unused."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from operations.doctor.findings import Finding, fine, warning
from service_credentials.models import ServiceCredential

SOON, LONG = timedelta(days=30), timedelta(days=90)
LISTED = 5


def credentials() -> Iterator[Finding]:
    """Check the credentials that can be used."""
    now = timezone.now()
    usable = list(ServiceCredential.objects.usable(now).newest_first())
    expiring = [it for it in usable if it.expires_at and it.expires_at <= now + SOON and it.last_used_at]
    idle = [it for it in usable if (it.last_used_at or it.created_at) <= now - LONG]
    everlasting = [it for it in usable if it.expires_at is None and not it.networks]
    if expiring:
        yield warning(
            f"Used service credentials expire within 30 days: {_listed(expiring)}.",
            "Create another one beside each, and give its token to the program.",
        )
    if idle:
        yield warning(
            f"Service credentials were not used for 90 days: {_listed(idle)}.",
            "Revoke those that nobody needs, with manage.py revoke_credential.",
        )
    if everlasting:
        yield warning(
            f"Service credentials work from anywhere and for good: {_listed(everlasting)}.",
            "Replace each by one with networks or an expiry.",
        )
    if not (expiring or idle or everlasting):
        yield fine("None expires soon, is unused, or is without limits." if usable else "There are none.")


def _listed(credentials: list[ServiceCredential]) -> str:
    shown = [f"{it.name} ({it.credentialid})" for it in credentials[:LISTED]]
    return ", ".join([*shown, "…"] if len(credentials) > LISTED else shown)
