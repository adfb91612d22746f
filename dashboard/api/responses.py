"""JSON responses outside of DRF, and JSON that is streamed while it is built, so that memory stays small."""

import logging
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from django.db import DatabaseError
from django.http import HttpResponse, StreamingHttpResponse

from dashboard.core.json import JSON

logger = logging.getLogger(__name__)


class JSONResponse(HttpResponse):
    """Answer JSON from a view or middleware that is not DRF's. DRF views return `Response`."""

    def __init__(self, data: Any, **options: Any) -> None:
        super().__init__(orjson.dumps(data), content_type="application/json", **options)
        self["Content-Length"] = str(len(self.content))


def json_array(chunks: Iterable[list[JSON]]) -> Iterator[bytes]:
    """Yield the parts of a JSON array of all these objects."""
    separator = b"["
    for chunk in chunks:
        yield separator + b",".join(map(orjson.dumps, chunk))
        separator = b","
    yield b"]" if separator == b"," else b"[]"


def stream_json(parts: Iterator[bytes]) -> StreamingHttpResponse:
    """Stream these parts of a JSON document.

    The first part is built before the response starts, so that an error in it is answered as an error. A later error
    is logged, and leaves the document without its end.
    """
    return StreamingHttpResponse(_logged(next(parts), parts), content_type="application/json")


def _logged(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    try:
        yield from rest
    except DatabaseError:
        logger.exception("A streamed response broke off.")
        raise
