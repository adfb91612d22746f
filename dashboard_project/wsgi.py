"""The WSGI application, behind what a proxy or a client may do to a request before Django reads it."""

import gc
import os
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from io import BytesIO
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import signals
from django.core.cache import close_caches
from django.core.handlers.base import reset_urlconf
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, reset_queries
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from dashboard.observability import metrics

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard_project.settings")

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

BOUNDARY = re.compile(r'\bboundary=("[^"]*"|[^;\s]+)', re.IGNORECASE)


def with_chunked_bodies(application: Application) -> Application:
    """Give a chunked body of JSON its length, which Django wants to know before it reads one.

    One byte over MAXIMUM_POST_DATA_LENGTH is read at most: that suffices to refuse the rest. A form is left without a
    length, and so refused: the server does not tell whether a chunked body ended or was cut off, and of a form, unlike
    of JSON, a part looks like the whole.
    """

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower() and _is_json(environ):
            body = environ["wsgi.input"].read(settings.MAXIMUM_POST_DATA_LENGTH + 1)
            environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return application(environ, start_response)

    return wrapped


def _is_json(environ: dict[str, Any]) -> bool:
    media_type: str = environ.get("CONTENT_TYPE", "").partition(";")[0]
    return media_type.strip().lower() == "application/json"


def with_plain_content_type(application: Application) -> Application:
    """Leave a Content-Type only its boundary.

    Bodies are UTF-8 here, and Django reads the other parameters before it can answer that one of them is unreadable.
    """

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        media_type, separator, parameters = environ.get("CONTENT_TYPE", "").partition(";")
        if separator:
            boundary = BOUNDARY.search(parameters)
            environ["CONTENT_TYPE"] = f"{media_type}; {boundary[0]}" if boundary else media_type
        return application(environ, start_response)

    return wrapped


def with_trusted_request_id(application: Application) -> Application:
    """Leave a request the X-Request-ID that one of TRUSTED_PROXIES gave it, and no other."""

    @lru_cache(maxsize=1024)
    def is_trusted(address: str) -> bool:
        try:
            return any(ip_address(address) in network for network in settings.TRUSTED_PROXIES)
        except ValueError:
            return False

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if "HTTP_X_REQUEST_ID" in environ and not is_trusted(environ.get("REMOTE_ADDR", "")):
            del environ["HTTP_X_REQUEST_ID"]
        return application(environ, start_response)

    return wrapped


def with_whole_answers(application: Application) -> Application:
    """Hand over what is not streamed as a list: the server sends that at once, and anything else bit by bit."""

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        response: Any = application(environ, start_response)
        if response.streaming:
            return response  # type: ignore[no-any-return]
        response.close()  # in place of the server, which closes what it takes bit by bit
        return [response.content]

    return wrapped


def without_needless_housekeeping() -> None:
    """Leave out what Django does around each request for settings that are not ours, which all session checks pay for.

    A connection to the database is looked at when the thread's next request begins, so not also when one ends.
    """
    signals.request_finished.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_caches)  # a thread keeps its connection
    signals.request_finished.disconnect(reset_urlconf)  # nobody sets `request.urlconf`
    if not settings.DEBUG:
        signals.request_started.disconnect(reset_queries)  # none are noted


django_application = get_wsgi_application()
without_needless_housekeeping()

from dashboard.api.middleware import fast_path_views  # noqa: E402  models can be imported only now
from sessions_app.services import last_seen  # noqa: E402

last_seen.start()

if directory := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):  # manage.py serve makes it
    metrics.use_multiprocess_dir(Path(directory))

application: Application = with_chunked_bodies(with_plain_content_type(with_whole_answers(django_application)))
if settings.TRUSTED_PROXIES:  # the addresses and schemes that they forward are taken for the client's
    application = wrap_wsgi_with_proxy_headers(application, [str(network) for network in settings.TRUSTED_PROXIES])
application = with_trusted_request_id(application)  # outermost: the address is still that of who connects

fast_path_views()  # imports all of it, before the first request
gc.collect()
gc.freeze()  # what is loaded stays: looking through it for garbage, time and again, would hold up every request
