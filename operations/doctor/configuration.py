"""Settings that are valid one by one, but leave a deployment open, or unable to do what it is for."""

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.http.request import validate_host

from dashboard.core.hashing import NO_KEY
from operations.doctor.findings import Finding, fine, problem, warning

LEAST_KEY_LENGTH = 32  # characters: of a random text, more than anybody can try
NEW_KEY = "python -c 'import secrets; print(secrets.token_urlsafe(48))'"
WEAK_FACTOR, LOW_FACTOR = 10, 12  # OWASP's least for bcrypt, and what we recommend
WIDEST_PREFIX = {4: 8, 6: 16}  # 10.0.0.0/8 is the widest private network; no IPv6 one is as wide as this


def is_public(address: str) -> bool:
    """Whether others than this computer reach this address."""
    host = urlsplit(address).hostname or ""
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost" and not host.endswith(".localhost")


def django() -> Iterator[Finding]:
    """What Django's own checks say, those for deployments too where this is one."""
    messages = checks.run_checks(include_deployment_checks=is_public(settings.DASHBOARD_SERVER))
    told = [it for it in messages if it.level >= checks.WARNING and not it.is_silenced()]
    for message in told:
        grade = problem if message.level >= checks.ERROR else warning
        yield grade(f"{message.msg} ({message.id})", message.hint or "Django's documentation explains it.")
    if not told:
        yield fine("Django's own checks pass.")


def keys() -> Iterator[Finding]:
    """Keys that somebody could guess or find."""
    lists = ("SECRET_KEY", [settings.SECRET_KEY]), *_key_lists()
    short = [name for name, values in lists if any(_is_short(value) for value in values)]
    if short:
        yield problem(
            f"A key of fewer than {LEAST_KEY_LENGTH} characters, which can be guessed, is in {', '.join(short)}.",
            f"Make one with {NEW_KEY}. In a list, put it first and keep the old one behind it.",
        )
    if _is_made_on_first_start():
        grade = problem if is_public(settings.DASHBOARD_SERVER) else warning
        yield grade(
            f"SECRET_KEY was generated on the first start, in {_generated_key_file()}: it lies beside the data.",
            "Move it to the environment: set SECRET_KEY to the same text, keep a copy, and delete the file.",
        )
    elif not short:
        yield fine("The keys come from the environment, and are long enough.")


def _key_lists() -> tuple[tuple[str, list[str]], ...]:
    return (
        ("DASHBOARD_SESSION_KEY", settings.DASHBOARD_SESSION_KEY),
        ("DASHBOARD_ENCRYPTION_KEY", settings.DASHBOARD_ENCRYPTION_KEY),
    )


def _is_short(key: str) -> bool:
    return key != NO_KEY and len(key) < LEAST_KEY_LENGTH


def _generated_key_file() -> Path:
    path: Path = settings.DATA_DIR / "secret_key"
    return path


def _is_made_on_first_start() -> bool:
    path = _generated_key_file()
    return path.is_file() and path.read_text().strip() == settings.SECRET_KEY


def key_purposes() -> Iterator[Finding]:
    """One key for all purposes: whoever finds it has them all, and it can only be replaced everywhere at once."""
    used = [settings.SECRET_KEY, settings.DASHBOARD_SESSION_KEY[0], settings.DASHBOARD_ENCRYPTION_KEY[0]]
    if len(set(used)) == len(used):
        yield fine("Each purpose has a key of its own.")
        return
    yield warning(
        "SECRET_KEY, DASHBOARD_SESSION_KEY and DASHBOARD_ENCRYPTION_KEY share a key.",
        "Put a new key first in DASHBOARD_SESSION_KEY and in DASHBOARD_ENCRYPTION_KEY, and keep the old one behind it: "
        "what was hashed with it still verifies.",
    )


def passwords() -> Iterator[Finding]:
    """How much a guess costs whoever has stolen the database."""
    factor = settings.BCRYPT_WORKLOAD_FACTOR
    if factor >= LOW_FACTOR:
        yield fine(f"Passwords are hashed with work factor {factor}.")
        return
    grade = problem if factor < WEAK_FACTOR else warning
    yield grade(
        f"BCRYPT_WORKLOAD_FACTOR is {factor}: passwords from a stolen database are guessed {2 ** (12 - factor)} times "
        "as fast as with 12.",
        "Set it to 12 or more. Hashes are renewed as people sign in.",
    )


def guesses() -> Iterator[Finding]:
    """Whether passwords and reset codes can be tried until one fits."""
    if settings.MAXIMUM_FAILED_SIGN_INS:
        yield fine(
            f"After {settings.MAXIMUM_FAILED_SIGN_INS} wrong passwords or codes an account is locked for a time."
        )
    else:
        yield warning(
            "MAXIMUM_FAILED_SIGN_INS is 0: passwords and reset codes can be tried until one fits.",
            "Set it to 10, unless a proxy stops whoever guesses.",
        )


def debug() -> Iterator[Finding]:
    if settings.DEBUG:
        yield problem("DEBUG is on: errors show the code and its settings to anybody.", "Set DEBUG=false.")
    else:
        yield fine("DEBUG is off.")


def address() -> Iterator[Finding]:
    """Whether requests to DASHBOARD_SERVER are answered, and others refused."""
    host = urlsplit(settings.DASHBOARD_SERVER).hostname or ""
    if "*" in settings.ALLOWED_HOSTS:
        yield warning("ALLOWED_HOSTS allows any name.", f"Name those that are meant, such as {host}.")
    if not validate_host(f"[{host}]" if ":" in host else host, settings.ALLOWED_HOSTS):
        yield problem(
            f"DASHBOARD_SERVER is at {host}, which ALLOWED_HOSTS does not have: requests to it are refused.",
            f"Add {host} to ALLOWED_HOSTS.",
        )
    elif "*" not in settings.ALLOWED_HOSTS:
        yield fine(f"Requests for {host} are answered.")


def encryption() -> Iterator[Finding]:
    """Whether passwords and tokens are encrypted on their way."""
    if settings.SERVED_BY_HTTPS:
        yield fine("DASHBOARD_SERVER is https: cookies are Secure, HSTS is on.")
    elif is_public(settings.DASHBOARD_SERVER):
        yield problem(
            "DASHBOARD_SERVER is http: passwords and tokens can be read on their way.",
            "Let a proxy serve it with TLS, and set DASHBOARD_SERVER to the https address.",
        )
    else:
        yield fine("DASHBOARD_SERVER is this computer's own.")


def proxies() -> Iterator[Finding]:
    """Whether addresses of clients are true."""
    wide = [str(it) for it in settings.TRUSTED_PROXIES if _is_too_wide(it)]
    if wide:
        yield problem(
            f"TRUSTED_PROXIES has {', '.join(wide)}: whoever is there can claim to be at any address.",
            "Name the proxies, or their own network.",
        )
    elif settings.SERVED_BY_HTTPS and not settings.TRUSTED_PROXIES:
        yield warning(
            "DASHBOARD_SERVER is https, so a proxy is in front, but TRUSTED_PROXIES is empty: sessions and events show "
            "the address of the proxy.",
            "Set TRUSTED_PROXIES to the address of the proxy.",
        )
    else:
        yield fine("Addresses of clients come from whom they may.")


def _is_too_wide(network: IPv4Network | IPv6Network) -> bool:
    return network.prefixlen < WIDEST_PREFIX[network.version]


def application_server() -> Iterator[Finding]:
    """Whether somebody could pass for the application server, which may act as anybody."""
    if settings.APPLICATION_SERVER is None:
        yield fine("No application server may call on behalf of users.")
    elif len(settings.APPLICATION_SERVER_TOKEN or "") < LEAST_KEY_LENGTH:
        yield problem(
            f"APPLICATION_SERVER_TOKEN has fewer than {LEAST_KEY_LENGTH} characters: who guesses it acts as anybody.",
            f"Make one with {NEW_KEY}, for both servers.",
        )
    else:
        yield fine("The application server's token is long enough.")


def prometheus() -> Iterator[Finding]:
    """Whether somebody could read the figures that are meant for Prometheus."""
    if settings.PROMETHEUS_TOKEN is None:
        yield fine("PROMETHEUS_TOKEN is not set, so that there is no /metrics.")
    elif len(settings.PROMETHEUS_TOKEN) < LEAST_KEY_LENGTH:
        yield warning(
            f"PROMETHEUS_TOKEN has fewer than {LEAST_KEY_LENGTH} characters: who guesses it reads what happens here.",
            f"Make one with {NEW_KEY}, for Prometheus too.",
        )
    else:
        yield fine("Prometheus's token is long enough.")
