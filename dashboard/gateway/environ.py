"""The WSGI environ of a request that the server hands over by ASGI."""

import re
import sys
from functools import lru_cache
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

Environ = dict[str, Any]
Scope = Any  # of ASGI: https://asgi.readthedocs.io/en/latest/specs/www.html#http-connection-scope

FIXED = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.input": BytesIO(),  # replaced where there is a body
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}
OWN_NAMES = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}  # PEP 3333: without HTTP_
SEPARATORS = {"HTTP_COOKIE": ";"}
ENCODED_SLASH = re.compile(rb"%(2f)", re.IGNORECASE)


def environ_of(scope: Scope) -> Environ:
    """Build the environ of a request (PEP 3333) whose body has not been read.

    Repeated headers are joined. Headers with an underscore in their name are left out: in an environ they could not be
    told from those with a hyphen, which a proxy may have checked. An encoded slash stays encoded, so that no path with
    one names a route: a proxy that decides by paths takes it for a part of a name (RFC 3986, section 2.2).
    """
    server, port = scope["server"] or ("", "")
    environ = FIXED | {
        "REQUEST_METHOD": scope["method"],
        "PATH_INFO": _path(scope["raw_path"]),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server,
        "SERVER_PORT": str(port),
        "REMOTE_ADDR": scope["client"][0] if scope["client"] else "",
        "wsgi.url_scheme": scope["scheme"],
    }
    for header, value in scope["headers"]:
        name = _name(header)
        if name in environ:
            environ[name] += SEPARATORS.get(name, ",") + value.decode("latin-1")
        elif name:
            environ[name] = value.decode("latin-1")
    return environ


def _path(raw: bytes) -> str:
    return (unquote_to_bytes(ENCODED_SLASH.sub(rb"%25\1", raw)) if b"%" in raw else raw).decode("latin-1")


@lru_cache(maxsize=256)
def _name(header: bytes) -> str:
    """Return the variable of a header, or "" for one that is left out."""
    if b"_" in header:
        return ""
    return OWN_NAMES.get(header) or "HTTP_" + header.decode("latin-1").upper().replace("-", "_")
