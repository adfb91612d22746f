"""A public server with settings that anybody could guess does not start."""

import os
import secrets
import subprocess
import sys
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from dashboard_project.management.commands import serve
from operations.start import is_guessable, refuse_unsafe_start
from tests.operations.doctor.cases import HTTPS, LOCAL, change
from tests.operations.doctor.conftest import sound

__all__ = ["sound"]

GOOD = "8Vw3rYq1Zt6Kx0Lm5Nc9Bf2Hj7Gd4PsTaWuEoRiXzQvCyMhJkLnSb"
WORTHLESS: dict[str, Any] = {
    "SECRET_KEY": "x",
    "DASHBOARD_SESSION_KEY": ["a"],
    "DASHBOARD_ENCRYPTION_KEY": ["b"],
    "IDENTITY_KEYS": ["8Vw3rYq1Zt6Kx0Lm5Nc9Bf2Hj7Gd4PsTaWuEoRiXzQvCyMhJkLnSb", "i"],
    "APPLICATION_SERVER_TOKEN": "t",
    "PROMETHEUS_TOKEN": "p",
    "DEBUG": True,
    "ALLOWED_HOSTS": ["*"],
    "BCRYPT_WORKLOAD_FACTOR": 4,
}


def reasons() -> list[str]:
    """Return the names of the settings for which the start is refused."""
    try:
        refuse_unsafe_start()
    except ImproperlyConfigured as error:
        return [line.partition(" ")[0] for line in str(error).splitlines()]
    return []


def test_sound_settings_start(sound: Any) -> None:
    assert reasons() == []


@pytest.mark.parametrize("name", WORTHLESS)
def test_one_worthless_setting_is_refused(name: str, sound: Any) -> None:
    change(sound, **{name: WORTHLESS[name]})
    assert reasons() == [name]


def test_each_reason_is_one_line_that_says_what_to_do(sound: Any) -> None:
    change(sound, **WORTHLESS)
    with pytest.raises(ImproperlyConfigured) as refusal:
        refuse_unsafe_start()
    lines = str(refusal.value).splitlines()
    assert len(lines) == len(WORTHLESS)
    assert all(": " in line and line.endswith(".") for line in lines)


def test_no_reason_quotes_a_secret(sound: Any) -> None:
    change(sound, SECRET_KEY="changeme-hunter2")
    with pytest.raises(ImproperlyConfigured) as refusal:
        refuse_unsafe_start()
    assert "hunter2" not in str(refusal.value)


def test_local_server_starts_with_anything(sound: Any) -> None:
    change(sound, DASHBOARD_SERVER=LOCAL, **WORTHLESS)
    assert reasons() == []


def test_old_key_that_only_verifies_may_be_short(sound: Any) -> None:
    """Hashes of a Node Dashboard were made with it."""
    change(sound, DASHBOARD_ENCRYPTION_KEY=[GOOD, "short", "node:none"])
    assert reasons() == []


def test_reason_can_be_silenced(sound: Any) -> None:
    change(sound, DEBUG=True, SILENCED_SYSTEM_CHECKS=[*sound.SILENCED_SYSTEM_CHECKS, "dashboard.E026"])
    assert reasons() == []


@pytest.mark.parametrize(
    "secret",
    ["django-insecure-" + GOOD, "change-this-" * 4, "ChangeMe" * 8, "k" * 64, "your secret key " * 3, GOOD[:31]],
)
def test_known_and_short_secrets_are_guessable(secret: str) -> None:
    assert is_guessable(secret)


def test_random_secrets_are_not_guessable() -> None:
    made = [secrets.token_urlsafe(24) for _ in range(1000)] + [secrets.token_hex(16) for _ in range(1000)]
    assert not [secret for secret in made if is_guessable(secret)]


def test_serve_prints_each_reason_and_serves_nothing(sound: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[str] = []
    monkeypatch.setattr(serve, "_serve", served.append)
    change(sound, DEBUG=True, PROMETHEUS_TOKEN="p")
    with pytest.raises(CommandError) as refusal:
        call_command("serve")
    assert [line.split()[:4] for line in str(refusal.value).splitlines()] == [
        ["Dashboard", "cannot", "start.", "PROMETHEUS_TOKEN"],
        ["Dashboard", "cannot", "start.", "DEBUG"],
    ]
    assert not served


@pytest.mark.process
@pytest.mark.parametrize(
    "command",
    [("manage.py", "serve"), pytest.param(("-c", "import dashboard_project.wsgi"), marks=pytest.mark.exhaustive)],
    ids=str,
)
def test_process_with_worthless_settings_ends(command: tuple[str, ...], tmp_path: Any) -> None:
    """With `manage.py serve`, and with any other WSGI server."""
    environment = {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(tmp_path),
        "DASHBOARD_SERVER": HTTPS,
        "SECRET_KEY": "x",
        "DEBUG": "true",
        "ALLOWED_HOSTS": "*",
        "BCRYPT_WORKLOAD_FACTOR": "4",
    }
    ended = subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert ended.returncode == 1
    for name in ("SECRET_KEY", "DASHBOARD_SESSION_KEY", "DEBUG", "ALLOWED_HOSTS", "BCRYPT_WORKLOAD_FACTOR"):
        assert name in ended.stderr
