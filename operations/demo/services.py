"""Service credentials of the demo: two of a web application, one beside the other, and more. Nobody has a token."""

import secrets
from datetime import datetime, timedelta

from dashboard.core.crypto import hashing
from dashboard.core.services import Scope
from service_credentials.models import ServiceCredential

FOR_PEOPLE = (Scope.ACT_FOR_USERS, Scope.CREATE_RESET_CODES)
# Name, scopes, networks, the days since it was created, the hours since it was used, and the days until it expires
DEMO = (
    ("Web application", FOR_PEOPLE, "203.0.113.0/24", 360, 30, 5),
    ("Web application", FOR_PEOPLE, "203.0.113.0/24", 2, 0, 363),
    ("Copy of events", (Scope.READ_EVENTS,), "198.51.100.7/32 2001:db8:17::/64", 90, 7, 275),
    ("Support desk", (Scope.ADMINISTER,), "", 200, None, None),
)


def seed_credentials(now: datetime, ownerid: str) -> None:
    """Insert the credentials, unless there are any."""
    if ServiceCredential.objects.exists():
        return
    for name, scopes, networks, age, hours_unused, days_left in DEMO:
        created_at = now - timedelta(days=age)
        credential = ServiceCredential(
            name=name,
            scopes=" ".join(scopes),
            networks=networks,
            created_by=ownerid,
            created_at=created_at,
            updated_at=created_at,
            last_used_at=None if hours_unused is None else now - timedelta(hours=hours_unused),
            expires_at=None if days_left is None else now + timedelta(days=days_left),
        )
        credential.token_hash = hashing.text_hashes(secrets.token_hex(32))[0]
        credential.save(force_insert=True)
