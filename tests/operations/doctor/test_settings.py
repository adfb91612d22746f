"""Checks of settings: for each, settings that it reports and settings that it accepts."""

from ipaddress import ip_network
from types import SimpleNamespace

import pytest
from django.core.checks import registry as check_registry
from django.core.checks import run_checks

from dashboard_project.databases import database
from operations import checks, start
from operations.doctor.settings import SETTINGS_CHECKS, settings_checks
from tests.operations.doctor.cases import FINE, HTTPS, LOCAL, LONG, LONGER, PROBLEM, WARNING, change, severities


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("Keys", {}, [FINE]),
        ("Keys", {"DASHBOARD_SESSION_KEY": [LONG, "node:none"]}, [FINE]),
        ("Keys", {"DASHBOARD_SESSION_KEY": [LONG, "k" * 31]}, [PROBLEM]),
        ("Keys", {"DASHBOARD_ENCRYPTION_KEY": ["short"]}, [PROBLEM]),
        ("Keys", {"SECRET_KEY": "short"}, [PROBLEM]),
        ("Purposes of keys", {}, [FINE]),
        ("Purposes of keys", {"DASHBOARD_SESSION_KEY": [LONG], "DASHBOARD_ENCRYPTION_KEY": [LONG]}, [WARNING]),
        ("Purposes of keys", {"DASHBOARD_SESSION_KEY": [LONG, LONGER], "DASHBOARD_ENCRYPTION_KEY": [LONGER]}, [FINE]),
        ("Purposes of keys", {"SECRET_KEY": LONG, "DASHBOARD_ENCRYPTION_KEY": [LONG]}, [WARNING]),
        ("Password hashes", {"BCRYPT_WORKLOAD_FACTOR": 12}, [FINE]),
        ("Password hashes", {"BCRYPT_WORKLOAD_FACTOR": 11}, [WARNING]),
        ("Password hashes", {"BCRYPT_WORKLOAD_FACTOR": 9}, [PROBLEM]),
        ("Guesses", {}, [FINE]),
        ("Guesses", {"MAXIMUM_FAILED_SIGN_INS": 0}, [WARNING]),
        ("Second factors", {}, [FINE]),
        ("Second factors", {"REQUIRE_SECOND_FACTOR": "everybody"}, [FINE]),
        ("Second factors", {"REQUIRE_SECOND_FACTOR": "nobody"}, [WARNING]),
        ("Second factors", {"REQUIRE_SECOND_FACTOR": "nobody", "DASHBOARD_SERVER": LOCAL}, [FINE]),
        ("Debugging", {}, [FINE]),
        ("Debugging", {"DEBUG": True}, [PROBLEM]),
        ("Address", {}, [FINE]),
        ("Address", {"ALLOWED_HOSTS": [".example.com"]}, [FINE]),
        ("Address", {"ALLOWED_HOSTS": ["*"]}, [WARNING]),
        ("Address", {"ALLOWED_HOSTS": ["localhost"]}, [PROBLEM]),
        ("Address", {"DASHBOARD_SERVER": "http://[::1]:8000", "ALLOWED_HOSTS": ["[::1]"]}, [FINE]),
        ("Encryption", {}, [FINE]),
        ("Encryption", {"DASHBOARD_SERVER": LOCAL}, [FINE]),
        ("Encryption", {"DASHBOARD_SERVER": "http://127.0.0.1"}, [FINE]),
        ("Encryption", {"DASHBOARD_SERVER": "http://192.168.0.7"}, [PROBLEM]),
        ("Encryption", {"DASHBOARD_SERVER": "http://dashboard.example.com"}, [PROBLEM]),
        ("Start", {}, [FINE]),
        ("Start", {"DEBUG": True, "ALLOWED_HOSTS": ["*"]}, [PROBLEM, PROBLEM]),
        ("Start", {"DEBUG": True, "DASHBOARD_SERVER": LOCAL}, [FINE]),
        ("Connections to others", {}, [FINE]),
        ("Connections to others", {"REDIS_URL": "redis://127.0.0.1:6379/0"}, [FINE]),
        ("Connections to others", {"REDIS_URL": "redis://localhost:6379/0"}, [FINE]),
        ("Connections to others", {"REDIS_URL": "unix:///run/redis.sock"}, [FINE]),
        ("Connections to others", {"REDIS_URL": "redis://redis:6379/0"}, [WARNING, WARNING]),
        ("Connections to others", {"REDIS_URL": "redis://:password@redis:6379/0"}, [WARNING]),
        ("Connections to others", {"REDIS_URL": "rediss://redis:6379/0"}, [WARNING]),
        ("Connections to others", {"REDIS_URL": "rediss://user:password@192.0.2.7/0"}, [FINE]),
        ("Proxies", {}, [FINE]),
        ("Proxies", {"TRUSTED_PROXIES": []}, [WARNING]),
        ("Proxies", {"TRUSTED_PROXIES": [], "DASHBOARD_SERVER": LOCAL}, [FINE]),
        ("Proxies", {"TRUSTED_PROXIES": [ip_network("10.0.0.0/8"), ip_network("fd00::/48")]}, [FINE]),
        ("Proxies", {"TRUSTED_PROXIES": [ip_network("0.0.0.0/0")]}, [PROBLEM]),
        ("Proxies", {"TRUSTED_PROXIES": [ip_network("::/0")]}, [PROBLEM]),
        ("Application server", {}, [FINE]),
        ("Application server", {"APPLICATION_SERVER": HTTPS, "APPLICATION_SERVER_TOKEN": LONG}, [FINE]),
        ("Application server", {"APPLICATION_SERVER": HTTPS, "APPLICATION_SERVER_TOKEN": "short"}, [PROBLEM]),
        ("Prometheus", {}, [FINE]),
        ("Prometheus", {"PROMETHEUS_TOKEN": LONG}, [FINE]),
        ("Prometheus", {"PROMETHEUS_TOKEN": "short"}, [WARNING]),
        ("Compatibility", {}, [FINE]),
        ("Compatibility", {"NODE_COMPATIBILITY": "strict"}, [WARNING]),
        ("Django", {}, [FINE]),
        ("Django", {"SECURE_HSTS_SECONDS": 0}, [WARNING]),
        ("Django", {"SECURE_HSTS_SECONDS": 0, "DASHBOARD_SERVER": LOCAL}, [FINE]),
        ("Django", {"SILENCED_SYSTEM_CHECKS": []}, [PROBLEM, *[WARNING] * 3]),
    ],
)
def test_settings(name, values, expected, sound):
    change(sound, **values)
    assert severities(settings_checks()[name]) == expected


@pytest.mark.parametrize(("address", "expected"), [(LOCAL, WARNING), (HTTPS, PROBLEM)])
def test_key_generated_on_the_first_start(address, expected, sound):
    (sound.DATA_DIR / "secret_key").write_text(f"{sound.SECRET_KEY}\n")
    change(sound, DASHBOARD_SERVER=address)
    assert severities(settings_checks()["Keys"]) == [expected]


def test_key_file_that_is_not_used_does_not_matter(sound):
    (sound.DATA_DIR / "secret_key").write_text("another secret")
    assert severities(settings_checks()["Keys"]) == [FINE]


def test_silenced_message_is_no_finding(sound):
    change(sound, MAXIMUM_FAILED_SIGN_INS=0, SILENCED_SYSTEM_CHECKS=[*sound.SILENCED_SYSTEM_CHECKS, "dashboard.W005"])
    assert severities(settings_checks()["Guesses"]) == [FINE]


def test_deployment_checks_report_the_same_messages(sound):
    change(sound, DEBUG=True, ALLOWED_HOSTS=["*"], PROMETHEUS_TOKEN="short")
    messages = {it.id: it.msg for it in run_checks(include_deployment_checks=True) if it.id.startswith("dashboard.")}
    assert set(messages) == {
        *("dashboard.E006", "dashboard.W007", "dashboard.W013"),
        *("dashboard.E025", "dashboard.E026", "dashboard.E027"),
    }
    findings = [finding.message for check in settings_checks().values() for finding in check()]
    assert all(findings.count(message) == 1 for message in messages.values())


def test_other_system_checks_leave_settings_of_a_deployment_alone(sound):
    change(sound, DEBUG=True, PROMETHEUS_TOKEN="short")
    assert not [it for it in run_checks() if it.id.startswith("dashboard.")]


def test_every_deployment_check_is_one_of_the_doctor(sound):
    modules = {checks.__name__, start.__name__}
    ours = {it for it in check_registry.registry.deployment_checks if it.__module__ in modules}
    assert ours == set(SETTINGS_CHECKS.values())


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://user@127.0.0.1/db", [FINE]),
        ("postgresql://user@localhost/db", [FINE]),
        ("postgresql:///db", [FINE]),
        ("postgresql://user@%2Frun%2Fpostgresql/db", [FINE]),
        ("postgresql://user@db.example.com/db", [WARNING, WARNING]),
        ("postgresql://user:password@db.example.com/db", [WARNING]),
        ("postgresql://user:password@db.example.com/db?sslmode=prefer", [WARNING]),
        ("postgresql://user:password@192.0.2.7/db?sslmode=require", [FINE]),
        ("postgresql://user@db.example.com/db?sslmode=verify-full", [WARNING]),
    ],
)
def test_database_on_another_computer(url, expected, sound, monkeypatch):
    monkeypatch.setattr(checks, "connection", SimpleNamespace(vendor="postgresql"))
    monkeypatch.setitem(sound.DATABASES, "default", database(url))
    assert severities(settings_checks()["Connections to others"]) == expected


def test_replica_on_another_computer(sound, monkeypatch):
    monkeypatch.setattr(checks, "connection", SimpleNamespace(vendor="postgresql"))
    monkeypatch.setitem(sound.DATABASES, "replica", database("postgresql://user@db.example.com/db"))
    findings = list(settings_checks()["Connections to others"]())
    assert [it.message.partition(" ")[0] for it in findings] == ["READ_DATABASE_URL"] * 2
