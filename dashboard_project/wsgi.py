"""The WSGI application, and wrappers that prepare a request before Django reads it."""

import gc
import os
import re
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import signals
from django.core.cache import close_caches
from django.core.handlers.base import reset_urlconf
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, reset_queries

from dashboard.observability import metrics
from dashboard_project.proxies import Application, with_proxy_headers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard_project.settings")

BOUNDARY = re.compile(r'\bboundary=("[^"]*"|[^;\s]+)', re.IGNORECASE)


def with_chunked_bodies(application: Application) -> Application:
    """Set the length of a chunked JSON body, without which Django reads none.

    At most one byte over MAXIMUM_POST_DATA_LENGTH is read, which is enough to refuse the body. Chunked forms keep no
    length and are refused: the server does not tell whether a chunked body was cut off, and a part of a form, unlike a
    part of JSON, looks complete.
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
    """Remove every parameter of Content-Type but the boundary.

    Bodies are UTF-8 here. Django parses the other parameters before any view could answer that one is malformed.
    """

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        media_type, separator, parameters = environ.get("CONTENT_TYPE", "").partition(";")
        if separator:
            boundary = BOUNDARY.search(parameters)
            environ["CONTENT_TYPE"] = f"{media_type}; {boundary[0]}" if boundary else media_type
        return application(environ, start_response)

    return wrapped


def with_whole_answers(application: Application) -> Application:
    """Return unstreamed responses as a list, which the server sends in one piece instead of part by part."""

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        response: Any = application(environ, start_response)
        if response.streaming:
            return response  # type: ignore[no-any-return]
        response.close()  # the server closes only responses that it iterates
        return [response.content]

    return wrapped


def without_needless_housekeeping() -> None:
    """Disconnect Django's receivers that do nothing under our settings, but cost every session check.

    Database connections are still checked when a request begins, so not when it ends, too.
    """
    signals.request_finished.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_caches)  # a thread keeps its connection to Redis
    signals.request_finished.disconnect(reset_urlconf)  # nothing sets `request.urlconf`
    if not settings.DEBUG:
        signals.request_started.disconnect(reset_queries)  # queries are recorded only with DEBUG


django_application = get_wsgi_application()
without_needless_housekeeping()

from accounts.services.concealment import seconds_of_a_hash  # noqa: E402
from dashboard.api.middleware import fast_path_views  # noqa: E402  models can be imported only now
from dashboard.cache.rows import row_cache  # noqa: E402
from dashboard.replica import keeper  # noqa: E402
from operations.start import refuse_cluster, refuse_unsafe_start, refuse_wrong_pooling  # noqa: E402
from sessions_app.services import last_seen  # noqa: E402

refuse_unsafe_start()
refuse_wrong_pooling()
refuse_cluster()
if settings.HIDE_ACCOUNT_EXISTENCE:
    seconds_of_a_hash()
last_seen.start()
row_cache.keep_epoch()
keeper.keep()

if directory := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):  # manage.py serve makes it
    metrics.use_multiprocess_dir(Path(directory))

# For requests that `with_proxy_headers` has prepared, as the gateway has it do.
prepared_application: Application = with_chunked_bodies(with_plain_content_type(with_whole_answers(django_application)))
application = with_proxy_headers(prepared_application)  # outermost, where the address is still the peer's

fast_path_views()  # imports everything before the first request
gc.collect()
gc.freeze()  # never scan what is loaded for garbage again: it stays, and the scans delay requests
