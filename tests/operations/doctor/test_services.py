"""Check of service credentials."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from operations.doctor import services
from tests.factories import ServiceCredentialFactory, service_token
from tests.operations.doctor.cases import FINE, WARNING, severities

NETWORK = {"networks": "203.0.113.0/24"}


def days(number: int) -> Any:
    return timezone.now() + timedelta(days=number)


CASES = [
    (lambda: NETWORK | {"expires_at": days(29), "last_used_at": days(-1)}, WARNING),
    (lambda: NETWORK | {"expires_at": days(31), "last_used_at": days(-1)}, FINE),
    (lambda: NETWORK | {"expires_at": days(29)}, FINE),  # nobody will miss it
    (lambda: NETWORK | {"last_used_at": days(-91)}, WARNING),
    (lambda: NETWORK | {"created_at": days(-91)}, WARNING),
    (lambda: NETWORK | {"created_at": days(-91), "last_used_at": days(-89)}, FINE),
    (lambda: {"expires_at": days(300)}, FINE),
    (dict, WARNING),
    (lambda: {"revoked_at": days(-1)}, FINE),
    (lambda: {"expires_at": days(-1), "last_used_at": days(-2)}, FINE),
]


@pytest.mark.parametrize(("fields", "expected"), CASES)
def test_credentials(fields: Any, expected: Any, db: None) -> None:
    ServiceCredentialFactory(**fields())
    assert severities(services.credentials) == [expected]


def test_there_may_be_none(db: None) -> None:
    assert severities(services.credentials) == [FINE]


def test_credentials_are_named_without_their_tokens(db: None) -> None:
    made = ServiceCredentialFactory.create_batch(6)
    (finding,) = services.credentials()
    said = f"{finding}"
    assert sum(it.credentialid in said for it in made) == 5
    assert not any(service_token(it) in said or it.token_hash in said for it in made)
