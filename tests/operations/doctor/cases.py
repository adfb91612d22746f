"""Severities and settings that tests of the doctor share."""

import pytest

from operations.doctor.findings import Severity

FINE, WARNING, PROBLEM = Severity.FINE, Severity.WARNING, Severity.PROBLEM
HTTPS, LOCAL = "https://dashboard.example.com", "http://localhost:8000"
LONG, LONGER = "k" * 32, "k" * 33
needs_redis = pytest.mark.skipif("not __import__('django.conf').conf.settings.REDIS_URL", reason="needs REDIS_URL")


def severities(check) -> list[Severity]:
    """Return the severities that a check finds. Every finding has a remedy unless it is fine."""
    findings = list(check())
    assert all((finding.remedy is None) == (finding.severity is FINE) for finding in findings)
    return [finding.severity for finding in findings]


def change(settings, **values):
    for name, value in values.items():
        setattr(settings, name, value)
    settings.SERVED_BY_HTTPS = settings.DASHBOARD_SERVER.startswith("https:")
