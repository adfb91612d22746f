"""The WSGI application, behind what a proxy or a streaming client changes about a request."""

import os
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard_project.settings")

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def with_chunked_bodies(application: Application) -> Application:
    """Give a chunked body its length, which Django wants to know before it reads one.

    One byte over MAXIMUM_POST_DATA_LENGTH is read at most: that suffices to refuse the rest.
    """

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            body = environ["wsgi.input"].read(settings.MAXIMUM_POST_DATA_LENGTH + 1)
            environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return application(environ, start_response)

    return wrapped


# Addresses and schemes that TRUSTED_PROXIES forward are taken for the client's.
application = wrap_wsgi_with_proxy_headers(
    with_chunked_bodies(get_wsgi_application()), [str(network) for network in settings.TRUSTED_PROXIES]
)
