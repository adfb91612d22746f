"""Settings of a deployment for tests of the doctor."""

import secrets
from ipaddress import ip_network

import pytest

from tests.operations.doctor.cases import HTTPS, change


@pytest.fixture
def sound(settings, tmp_path):
    """Settings of a deployment without problems."""
    change(
        settings,
        DATA_DIR=tmp_path,
        SECRET_KEY=secrets.token_urlsafe(48),
        DASHBOARD_SESSION_KEY=[secrets.token_urlsafe(48)],
        DASHBOARD_ENCRYPTION_KEY=[secrets.token_urlsafe(48)],
        IDENTITY_KEYS=[secrets.token_urlsafe(48)],
        BCRYPT_WORKLOAD_FACTOR=12,
        REQUIRE_SECOND_FACTOR="administrators",
        DASHBOARD_SERVER=HTTPS,
        ALLOWED_HOSTS=["dashboard.example.com"],
        TRUSTED_PROXIES=[ip_network("10.0.0.7/32")],
        SECURE_HSTS_SECONDS=31_536_000,
        CSRF_COOKIE_SECURE=True,
        REDIS_URL=None,
    )
    return settings
