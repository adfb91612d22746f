"""What is said of settings: a case in which each check complains, and one in which it does not."""

from ipaddress import ip_network

import pytest

from operations.doctor import configuration
from tests.operations.doctor.cases import FINE, HTTPS, LOCAL, LONG, LONGER, PROBLEM, WARNING, change, grades


@pytest.mark.parametrize(
    ("check", "values", "expected"),
    [
        ("keys", {}, [FINE]),
        ("keys", {"DASHBOARD_SESSION_KEY": [LONG, "node:none"]}, [FINE]),
        ("keys", {"DASHBOARD_SESSION_KEY": [LONG, "k" * 31]}, [PROBLEM]),
        ("keys", {"DASHBOARD_ENCRYPTION_KEY": ["short"]}, [PROBLEM]),
        ("keys", {"SECRET_KEY": "short"}, [PROBLEM]),
        ("key_purposes", {}, [FINE]),
        ("key_purposes", {"DASHBOARD_SESSION_KEY": [LONG], "DASHBOARD_ENCRYPTION_KEY": [LONG]}, [WARNING]),
        ("key_purposes", {"DASHBOARD_SESSION_KEY": [LONG, LONGER], "DASHBOARD_ENCRYPTION_KEY": [LONGER]}, [FINE]),
        ("key_purposes", {"SECRET_KEY": LONG, "DASHBOARD_ENCRYPTION_KEY": [LONG]}, [WARNING]),
        ("passwords", {"BCRYPT_WORKLOAD_FACTOR": 12}, [FINE]),
        ("passwords", {"BCRYPT_WORKLOAD_FACTOR": 11}, [WARNING]),
        ("passwords", {"BCRYPT_WORKLOAD_FACTOR": 9}, [PROBLEM]),
        ("guesses", {}, [FINE]),
        ("guesses", {"MAXIMUM_FAILED_SIGN_INS": 0}, [WARNING]),
        ("debug", {}, [FINE]),
        ("debug", {"DEBUG": True}, [PROBLEM]),
        ("address", {}, [FINE]),
        ("address", {"ALLOWED_HOSTS": [".example.com"]}, [FINE]),
        ("address", {"ALLOWED_HOSTS": ["*"]}, [WARNING]),
        ("address", {"ALLOWED_HOSTS": ["localhost"]}, [PROBLEM]),
        ("address", {"DASHBOARD_SERVER": "http://[::1]:8000", "ALLOWED_HOSTS": ["[::1]"]}, [FINE]),
        ("encryption", {}, [FINE]),
        ("encryption", {"DASHBOARD_SERVER": LOCAL}, [FINE]),
        ("encryption", {"DASHBOARD_SERVER": "http://127.0.0.1"}, [FINE]),
        ("encryption", {"DASHBOARD_SERVER": "http://192.168.0.7"}, [PROBLEM]),
        ("encryption", {"DASHBOARD_SERVER": "http://dashboard.example.com"}, [PROBLEM]),
        ("proxies", {}, [FINE]),
        ("proxies", {"TRUSTED_PROXIES": []}, [WARNING]),
        ("proxies", {"TRUSTED_PROXIES": [], "DASHBOARD_SERVER": LOCAL}, [FINE]),
        ("proxies", {"TRUSTED_PROXIES": [ip_network("10.0.0.0/8"), ip_network("fd00::/48")]}, [FINE]),
        ("proxies", {"TRUSTED_PROXIES": [ip_network("0.0.0.0/0")]}, [PROBLEM]),
        ("proxies", {"TRUSTED_PROXIES": [ip_network("::/0")]}, [PROBLEM]),
        ("application_server", {}, [FINE]),
        ("application_server", {"APPLICATION_SERVER": HTTPS, "APPLICATION_SERVER_TOKEN": LONG}, [FINE]),
        ("application_server", {"APPLICATION_SERVER": HTTPS, "APPLICATION_SERVER_TOKEN": "short"}, [PROBLEM]),
        ("prometheus", {}, [FINE]),
        ("prometheus", {"PROMETHEUS_TOKEN": LONG}, [FINE]),
        ("prometheus", {"PROMETHEUS_TOKEN": "short"}, [WARNING]),
        ("django", {}, [FINE]),
        ("django", {"SECURE_HSTS_SECONDS": 0}, [WARNING]),
        ("django", {"SECURE_HSTS_SECONDS": 0, "DASHBOARD_SERVER": LOCAL}, [FINE]),
        ("django", {"SILENCED_SYSTEM_CHECKS": []}, [PROBLEM, *[WARNING] * 3]),
    ],
)
def test_settings(check, values, expected, sound):
    change(sound, **values)
    assert grades(getattr(configuration, check)) == expected


@pytest.mark.parametrize(("address", "expected"), [(LOCAL, WARNING), (HTTPS, PROBLEM)])
def test_key_that_was_made_on_the_first_start(address, expected, sound):
    (sound.DATA_DIR / "secret_key").write_text(f"{sound.SECRET_KEY}\n")
    change(sound, DASHBOARD_SERVER=address)
    assert grades(configuration.keys) == [expected]


def test_key_file_that_is_not_used_does_not_matter(sound):
    (sound.DATA_DIR / "secret_key").write_text("another secret")
    assert grades(configuration.keys) == [FINE]
