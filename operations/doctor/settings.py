"""Findings about settings, from the system checks of operations.checks and from Django's own."""

from collections.abc import Iterator
from functools import partial

from django.conf import settings
from django.core.checks import ERROR, WARNING, CheckMessage, run_checks

from operations import checks, start
from operations.checks import SettingsCheck
from operations.doctor.findings import Check, Finding, fine, problem, warning

SETTINGS_CHECKS: dict[str, SettingsCheck] = {
    "Start": start.check_start,
    "Keys": checks.check_secret_keys,
    "Purposes of keys": checks.check_key_purposes,
    "Password hashes": checks.check_password_hashing,
    "Guesses": checks.check_lockout,
    "Second factors": checks.check_second_factors,
    "Debugging": checks.check_debug,
    "Address": checks.check_allowed_hosts,
    "Encryption": checks.check_encryption,
    "Connections to others": checks.check_connections,
    "Proxies": checks.check_proxies,
    "Application server": checks.check_application_server,
    "Prometheus": checks.check_prometheus,
    "Compatibility": checks.check_compatibility,
}


def settings_checks() -> dict[str, Check]:
    """Return a check of the doctor for each system check of ours, and one for all others, by name."""
    ours: dict[str, Check] = {name: partial(settings_findings, name) for name in SETTINGS_CHECKS}
    return {**ours, "Django": django_findings}


def settings_findings(name: str) -> Iterator[Finding]:
    """Run one of SETTINGS_CHECKS. A check without a message is fine."""
    messages = [*_reported(SETTINGS_CHECKS[name]())]
    yield from (_finding(message, message.msg) for message in messages)
    if not messages:
        yield fine(_confirmation(name))


def django_findings() -> Iterator[Finding]:
    """Run all other system checks, with those for deployments if other computers can reach this one."""
    ours = [message for check in SETTINGS_CHECKS.values() for message in check()]
    messages = run_checks(include_deployment_checks=checks.is_public(settings.DASHBOARD_SERVER))
    others = [message for message in _reported(messages) if message not in ours]
    yield from (_finding(message, f"{message.msg} ({message.id})") for message in others)
    if not others:
        yield fine("Django's own checks pass.")


def _reported(messages: list[CheckMessage]) -> Iterator[CheckMessage]:
    return (it for it in messages if it.level >= WARNING and not it.is_silenced())


def _finding(message: CheckMessage, sentence: str) -> Finding:
    report = problem if message.level >= ERROR else warning
    return report(sentence, message.hint or "Django's documentation explains it.")


def _confirmation(name: str) -> str:
    """Return what is fine about settings for which a check has no message."""
    is_https, has_server = settings.SERVED_BY_HTTPS, settings.APPLICATION_SERVER is not None
    return {
        "Keys": "The keys come from the environment and are long enough.",
        "Purposes of keys": "Each purpose has a key of its own.",
        "Password hashes": f"Passwords are hashed with work factor {settings.BCRYPT_WORKLOAD_FACTOR}.",
        "Guesses": f"{settings.MAXIMUM_FAILED_SIGN_INS} wrong passwords or codes in a row lock an account temporarily.",
        "Second factors": f"REQUIRE_SECOND_FACTOR is {settings.REQUIRE_SECOND_FACTOR}.",
        "Debugging": "DEBUG is off.",
        "Address": "ALLOWED_HOSTS contains the host of DASHBOARD_SERVER.",
        "Start": "manage.py serve starts with these settings.",
        "Connections to others": "Database and Redis are local, or have a password and TLS.",
        "Encryption": f"DASHBOARD_SERVER is {'https: cookies are Secure, HSTS is on' if is_https else 'local'}.",
        "Proxies": "Client addresses are taken from trusted proxies only.",
        "Application server": "Its token is long enough." if has_server else "APPLICATION_SERVER is not set.",
        "Prometheus": "Its token is long enough." if settings.PROMETHEUS_TOKEN else "PROMETHEUS_TOKEN is not set.",
        "Compatibility": "NODE_COMPATIBILITY leaves the protections on that the Node Dashboard does not have.",
    }[name]
