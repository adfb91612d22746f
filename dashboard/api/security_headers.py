"""Security headers of every response, after OWASP's HTTP Security Response Headers Cheat Sheet."""

from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# JSON, text and static files need nothing. Pages set their own policies.
CONTENT_SECURITY_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
UNUSED_FEATURES = (
    "accelerometer",
    "autoplay",
    "bluetooth",
    "camera",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "hid",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "screen-wake-lock",
    "serial",
    "usb",
    "xr-spatial-tracking",
)


class SecurityHeadersMiddleware:
    """Add to each response the security headers that it does not have already.

    It stands first in MIDDLEWARE, so that no response goes without: neither those of the API, which
    `FastPathMiddleware` answers above Django's SecurityMiddleware, nor static files, redirects and errors.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        hsts = _strict_transport_security() if request.is_secure() else ""
        # As setdefault() for each, which would encode every name and value again.
        response.headers._store = {**default_headers(hsts), **response.headers._store}
        return response


def _strict_transport_security() -> str:
    """Return the header's value (RFC 6797), or an empty string where it is not sent."""
    if not settings.SECURE_HSTS_SECONDS:
        return ""
    subdomains = "; includeSubDomains" if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS else ""
    return f"max-age={settings.SECURE_HSTS_SECONDS}{subdomains}"


@lru_cache(maxsize=2)
def default_headers(hsts: str) -> dict[str, tuple[str, str]]:
    """Return the headers as Django stores them: each with its name in lower case for a key.

    A response is not stored by caches unless it says otherwise, since most concern one person at one moment.
    """
    headers = {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "X-Frame-Options": settings.X_FRAME_OPTIONS,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "Permissions-Policy": ", ".join(f"{feature}=()" for feature in UNUSED_FEATURES),
        "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    if hsts:
        headers["Strict-Transport-Security"] = hsts
    return {name.lower(): (name, value) for name, value in headers.items()}
