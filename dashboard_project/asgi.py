"""The ASGI application of `manage.py serve`: the gateway, with the WSGI application behind it."""

from dashboard_project.wsgi import prepared_application  # isort: skip  it sets Django up

import sys
from typing import Any

from django.conf import settings
from django.urls import reverse

from dashboard.api.routing import declared
from dashboard.cache.batches import BatchedLookups
from dashboard.cache.rows import row_cache
from dashboard.gateway.application import Gateway
from dashboard.gateway.environ import Environ
from dashboard.gateway.hot_reads import HotReads
from dashboard.gateway.threads import Threads, WSGIApplication
from dashboard.gateway.waiting import Signal
from dashboard_project.proxies import with_proxy_headers
from events.services.feed_signal import FeedWatch
from sessions_app.hot_reads import HOT_READS, list_reads

# A busy thread gives up the GIL after this time if the event loop wants it. Python's default of 5 ms adds up to as much
# for each such thread, several times in a hot read.
SWITCH_SECONDS = 0.001


def hashing_paths() -> set[str]:
    """Return the paths whose requests may verify or hash a password.

    On the administrators' site that is only signing in: people who are asked for it later are already signed in.
    """
    routes = (route for route in declared() if any("password" in field.name for field in route.spec.body))
    return {reverse("admin:login"), *(route.path for route in routes)}


def gateway(application: WSGIApplication, **options: Any) -> Gateway:
    """Return the gateway to this application, which gets requests as `with_proxy_headers` prepares them.

    `options` are those of `Threads`.
    """
    prepare: Any = with_proxy_headers(_same)
    threads = Threads(application, hashing_paths(), **options)
    hot_reads = _hot_reads(threads) if settings.REDIS_URL else None
    return Gateway(threads, hot_reads, lambda environ: prepare(environ, None), Signal(FeedWatch(), threads.call))


def _hot_reads(threads: Threads) -> HotReads:
    routes = list(declared())
    return HotReads(BatchedLookups(row_cache), threads.call, routes, [*HOT_READS, *list_reads(routes)])


def _same(environ: Environ, start_response: Any) -> Any:
    return environ


sys.setswitchinterval(SWITCH_SECONDS)
application = gateway(prepared_application)
