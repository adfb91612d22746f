"""What checks find, and in which settings."""

import pytest

from operations.doctor.findings import Grade

FINE, WARNING, PROBLEM = Grade.FINE, Grade.WARNING, Grade.PROBLEM
HTTPS, LOCAL = "https://dashboard.example.com", "http://localhost:8000"
LONG, LONGER = "k" * 32, "k" * 33
needs_redis = pytest.mark.skipif("not __import__('django.conf').conf.settings.REDIS_URL", reason="needs REDIS_URL")


def grades(check) -> list[Grade]:
    """Of what the check finds; where it complains, it says what to do."""
    findings = list(check())
    assert all((finding.remedy is None) == (finding.grade is FINE) for finding in findings)
    return [finding.grade for finding in findings]


def change(settings, **values):
    for name, value in values.items():
        setattr(settings, name, value)
    settings.SERVED_BY_HTTPS = settings.DASHBOARD_SERVER.startswith("https:")
