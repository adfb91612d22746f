"""Whether Django and DRF are configured so that a hot read may answer in their place.

Middleware, signal receivers and DRF's classes that a deployment adds must see every request. If there are any that are
not known here, Django answers all requests.
"""

from typing import Any

from django.conf import settings
from django.core.cache import close_caches
from django.core.handlers.base import reset_urlconf
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries

from dashboard.api.access.throttling import RateScopeThrottle
from dashboard.api.middleware import (
    CookiePathMiddleware,
    FastPathMiddleware,
    JSONErrorMiddleware,
    RequestMetricsMiddleware,
)
from dashboard.api.parsers import FixedContentNegotiation
from dashboard.api.renderers import JSONRenderer
from dashboard.api.security_headers import SecurityHeadersMiddleware
from dashboard.api.viewsets import APIViewSet
from dashboard.observability.logging import unbind_request

# In this order, at the top
PLAIN_MIDDLEWARE = (
    SecurityHeadersMiddleware,
    RequestMetricsMiddleware,
    CookiePathMiddleware,  # hot reads set no cookies
    JSONErrorMiddleware,
    FastPathMiddleware,
)
PLAIN_RECEIVERS = frozenset((close_old_connections, reset_queries, close_caches, reset_urlconf, unbind_request))
PLAIN_THROTTLES = frozenset((RateScopeThrottle,))  # it lets routes without a rate_scope pass
STEPS = (
    "dispatch",
    "initialize_request",
    "initial",
    "perform_authentication",
    "check_permissions",
    "check_throttles",
    "get_authenticators",
    "get_permissions",
    "get_throttles",
    "get_renderers",
    "get_content_negotiator",
    "determine_version",
    "finalize_response",
    "default_response_headers",
)


def are_requests_plain() -> bool:
    """Whether no middleware and no signal receiver has been added that sees requests of the API."""
    paths = [f"{middleware.__module__}.{middleware.__qualname__}" for middleware in PLAIN_MIDDLEWARE]
    receivers = [*_receivers(request_started), *_receivers(request_finished)]
    return settings.MIDDLEWARE[: len(paths)] == paths and PLAIN_RECEIVERS.issuperset(receivers)


def _receivers(signal: Any) -> list[Any]:
    synchronous, asynchronous = signal._live_receivers(None)
    return [*synchronous, *asynchronous]


def is_route_plain(view: Any, authentication_classes: list[Any], permission_classes: list[Any]) -> bool:
    """Whether a route has these authentication and permission classes, and is otherwise as `APIViewSet` has it."""
    viewset = view.cls(**view.initkwargs)
    return (
        [*viewset.authentication_classes] == authentication_classes
        and [*viewset.permission_classes] == permission_classes
        and [*viewset.renderer_classes] == [JSONRenderer]
        and PLAIN_THROTTLES.issuperset(viewset.throttle_classes)
        and viewset.rate_scope is None
        and viewset.recent_proof is None  # so that HasRecentProof lets it pass
        and viewset.versioning_class is None
        and viewset.content_negotiation_class is FixedContentNegotiation
        and all(getattr(view.cls, step) is getattr(APIViewSet, step) for step in STEPS)
    )
