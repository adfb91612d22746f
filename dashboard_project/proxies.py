"""What a reverse proxy says about a request: the client's address and scheme, the path that it serves, and an id."""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings

from dashboard.core.addresses import is_in_networks, normalized_address
from dashboard_project.environment import is_path_prefix

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

SCHEMES = ("http", "https")
PREFIX_HEADERS = ("HTTP_X_FORWARDED_PREFIX", "HTTP_X_SCRIPT_NAME")


def with_proxy_headers(application: Application) -> Application:
    """Take client address, scheme, path and id of a request from the headers of TRUSTED_PROXIES, and from nobody else.

    REMOTE_ADDR is an address in the one form of dashboard/core/addresses.py, or empty if it is unknown. SCRIPT_NAME is
    the path below which the server is reached: that of DASHBOARD_SERVER, or the one that the proxy names. PATH_INFO is
    without it, whether the proxy has stripped it or not.
    """

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        peer = environ.get("REMOTE_ADDR", "")
        environ["REMOTE_ADDR"] = normalized_address(peer) or ""
        prefix = settings.DASHBOARD_PATH
        if settings.TRUSTED_PROXIES and is_in_networks(peer, settings.TRUSTED_PROXIES):
            _apply_headers(environ)
            prefix = _forwarded_prefix(environ) or prefix
        else:
            environ.pop("HTTP_X_REQUEST_ID", None)
        if prefix:
            _strip(environ, prefix)
        return application(environ, start_response)

    return wrapped


def _forwarded_prefix(environ: dict[str, Any]) -> str:
    given = (environ.get(name, "").strip().rstrip("/") for name in PREFIX_HEADERS)
    return next((prefix for prefix in given if is_path_prefix(prefix)), "")


def _strip(environ: dict[str, Any], prefix: str) -> None:
    path: str = environ.get("PATH_INFO", "")
    environ["SCRIPT_NAME"] = prefix
    if path == prefix or path.startswith(f"{prefix}/"):
        environ["PATH_INFO"] = path.removeprefix(prefix)


def _apply_headers(environ: dict[str, Any]) -> None:
    if forwarded := environ.get("HTTP_X_FORWARDED_FOR", "").strip():
        environ["REMOTE_ADDR"] = normalized_address(_client(forwarded.split(","))) or ""
    scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").strip().lower()
    if scheme in SCHEMES:
        environ["wsgi.url_scheme"] = scheme


def _client(hops: list[str]) -> str:
    """Return the last of these addresses that is not a trusted proxy's: clients can send any number before it."""
    return next((hop for hop in reversed(hops) if not is_in_networks(hop, settings.TRUSTED_PROXIES)), hops[0])
