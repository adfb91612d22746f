"""What the environment sets: defaults, good values, and how a bad one stops the start."""

import os
from ipaddress import ip_network
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from environs import EnvError

from tests.dashboard_project.environment import POSTGRESQL, Load

LENGTHS = ["USERNAME", "PASSWORD", "RESET_CODE", "PROFILE_FULL_NAME", "PROFILE_DISPLAY_NAME", "PROFILE_COMPANY_NAME"]
TIMEOUTS = ["HEADER_TIMEOUT", "BODY_TIMEOUT", "RESPONSE_TIMEOUT", "STOP_TIMEOUT"]
FLAGS = [
    "GATEWAY",
    "BATCH_SCHEDULING",
    *("API_DOCS", "DB_PREPARED", "DEBUG", "DISABLE_METRICS", "DISABLE_REGISTRATION", "REQUIRE_PROFILE"),
    *("LOG_REQUESTS", "REFUSE_TRIVIAL_RESET_CODES", "SECURE_HSTS_INCLUDE_SUBDOMAINS"),
    *("ADMINISTRATORS_MAY_EXPORT", "REVOKE_RESET_CODES", "PROTECT_ADMINISTRATORS", "REQUIRE_RECENT_PROOF"),
    *("FIRST_ACCOUNT_IS_OWNER", "ALLOW_FIRST_REGISTRATION", "HIDE_ACCOUNT_EXISTENCE"),
]

DEFAULTS = {
    "ADMINISTRATORS_MAY_EXPORT": False,
    "NODE_COMPATIBILITY": "extended",
    "DB_PREPARED": True,
    "READ_DATABASE_URL": None,
    "READ_DATABASE_MAXIMUM_LAG": 5,
    "REDIS_URL": None,
    "DASHBOARD_SESSION_KEY": ["a secret, of some length"],
    "DASHBOARD_ENCRYPTION_KEY": ["a secret, of some length"],
    "IDENTITY_KEYS": ["a secret, of some length"],
    "APPID": "dashboard",
    "DEBUG": False,
    "ALLOWED_HOSTS": ["localhost", "127.0.0.1", "[::1]"],
    "DASHBOARD_SERVER": "http://localhost:8000",
    "HOST": "localhost",
    "SESSIONID_COOKIE_NAME": "sessionid",
    "TOKEN_COOKIE_NAME": "token",
    "ADMIN_COOKIE_NAME": "dashboard_admin",
    "PORT": 8000,
    "PROMETHEUS_TOKEN": None,
    "SECURE_HSTS_INCLUDE_SUBDOMAINS": False,
    "LOG_REQUESTS": False,
    "WORKERS": os.cpu_count(),
    "GATEWAY": True,
    "BATCH_SCHEDULING": True,
    "MAXIMUM_CONNECTIONS": 4096,
    "MAXIMUM_WAITING_PASSWORDS": 32,
    "HEADER_TIMEOUT": 15,
    "BODY_TIMEOUT": 30,
    "RESPONSE_TIMEOUT": 60,
    "STOP_TIMEOUT": 30,
    "STOP_DELAY": 0,
    "TRUSTED_PROXIES": [],
    "WEBHOOK_HTTP": False,
    "WEBHOOK_NETWORKS": [],
    "CORS_ALLOWED_ORIGINS": [],
    "API_DOCS": True,
    "APPLICATION_SERVER": None,
    "APPLICATION_SERVER_TOKEN": None,
    "BCRYPT_WORKLOAD_FACTOR": 12,
    "DELETE_DELAY": 7,
    "DISABLE_METRICS": False,
    "DISABLE_REGISTRATION": False,
    "MAXIMUM_POST_DATA_LENGTH": 2_000_000,
    "MINIMUM_USERNAME_LENGTH": 6,
    "MAXIMUM_USERNAME_LENGTH": 50,
    "MINIMUM_PASSWORD_LENGTH": 8,
    "MAXIMUM_PASSWORD_LENGTH": 128,
    "PASSWORD_BLOCKLIST": True,
    "RESTRICT_USERNAMES": True,
    "MINIMUM_RESET_CODE_LENGTH": 6,
    "MAXIMUM_RESET_CODE_LENGTH": 50,
    "REQUIRE_PROFILE": False,
    "USER_PROFILE_FIELDS": ["contact-email", "full-name"],
    "MINIMUM_PROFILE_FULL_NAME_LENGTH": 1,
    "MAXIMUM_PROFILE_FULL_NAME_LENGTH": 50,
    "MINIMUM_PROFILE_DISPLAY_NAME_LENGTH": 1,
    "MAXIMUM_PROFILE_DISPLAY_NAME_LENGTH": 50,
    "MINIMUM_PROFILE_COMPANY_NAME_LENGTH": 1,
    "MAXIMUM_PROFILE_COMPANY_NAME_LENGTH": 50,
    "PAGE_SIZE": 10,
    "SESSION_VERIFICATION_DELAY": 14_400,
    "TIME_ZONE": "UTC",
    "MAXIMUM_FAILED_SIGN_INS": 10,
    "MAXIMUM_FAILED_SIGN_INS_IN_ALL": 100,
    "BROWSER_COOKIE_NAME": "dashboard_browser",
    "SESSION_IDLE_TIMEOUT": 0,
    "OWN_SESSION_WITHOUT_ID": True,
    "END_REPLACED_SESSIONS": True,
    "MAXIMUM_SESSIONS": 0,
    "RENEW_TOKENS": True,
    "RATE_LIMITS": True,
    "RATE_LIMIT_SIGN_IN": "60/minute;600/hour",
    "RATE_LIMIT_SIGN_IN_IN_ALL": "",
    "RATE_LIMIT_FAILED_SIGN_INS": "50/hour",
    "RATE_LIMIT_REGISTRATION": "10/minute;60/hour",
    "RATE_LIMIT_REGISTRATION_IN_ALL": "600/minute",
    "RATE_LIMIT_PASSWORD_RESET": "20/minute;100/hour",
    "RATE_LIMIT_PASSWORD_RESET_IN_ALL": "",
    "RATE_LIMIT_PASSWORD_PROOF": "30/minute",
    "RATE_LIMIT_SESSIONS": "60/minute;600/hour",
    "RATE_LIMIT_RESET_CODES": "20/hour",
    "RATE_LIMIT_PROFILES": "60/hour",
    "RATE_LIMIT_EXPORTS": "30/minute;300/hour",
    "RESET_CODE_LIFETIME": 86_400,
    "MAXIMUM_RESET_CODES": 5,
    "REFUSE_TRIVIAL_RESET_CODES": True,
    "REVOKE_RESET_CODES": True,
    "PROTECT_ADMINISTRATORS": True,
    "REQUIRE_SECOND_FACTOR": "nobody",
    "PASSKEY_DOMAIN": "localhost",
    "REQUIRE_RECENT_PROOF": True,
    "FIRST_ACCOUNT_IS_OWNER": True,
    "HIDE_ACCOUNT_EXISTENCE": False,
    "ALLOW_FIRST_REGISTRATION": False,
}
OF_THE_STORAGE = {"DATA_DIR", "DATABASE_URL", "SECRET_KEY"}  # test_data_directory.py, test_secret_key.py
STRICT_DEFAULTS = {
    "OWN_SESSION_WITHOUT_ID": False,
    "END_REPLACED_SESSIONS": False,
    "RENEW_TOKENS": False,
    "RATE_LIMITS": False,
    "MAXIMUM_FAILED_SIGN_INS": 0,
    "RESET_CODE_LIFETIME": 0,
    "MAXIMUM_RESET_CODES": 0,
    "REFUSE_TRIVIAL_RESET_CODES": False,
    "MINIMUM_PASSWORD_LENGTH": 6,
    "MAXIMUM_PASSWORD_LENGTH": 50,
    "PASSWORD_BLOCKLIST": False,
    "RESTRICT_USERNAMES": False,
    "REVOKE_RESET_CODES": False,
    "PROTECT_ADMINISTRATORS": False,
    "REQUIRE_RECENT_PROOF": False,
    "ALLOW_FIRST_REGISTRATION": True,
}

# Defaults and good values


def test_defaults(load: Load) -> None:
    settings = load()
    read = set(settings["env"].dump()) - OF_THE_STORAGE
    assert read - DEFAULTS.keys() == set(), "Add these settings to DEFAULTS, and good and bad values to GOOD and BAD."
    assert {name: settings[name] for name in read} == DEFAULTS


def test_strict_compatibility_gives_the_contracts_defaults(load: Load) -> None:
    settings = load(NODE_COMPATIBILITY="strict")
    expected = DEFAULTS | {"NODE_COMPATIBILITY": "strict"} | STRICT_DEFAULTS
    assert {name: settings[name] for name in expected} == expected


def test_a_setting_that_is_set_keeps_its_value_under_strict_compatibility(load: Load) -> None:
    assert load(NODE_COMPATIBILITY="strict", MAXIMUM_FAILED_SIGN_INS="7")["MAXIMUM_FAILED_SIGN_INS"] == 7


@pytest.mark.parametrize(
    ("server", "path"),
    [
        ("https://example.com", ""),
        ("https://example.com/", ""),
        ("https://example.com/auth", "/auth"),
        ("https://example.com/auth/", "/auth"),
        ("https://example.com/a/b-c_d.e~f", "/a/b-c_d.e~f"),
        ("https://example.com/apis", "/apis"),
        ("https://Example.com:443/auth", "/auth"),
    ],
)
def test_path_of_the_server(load: Load, server: str, path: str) -> None:
    settings = load(DASHBOARD_SERVER=server)
    assert settings["DASHBOARD_PATH"] == path
    assert settings["CSRF_TRUSTED_ORIGINS"] == ["https://example.com"]


@pytest.mark.parametrize(
    ("server", "name", "path"),
    [
        ("http://example.com", "dashboard_admin", "/admin/"),
        ("https://example.com", "__Host-dashboard_admin", "/"),
        ("https://example.com/auth", "__Secure-dashboard_admin", "/admin/"),
    ],
)
def test_cookies_of_the_site_are_bound_to_its_host(load: Load, server: str, name: str, path: str) -> None:
    settings = load(DASHBOARD_SERVER=server)
    assert (settings["ADMIN_COOKIE_NAME"], settings["ADMIN_COOKIE_PATH"]) == (name, path)
    assert (settings["CSRF_COOKIE_NAME"], settings["CSRF_COOKIE_PATH"]) == (f"{name}_csrf", path)


@pytest.mark.parametrize(
    ("environment", "prefix"),
    [
        ({"DASHBOARD_SERVER": "http://example.com"}, ""),
        ({"DASHBOARD_SERVER": "https://example.com"}, "__Host-"),
        ({"DASHBOARD_SERVER": "https://example.com/auth"}, "__Secure-"),
        ({"DASHBOARD_SERVER": "https://example.com", "NODE_COMPATIBILITY": "strict"}, ""),
    ],
)
def test_cookies_of_the_api_are_bound_to_their_host(load: Load, environment: dict[str, str], prefix: str) -> None:
    settings = load(**environment)
    names = [settings[f"{it}_COOKIE_NAME"] for it in ("SESSIONID", "TOKEN", "BROWSER")]
    assert names == [f"{prefix}sessionid", f"{prefix}token", f"{prefix}dashboard_browser"]


def test_names_of_cookies_are_taken_as_they_are_given(load: Load) -> None:
    settings = load(DASHBOARD_SERVER="https://example.com", SESSIONID_COOKIE_NAME="sessionid")
    assert settings["SESSIONID_COOKIE_NAME"] == "sessionid"
    settings = load(DASHBOARD_SERVER="https://example.com", SESSIONID_COOKIE_NAME="__Host-id")
    assert settings["SESSIONID_COOKIE_NAME"] == "__Host-id"
    with pytest.raises(EnvError, match="__Host-id"):
        load(DASHBOARD_SERVER="https://example.com/auth", SESSIONID_COOKIE_NAME="__Host-id")


GOOD: list[tuple[str, str, Any]] = [
    ("DATABASE_URL", POSTGRESQL, POSTGRESQL),
    ("DATABASE_URL", "postgres://postgres@127.0.0.1/dashboard", "postgres://postgres@127.0.0.1/dashboard"),
    ("DATABASE_URL", "sqlite:////tmp/dashboard.sqlite3", "sqlite:////tmp/dashboard.sqlite3"),
    ("DATABASE_URL", "sqlite:////tmp/a@b.sqlite3?timeout=5", "sqlite:////tmp/a@b.sqlite3?timeout=5"),
    ("DATABASE_URL", "postgresql:///dashboard", "postgresql:///dashboard"),
    ("DATABASE_URL", "postgresql://%2Frun%2Fpg/x", "postgresql://%2Frun%2Fpg/x"),
    ("READ_DATABASE_URL", "", None),
    ("READ_DATABASE_MAXIMUM_LAG", "2", 2),
    ("READ_DATABASE_MAXIMUM_LAG", "3600", 3600),
    ("REDIS_URL", "redis://localhost:6379/1", "redis://localhost:6379/1"),
    ("REDIS_URL", "rediss://:password@redis.example.com:6380/0", "rediss://:password@redis.example.com:6380/0"),
    ("REDIS_URL", "unix:///run/redis.sock", "unix:///run/redis.sock"),
    *(
        ("REDIS_URL", f"{server}?{option}", f"{server}?{option}")
        for server in ("redis://localhost/0", "redis+sentinel://localhost/dashboard/0")
        for option in ("max_connections=50", "client_name=dashboard", "health_check_interval=30")
    ),
    ("SECRET_KEY", "another secret", "another secret"),
    ("DASHBOARD_SESSION_KEY", "new", ["new"]),
    ("DASHBOARD_SESSION_KEY", "new, old", ["new", "old"]),
    ("DASHBOARD_ENCRYPTION_KEY", "new,old,node:none", ["new", "old", "node:none"]),
    ("IDENTITY_KEYS", "new, old", ["new", "old"]),
    ("APPID", "an application", "an application"),
    ("APPID", "a" * 255, "a" * 255),
    *((name, "true", True) for name in FLAGS),
    *((name, "1", True) for name in FLAGS),
    *((name, "false", False) for name in FLAGS),
    ("ALLOWED_HOSTS", "example.com", ["example.com"]),
    ("ALLOWED_HOSTS", "example.com, .example.org", ["example.com", ".example.org"]),
    ("DASHBOARD_SERVER", "https://accounts.example.com", "https://accounts.example.com"),
    ("DASHBOARD_SERVER", "http://[::1]:8000", "http://[::1]:8000"),
    *(("REQUIRE_SECOND_FACTOR", value, value) for value in ("nobody", "administrators", "everybody")),
    ("PASSKEY_DOMAIN", "localhost", "localhost"),
    ("HOST", "0.0.0.0", "0.0.0.0"),
    ("PORT", "1", 1),
    ("PORT", "65535", 65535),
    ("WORKERS", "1", 1),
    ("MAXIMUM_CONNECTIONS", "1", 1),
    ("MAXIMUM_WAITING_PASSWORDS", "0", 0),
    *((name, "1", 1) for name in TIMEOUTS),
    *((name, "3600", 3600) for name in TIMEOUTS),
    ("WEBHOOK_HTTP", "true", True),
    ("WEBHOOK_NETWORKS", "10.0.0.0/8, ::1", [ip_network("10.0.0.0/8"), ip_network("::1")]),
    ("TRUSTED_PROXIES", "10.0.0.0/8", [ip_network("10.0.0.0/8")]),
    ("TRUSTED_PROXIES", "127.0.0.1, ::1", [ip_network("127.0.0.1"), ip_network("::1")]),
    ("CORS_ALLOWED_ORIGINS", "https://app.example.com", ["https://app.example.com"]),
    (
        "CORS_ALLOWED_ORIGINS",
        "https://a.example, http://localhost:3000",
        ["https://a.example", "http://localhost:3000"],
    ),
    ("APPLICATION_SERVER_TOKEN", "a token", "a token"),
    ("PROMETHEUS_TOKEN", "a token", "a token"),
    ("BCRYPT_WORKLOAD_FACTOR", "4", 4),
    ("BCRYPT_WORKLOAD_FACTOR", "31", 31),
    ("DELETE_DELAY", "0", 0),
    ("MAXIMUM_POST_DATA_LENGTH", "1", 1),
    *((f"MINIMUM_{name}_LENGTH", "1", 1) for name in LENGTHS),
    *((f"MINIMUM_{name}_LENGTH", "50", 50) for name in LENGTHS),
    *((f"MAXIMUM_{name}_LENGTH", "200", 200) for name in LENGTHS),
    ("USER_PROFILE_FIELDS", "dob", ["dob"]),
    (
        "USER_PROFILE_FIELDS",
        "full-name,contact-email,display-name,display-email,dob,phone,occupation,location,company-name, website",
        [
            *("full-name", "contact-email", "display-name", "display-email", "dob", "phone"),
            *("occupation", "location", "company-name", "website"),
        ],
    ),
    ("PAGE_SIZE", "1", 1),
    ("TIME_ZONE", "America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
    ("SESSION_VERIFICATION_DELAY", "60", 60),
    ("RESET_CODE_LIFETIME", "0", 0),
    ("RESET_CODE_LIFETIME", "900", 900),
    ("STOP_DELAY", "0", 0),
    ("STOP_DELAY", "1000", 1000),
    ("MAXIMUM_SESSIONS", "0", 0),
    ("MAXIMUM_SESSIONS", "1000", 1000),
    ("MAXIMUM_RESET_CODES", "0", 0),
    ("MAXIMUM_RESET_CODES", "1", 1),
]


@pytest.mark.parametrize(("name", "given", "expected"), GOOD)
def test_good_value(load: Load, name: str, given: str, expected: Any) -> None:
    assert load(**{name: given})[name] == expected


@pytest.mark.parametrize(
    ("compatibility", "expected"), [({}, False), ({"NODE_COMPATIBILITY": "strict"}, True)], ids=str
)
def test_first_account_of_a_public_server(load: Load, compatibility: dict[str, str], expected: bool) -> None:
    settings = load(DASHBOARD_SERVER="https://accounts.example.com", **compatibility)
    assert settings["FIRST_ACCOUNT_IS_OWNER"] is expected


def test_application_server_with_its_token(load: Load) -> None:
    settings = load(APPLICATION_SERVER="https://example.com", APPLICATION_SERVER_TOKEN="a token")
    assert (settings["APPLICATION_SERVER"], settings["APPLICATION_SERVER_TOKEN"]) == ("https://example.com", "a token")


@pytest.mark.parametrize("domain", ["accounts.example.com", "example.com"])
def test_passkeys_are_for_the_host_or_a_domain_that_it_is_in(domain: str, load: Load) -> None:
    server = {"DASHBOARD_SERVER": "https://Accounts.example.com:8443/auth"}
    assert load(**server)["PASSKEY_DOMAIN"] == "accounts.example.com"
    assert load(**server, PASSKEY_DOMAIN=domain)["PASSKEY_DOMAIN"] == domain


@pytest.mark.parametrize("domain", ["com", "ample.com", "other.example.com", "a.accounts.example.com"])
def test_passkeys_are_for_no_other_domain(domain: str, load: Load) -> None:
    with pytest.raises(EnvError, match="PASSKEY_DOMAIN"):
        load(DASHBOARD_SERVER="https://accounts.example.com", PASSKEY_DOMAIN=domain)


@pytest.mark.parametrize(("address", "secure"), [("https://example.com", True), ("http://example.com", False)])
def test_https_is_told_from_the_address(load: Load, address: str, secure: bool) -> None:
    settings = load(DASHBOARD_SERVER=address)
    assert settings["SERVED_BY_HTTPS"] is secure
    assert (settings["SECURE_HSTS_SECONDS"] > 0) is secure


# Bad values


BAD = [
    *(("SESSION_IDLE_TIMEOUT", value) for value in ("-1", "1", "299", "soon", "9" * 20)),
    ("RATE_LIMIT_SIGN_IN", "many"),
    ("RATE_LIMIT_PROFILES", "10/fortnight"),
    ("RATE_LIMIT_EXPORTS", "often"),
    *(("BROWSER_COOKIE_NAME", value) for value in ("", "a b", "sessionid", "__Host-browser")),
    *(("DATABASE_URL", value) for value in ("", "nonsense", "mysql://localhost/x", "postgresql://[", "http://x/y")),
    ("DATABASE_URL", "postgresql://localhost:port/dashboard"),
    *(("DATABASE_URL", f"postgresql://somebody:12{letter}34@host/x") for letter in "/#?"),
    *(
        ("DATABASE_URL", value)
        for value in ("postgresql://localhost", "postgresql://u:p@host:0x/x", "postgresql://a/b#c")
    ),
    *(
        ("DATABASE_URL", value)
        for value in ("sqlite://", "sqlite:///", "sqlite://folder/file", "sqlite:x", "sqlite:///a#b")
    ),
    *(("DATABASE_URL", f"sqlite:////tmp/x?{option}") for option in ("timeout=soon", "mode=ro")),
    *(("READ_DATABASE_URL", value) for value in (POSTGRESQL, "nonsense", "sqlite:///x", "postgresql://a,b/dashboard")),
    *(("READ_DATABASE_MAXIMUM_LAG", value) for value in ("", "0", "1", "3601", "2.5", "soon")),
    ("REDIS_URL", "redis://:12#34@localhost:6379/0"),
    ("DATA_DIR", ""),
    *(("REDIS_URL", value) for value in ("", "localhost:6379", "http://localhost", "redis://localhost:port/0")),
    *(
        ("REDIS_URL", f"{server}?{option}")
        for server in ("redis://localhost", "unix:///run/redis.sock", "redis+sentinel://localhost/service")
        for option in ("socket_timeout=soon", "unknown=1", "ssl_check_hostname=false")
    ),
    ("REDIS_URL", "rediss://localhost?ssl_cert_reqs=sometimes"),
    *(
        ("REDIS_URL", f"{server}?{option}")
        for server in ("redis://localhost/0", "redis+sentinel://localhost/dashboard/0")
        for option in (
            *("decode_responses=true", "retry_on_error=x", "socket_read_size=0", "retry=3", "parser_class=x"),
            *("socket_timeout=0", "socket_connect_timeout=-1", "client_name=a%20b"),
        )
    ),
    ("REDIS_URL", "rediss://localhost?ssl_validate_ocsp=true"),
    ("SECRET_KEY", ""),
    *(("DASHBOARD_SESSION_KEY", value) for value in ("", " ", "a,,b", "a,", ",a", "node:none", "node:none,a")),
    *(("IDENTITY_KEYS", value) for value in ("", "a,", "node:none", "a,node:none")),
    *(("DASHBOARD_ENCRYPTION_KEY", value) for value in ("", " ", "a,,b", "a,", ",a", "node:none", "node:none,a")),
    *(("NODE_COMPATIBILITY", value) for value in ("", "Strict", "none")),
    *(("APPID", value) for value in ("", "a" * 256)),
    *((name, value) for name in FLAGS for value in ("", "perhaps", "2")),
    *(("ALLOWED_HOSTS", value) for value in (" ", "a,,b", "a,")),
    *(("DASHBOARD_SERVER", value) for value in ("", "example.com", "ftp://example.com", "http://", "http://[")),
    *(("DASHBOARD_SERVER", value) for value in ("http://a:port", "http://a:0", "http://a:65536", "//example.com")),
    *(
        ("DASHBOARD_SERVER", f"http://a/{path}")
        for path in ("api", "admin/x", "static", "a//b", "..", "a/../b", "ä", "a b")
    ),
    *(("DASHBOARD_SERVER", f"http://a/auth{rest}") for rest in ("?x", "#x", "?x=/y")),
    *(("REQUIRE_SECOND_FACTOR", value) for value in ("", "owner", "true")),
    *(("PASSKEY_DOMAIN", value) for value in ("", "example.com", "localhost:8000", "http://localhost", ".", "host")),
    ("HOST", ""),
    *(("SESSIONID_COOKIE_NAME", value) for value in ("", "a b", "a;b", "a=b", "ä", "token", "dashboard_admin")),
    *(("SESSIONID_COOKIE_NAME", value) for value in ("__Host-sessionid", "__Secure-sessionid")),  # without https
    *(("TOKEN_COOKIE_NAME", value) for value in ("", "a,b", "sessionid")),
    *(("ADMIN_COOKIE_NAME", value) for value in ("", "sessionid", "__Host-admin")),
    *(("PORT", value) for value in ("", "0", "65536", "-1", "http", "80.5")),
    *(("WORKERS", value) for value in ("", "0", "-1", "many")),
    *((name, value) for name in ("GATEWAY", "BATCH_SCHEDULING") for value in ("", "maybe")),
    *(("MAXIMUM_CONNECTIONS", value) for value in ("", "0", "-1", "many")),
    *(("MAXIMUM_WAITING_PASSWORDS", value) for value in ("", "-1", "many")),
    *((name, value) for name in TIMEOUTS for value in ("", "0", "-1", "1.5", "3601", "30s")),
    ("WEBHOOK_HTTP", "sometimes"),
    *(("WEBHOOK_NETWORKS", value) for value in ("localhost", "10.0.0.1/8")),
    *(("TRUSTED_PROXIES", value) for value in ("proxy", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.1,,10.0.0.2")),
    *(("CORS_ALLOWED_ORIGINS", value) for value in ("*", "null", "example.com", "https://*.example.com", "https://a/")),
    *(("CORS_ALLOWED_ORIGINS", value) for value in ("https://a/b", "https://a,", "https://A.example", "https://u@a")),
    ("CORS_ALLOWED_ORIGINS", "https://app.example.com:443"),
    *(("APPLICATION_SERVER", value) for value in ("", "example.com", "ftp://example.com")),
    *(("BCRYPT_WORKLOAD_FACTOR", value) for value in ("", "3", "32", "ten")),
    *(("DELETE_DELAY", value) for value in ("", "-1", "week", "7.5")),
    ("DELETE_DELAY", "1000000000"),
    ("PROMETHEUS_TOKEN", ""),
    *(("MAXIMUM_POST_DATA_LENGTH", value) for value in ("", "0", "-1", "2MB")),
    *((f"MINIMUM_{name}_LENGTH", value) for name in LENGTHS for value in ("", "0", "-1", "six")),
    *((f"MAXIMUM_{name}_LENGTH", value) for name in LENGTHS for value in ("", "0", "many")),
    *((f"MAXIMUM_{name}_LENGTH", "256") for name in LENGTHS if name.startswith("PROFILE")),
    *(("USER_PROFILE_FIELDS", value) for value in ("nickname", "full_name", "dob,dob", "dob,", "Full-Name")),
    *(("TIME_ZONE", value) for value in ("", "Mars/Phobos", "Europe", "/etc/passwd", "Europe/Berlin ")),
    *(("PAGE_SIZE", value) for value in ("", "0", "-1", "all")),
    *(("SESSION_VERIFICATION_DELAY", value) for value in ("", "0", "-1", "4h", "9" * 20)),
    *(("RESET_CODE_LIFETIME", value) for value in ("", "-1", "24h", "9999999999")),
    *(
        (name, value)
        for name in ("MAXIMUM_RESET_CODES", "MAXIMUM_SESSIONS", "STOP_DELAY")
        for value in ("", "-1", "some", "1001")
    ),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_bad_value(load: Load, name: str, value: str) -> None:
    with pytest.raises((EnvError, ImproperlyConfigured), match=name) as error:
        load(**{name: value})
    assert "\n" not in str(error.value)


def test_option_that_a_connection_to_redis_cannot_use_is_named(load: Load) -> None:
    with pytest.raises(EnvError, match=r"REDIS_URL.*decode_responses"):
        load(REDIS_URL="redis://:secret@localhost/0?decode_responses=true")


@pytest.mark.parametrize("name", LENGTHS)
@pytest.mark.parametrize("maximum", [{}, {"MAXIMUM": "50"}])
def test_a_minimum_over_the_maximum(load: Load, name: str, maximum: dict[str, str]) -> None:
    minimum = {"MINIMUM": "51" if maximum else "129"}
    lengths = {f"{end}_{name}_LENGTH": value for end, value in {**minimum, **maximum}.items()}
    with pytest.raises((EnvError, ImproperlyConfigured), match=f"{name}_LENGTH"):
        load(**lengths)


@pytest.mark.parametrize("token", [{}, {"APPLICATION_SERVER_TOKEN": ""}])
def test_application_server_without_its_token(load: Load, token: dict[str, str]) -> None:
    with pytest.raises(EnvError, match="APPLICATION_SERVER_TOKEN"):
        load(APPLICATION_SERVER="https://example.com", **token)
