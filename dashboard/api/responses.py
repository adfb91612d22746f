"""Responses whose body is JSON: whole, or streamed while it is made, so that memory stays small."""

import logging
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from django.db import DatabaseError
from django.http import HttpResponse, StreamingHttpResponse

from dashboard.core.json import JSON

logger = logging.getLogger(__name__)


class JSONResponse(HttpResponse):
    """A result or a refusal, as JSON."""

    def __init__(self, wire: Any, **options: Any) -> None:
        super().__init__(orjson.dumps(wire), content_type="application/json", **options)
        self["Content-Length"] = str(len(self.content))


def json_array(chunks: Iterable[list[JSON]]) -> Iterator[bytes]:
    """The parts of a JSON array of all these objects."""
    separator = b"["
    for chunk in chunks:
        yield separator + b",".join(map(orjson.dumps, chunk))
        separator = b","
    yield b"]" if separator == b"," else b"[]"


def stream_json(parts: Iterator[bytes]) -> StreamingHttpResponse:
    """Answer these parts. The first is made before the answer begins, so that a fault in it is answered as one.

    A later fault cannot be answered any more: it is logged, and the document is left without its end.
    """
    return StreamingHttpResponse(_logged(next(parts), parts), content_type="application/json")


def _logged(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    try:
        yield from rest
    except DatabaseError:
        logger.exception("An answer broke off while it was streamed.")
        raise
