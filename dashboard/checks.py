"""System checks that refuse settings which `FastPathMiddleware` would silently bypass."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

FAST_PATH = "dashboard.api.middleware.FastPathMiddleware"
BELOW = frozenset(
    {
        "django.middleware.security.SecurityMiddleware",
        "whitenoise.middleware.WhiteNoiseMiddleware",
        "admin_site.middleware.ErrorPageMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "admin_site.middleware.SessionAuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    }
)
HOOKS = ("process_view", "process_exception", "process_template_response")


@register()
def check_fast_path(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Check that there is no middleware or setting that API routes would bypass."""
    if FAST_PATH not in settings.MIDDLEWARE:
        return []
    place = settings.MIDDLEWARE.index(FAST_PATH)
    return [
        *_check_above(settings.MIDDLEWARE[:place]),
        *_check_below(settings.MIDDLEWARE[place + 1 :]),
        *_check_databases(),
    ]


def _check_below(paths: list[str]) -> Iterator[CheckMessage]:
    for path in paths:
        if path not in BELOW:
            yield Error(
                f"{path} stands below FastPathMiddleware in MIDDLEWARE, where it never sees the API.",
                hint=f"Put it above {FAST_PATH}. If it is for the administrators' site alone, silence this check.",
                id="dashboard.E101",
            )


def _check_above(paths: list[str]) -> Iterator[CheckMessage]:
    for path in paths:
        middleware = import_string(path)
        if hooks := [hook for hook in HOOKS if hasattr(middleware, hook)]:
            yield Error(
                f"{path} has {' and '.join(hooks)}, which FastPathMiddleware does not call for the API.",
                hint="Do it in __call__, or in a DRF class (permission, throttle, exception handler) instead.",
                id="dashboard.E102",
            )


def _check_databases() -> Iterator[CheckMessage]:
    for alias, database in settings.DATABASES.items():
        if database.get("ATOMIC_REQUESTS"):
            yield Error(
                f"ATOMIC_REQUESTS of the database {alias!r} would have no effect on the API.",
                hint="Remove it: each operation has its own transaction, which also marks the cache.",
                id="dashboard.E103",
            )
