"""What a reverse proxy says about a request: the client's address and scheme, and the request's id."""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings

from dashboard.core.addresses import is_in_networks, normalized_address

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

SCHEMES = ("http", "https")


def with_proxy_headers(application: Application) -> Application:
    """Take client address, scheme and id of a request from the headers of TRUSTED_PROXIES, and from nobody else.

    REMOTE_ADDR is an address in the one form of dashboard/core/addresses.py, or empty if it is unknown.
    """

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        peer = environ.get("REMOTE_ADDR", "")
        environ["REMOTE_ADDR"] = normalized_address(peer) or ""
        if settings.TRUSTED_PROXIES and is_in_networks(peer, settings.TRUSTED_PROXIES):
            _apply_headers(environ)
        else:
            environ.pop("HTTP_X_REQUEST_ID", None)
        return application(environ, start_response)

    return wrapped


def _apply_headers(environ: dict[str, Any]) -> None:
    if forwarded := environ.get("HTTP_X_FORWARDED_FOR", "").strip():
        environ["REMOTE_ADDR"] = normalized_address(_client(forwarded.split(","))) or ""
    scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").strip().lower()
    if scheme in SCHEMES:
        environ["wsgi.url_scheme"] = scheme


def _client(hops: list[str]) -> str:
    """Return the last of these addresses that is not a trusted proxy's: clients can send any number before it."""
    return next((hop for hop in reversed(hops) if not is_in_networks(hop, settings.TRUSTED_PROXIES)), hops[0])
